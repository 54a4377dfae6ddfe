"""The source contract, row by row: what is good goes on, what breaks it is set aside with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.key_ranges import in_order
from pipeline.core.night import Night
from pipeline.data.names import (
    AMOUNT_CENTS,
    INSTANT,
    IS_FRAUD,
    KNOWN_AT,
    OCCURRED_AT,
    RECORDED_AT,
    TRANSACTION_ID,
    labels_schema,
    transactions_schema,
)

AMOUNT = "amount"
CLOCK_TOLERANCE = dt.timedelta(minutes=5)  # clocks of tills and warehouses differ by seconds, not by hours
EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # what seems older is a lost value, such as 0001-01-01 or -infinity
LATEST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)  # PostgreSQL's instants go on where Python's end
AGE_LIMIT = dt.timedelta(days=366)  # a leap year; a night reads history from its oldest row on, so a wrong clock would read all of it
LONGEST_KEY = 2_000  # bytes; an index of PostgreSQL holds 2,704, and a longer key would keep its whole night from being staged
MISSING, OUTSIDE = "{} is missing", "{} lies outside 1970 to 9999"
CONFLICT = "one id with two payloads"
TOO_LONG = f"{TRANSACTION_ID} is longer than {LONGEST_KEY:,} bytes"
EXACT_CENTS = 2**53  # beyond it a double cannot tell one minor unit from the next
REASON = "reason"
REJECTED = pa.schema([(TRANSACTION_ID, pa.string()), (OCCURRED_AT, INSTANT), (REASON, pa.string())])

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Contract:
    """What a row of the source must be."""

    key: pa.DataType
    entities: dict[str, pa.DataType]
    nullable_entities: tuple[str, ...]
    minor_units: int
    negative_amounts: bool


@dataclass(frozen=True)
class Split:
    """Rows in = accepted + rejected + collapsed."""

    accepted: pa.Table
    rejected: pa.Table
    collapsed: int


def split_transactions(fetched: pa.Table, contract: Contract, night: Night) -> Split:
    """Judge every fetched row of a night.

    Repeats of one payload (all but the arrival time) collapse into the earliest arrival; one id with two payloads is
    rejected whole, since nothing says which one is true. Accepted rows come sorted by transaction_id, amounts in minor
    units (rounded half to even).
    """
    fetched = _by_id(fetched.combine_chunks())
    repeated, conflicting = _duplicates(fetched, [name for name in fetched.column_names if name != RECORDED_AT])
    refusal = Refusal.of([*_breaches(fetched, contract, night), (conflicting, CONFLICT)], but=repeated)
    accepted = _but(fetched, refusal.refused | repeated)
    return Split(_in_cents(accepted, contract), refusal.rows(fetched), int(repeated.sum()))


def split_labels(fetched: pa.Table, key: pa.DataType) -> Split:
    """Judge every fetched label: no part may be missing, equal repeats collapse. Accepted rows come sorted by all columns."""
    fetched = fetched.combine_chunks().sort_by([(TRANSACTION_ID, "ascending"), (KNOWN_AT, "ascending"), (IS_FRAUD, "ascending")])
    missing = [(_null(fetched[name]), f"label: {MISSING.format(name)}") for name in (TRANSACTION_ID, IS_FRAUD)]
    repeated = _same_as_before(fetched, fetched.column_names)
    refusal = Refusal.of(missing, but=repeated)
    accepted = _but(fetched, refusal.refused | repeated).cast(labels_schema(key))
    return Split(accepted, refusal.rows(fetched), int(repeated.sum()))


@dataclass(frozen=True)
class Refusal:
    """For each row, which rule it broke first: 0 for none, else the position in `reasons` plus one."""

    broken: npt.NDArray[np.int64]
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, rules: Sequence[tuple[Mask, str]], but: Mask) -> Refusal:
        """Rows are held against the rules in order; rows in `but` are not judged."""
        broken = np.zeros(len(but), dtype=np.int64)
        for place, (mask, _) in reversed(list(enumerate(rules, start=1))):
            if mask.any():
                broken[mask] = place
        broken[but] = 0
        return cls(broken, tuple(reason for _, reason in rules))

    @property
    def refused(self) -> Mask:
        return self.broken > 0

    def rows(self, fetched: pa.Table) -> pa.Table:
        """The refused rows as they are stored."""
        chosen = fetched.filter(pa.array(self.refused))
        occurred_at = chosen[OCCURRED_AT] if OCCURRED_AT in chosen.column_names else pa.nulls(chosen.num_rows, INSTANT)
        reasons = [self.reasons[rule - 1] for rule in self.broken[self.refused]]
        return rejected_rows(chosen[TRANSACTION_ID], occurred_at, pa.array(reasons, pa.string()))


def _breaches(rows: pa.Table, contract: Contract, night: Night) -> Iterator[tuple[Mask, str]]:
    """Each rule as a mask over the rows and the reason in words, most telling first."""
    for name in (TRANSACTION_ID, OCCURRED_AT, RECORDED_AT):
        yield _null(rows[name]), MISSING.format(name)
    if pa.types.is_string(contract.key):
        yield _true(pc.greater(pc.binary_length(rows[TRANSACTION_ID]), LONGEST_KEY)), TOO_LONG
    occurred_at = rows[OCCURRED_AT]
    yield _true(pc.greater(occurred_at, pa.scalar(night.end + CLOCK_TOLERANCE, INSTANT))), "occurred after the night ended"
    yield _true(pc.less(occurred_at, pa.scalar(EARLIEST, INSTANT))), "occurred before 1970"
    yield _true(pc.less(occurred_at, pa.scalar(night.start - AGE_LIMIT, INSTANT))), "occurred more than a year before it arrived"
    for name in contract.entities:
        if name not in contract.nullable_entities:
            yield _null(rows[name]), MISSING.format(name)
    yield _null(rows[AMOUNT]), MISSING.format(AMOUNT)
    amount = rows[AMOUNT].to_numpy()
    yield np.isnan(amount), "amount is not a number"
    yield np.isinf(amount), "amount is infinite"
    if not contract.negative_amounts:
        yield amount < 0, "amount is negative"
    yield np.abs(amount) >= EXACT_CENTS / 10**contract.minor_units, "amount is too large"


def _duplicates(rows: pa.Table, payload: list[str]) -> tuple[Mask, Mask]:
    """Of rows sorted by id: which repeat an earlier row of the same payload, and which belong to an id with two payloads."""
    same_id = _same_as_before(rows, [TRANSACTION_ID])
    if not same_id.any():
        return same_id, same_id
    group = np.cumsum(~same_id)
    values = [pc.add(rows[name], 0.0) if name == AMOUNT else rows[name] for name in payload]  # -0.0 is 0.0
    told = pa.table([*values, pa.array(group)], names=[*payload, "group"])
    distinct = told.group_by(told.column_names, use_threads=False).aggregate([])
    conflicting = np.bincount(distinct["group"].to_numpy())[group] > 1
    return same_id & ~conflicting, conflicting


def _by_id(rows: pa.Table) -> pa.Table:
    """Rows of one chunk by id, those of one id by arrival: that order costs eight times the other, and is made only where ids repeat."""
    if rows[TRANSACTION_ID].null_count == 0 and rows.num_rows:
        ordered = in_order(rows, TRANSACTION_ID)
        if not _same_as_before(ordered, [TRANSACTION_ID]).any():
            return ordered
    return rows.sort_by([(TRANSACTION_ID, "ascending"), (RECORDED_AT, "ascending")])


def _same_as_before(rows: pa.Table, names: list[str]) -> Mask:
    """Which rows equal the row before them in all these columns; a missing key equals nothing."""
    same = np.ones(max(rows.num_rows - 1, 0), dtype=np.bool_)
    for name in names:
        column = rows[name].combine_chunks() if rows.num_rows else rows[name]
        same &= _true(pc.equal(column[1:], column[:-1])) if rows.num_rows > 1 else True
    return np.concatenate([np.zeros(min(rows.num_rows, 1), dtype=np.bool_), same])


def _in_cents(rows: pa.Table, contract: Contract) -> pa.Table:
    schema = transactions_schema(contract.key, contract.entities)
    cents = np.rint(rows[AMOUNT].to_numpy() * 10**contract.minor_units).astype(np.int64)
    columns = [pa.array(cents) if field.name == AMOUNT_CENTS else rows[field.name] for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def rejected_rows(ids: pa.ChunkedArray, occurred_at: pa.ChunkedArray | pa.Array, reasons: pa.Array) -> pa.Table:
    """Rows set aside, as they are stored: keys as text, since they may be of any kind; an instant outside all calendars as null."""
    told = pc.and_(pc.greater_equal(occurred_at, pa.scalar(EARLIEST, INSTANT)), pc.less_equal(occurred_at, pa.scalar(LATEST, INSTANT)))
    return pa.Table.from_arrays([ids.cast(pa.string()), pc.if_else(told, occurred_at, pa.scalar(None, INSTANT)), reasons], schema=REJECTED)


def _but(rows: pa.Table, left_out: Mask) -> pa.Table:
    """The other rows; where none is left out, without copying them."""
    return rows.filter(pa.array(~left_out)) if left_out.any() else rows


def _null(column: pa.ChunkedArray) -> Mask:
    if not column.null_count:
        return np.zeros(len(column), dtype=np.bool_)
    return np.asarray(column.is_null().to_numpy(), dtype=np.bool_)


def _true(mask: pa.Array | pa.ChunkedArray) -> Mask:
    filled = pc.fill_null(mask, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False) if isinstance(filled, pa.Array) else filled.to_numpy(), dtype=np.bool_)
