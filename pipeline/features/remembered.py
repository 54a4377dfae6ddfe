"""What a night must remember of the nights before it, beside totals: rows that do not lie where they occurred, and whom a label spoke of.

Both stand in one table (`remembered` in the lake): a row without `told` is a stray, a transaction that occurred outside the night that
sealed it; a row with it is a label of a transaction of which one ever said fraud, sealed in the night `told`, beside its transaction.
Of a label whose transaction nobody has seen yet `occurred_at` is null; it is told again when that comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night
from pipeline.data.names import AMOUNT_CENTS, INSTANT, IS_FRAUD, KNOWN_AT, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.rows import Bools, Integers, instants

TOLD = "told"


def remembered_schema(key: pa.DataType, entities: Mapping[str, pa.DataType]) -> pa.Schema:
    """Columns of a night's part of what is remembered, in order."""
    return pa.schema(
        [
            pa.field(TRANSACTION_ID, key, nullable=False),
            pa.field(OCCURRED_AT, INSTANT),
            pa.field(AMOUNT_CENTS, pa.int64()),
            *(pa.field(name, entity) for name, entity in entities.items()),
            pa.field(TOLD, pa.date32()),
            pa.field(KNOWN_AT, INSTANT),
            pa.field(IS_FRAUD, pa.bool_()),
        ]
    )


def as_remembered(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows in these columns, null where they lack one."""
    columns = [
        rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type) for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def strays(rows: pa.Table, night: Night) -> pa.Table:
    """Of rows that this night sealed those that did not occur in it."""
    occurred_at = rows[OCCURRED_AT]
    start, end = (pa.scalar(instant, INSTANT) for instant in (night.start, night.end))
    return rows.filter(pc.or_(pc.less(occurred_at, start), pc.greater_equal(occurred_at, end)))


def told_in(labels: pa.Table, night: Night) -> pa.Table:
    """Labels, with the night that sealed them."""
    return labels.append_column(TOLD, pa.repeat(pa.scalar(night.day, pa.date32()), labels.num_rows))


@dataclass(frozen=True)
class Spans:
    """Spans of time `(low, high]`, in microseconds since 1970: where rows lie that may come into a window, or leave one."""

    low: Integers
    high: Integers

    @classmethod
    def of(cls, ages: Mapping[str, Sequence[int]], since: int, until: int) -> Spans:
        """Of every age before an instant that is later than `since` and not later than `until`."""
        every = np.unique(np.concatenate([np.array(edges, np.int64) for edges in ages.values()]))
        return cls(since - every, until - every)

    def hold(self, occurred_at: Integers) -> Bools:
        held = np.zeros(len(occurred_at), np.bool_)
        for low, high in zip(self.low, self.high, strict=True):
            held |= (occurred_at > low) & (occurred_at <= high)
        return held

    def touch(self, first: int, last: int) -> bool:
        """Whether an instant from `first` to `last`, both included, lies in one of them."""
        return bool(((self.low < last) & (self.high >= first)).any())


@dataclass(frozen=True)
class Memory:
    """What was remembered of the nights since `since`, up to the night before."""

    rows: pa.Table
    since: Night

    @property
    def strays(self) -> pa.Table:
        told = self.rows[TOLD]
        return self.rows.filter(told.is_null()) if told.null_count else self.rows.slice(0, 0)

    @cached_property
    def labels(self) -> pa.Table:
        """Those sealed since `since`."""
        return told_since(self.rows, self.since)

    def known(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Those of the ids, each once, of which a label said fraud before."""
        remembered = self.labels[TRANSACTION_ID]
        return pc.unique(remembered.filter(pc.is_in(remembered, _one(pc.unique(ids)))))  # the few are hashed, not the many

    def needed(self, since: Night) -> pa.Table:
        """What the next nights need of it."""
        recent = pc.greater_equal(self.rows[OCCURRED_AT], pa.scalar(since.start, INSTANT))
        astray = self.rows.filter(pc.fill_null(pc.and_(self.rows[TOLD].is_null(), recent), False))
        return pa.concat_tables([astray, told_since(self.rows, since)])

    def news(self, tonight: pa.Table, found: pa.Table) -> pa.Table:
        """What tonight adds: these labels, and those told earlier of transactions that were found only now; each beside its transaction.

        `tonight` has the labels of transactions of which one ever said fraud, with the night that sealed each; `found` transactions.
        """
        labels = self.labels
        unseen = labels.filter(labels[OCCURRED_AT].is_null())
        again = unseen.filter(pc.is_in(unseen[TRANSACTION_ID], _one(found[TRANSACTION_ID])))
        schema = self.rows.schema
        told = pa.concat_tables(
            [as_remembered(part.select([TRANSACTION_ID, TOLD, KNOWN_AT, IS_FRAUD]), schema) for part in (tonight, again)]
        )
        known = with_transaction(labels.filter(pc.is_in(labels[TRANSACTION_ID], _one(pc.unique(told[TRANSACTION_ID])))))
        entities = [name for name in schema.names if name in found.column_names]
        where = pa.concat_tables([found.select(entities), known.select(entities)], promote_options="permissive")
        place = pc.index_in(told[TRANSACTION_ID], _one(where[TRANSACTION_ID]))
        beside = {name: where[name].take(place) for name in entities if name != TRANSACTION_ID}
        return as_remembered(pa.table({name: beside.get(name, told[name]) for name in schema.names}), schema)

    def unseen(self) -> pa.ChunkedArray:
        """Ids that were told frauds and whose transactions nobody had seen."""
        unseen = self.labels.filter(self.labels[OCCURRED_AT].is_null())
        if not unseen.num_rows:
            return unseen[TRANSACTION_ID]
        again = self.labels.filter(pc.is_in(self.labels[TRANSACTION_ID], _one(pc.unique(unseen[TRANSACTION_ID]))))
        seen = _one(with_transaction(again)[TRANSACTION_ID])
        return pc.unique(unseen[TRANSACTION_ID].filter(pc.invert(pc.is_in(unseen[TRANSACTION_ID], seen))))


def told_since(rows: pa.Table, night: Night) -> pa.Table:
    """Labels that were sealed since a night."""
    told = pc.fill_null(pc.greater_equal(rows[TOLD], pa.scalar(night.day, pa.date32())), False)
    return rows if pc.all(told).as_py() else rows.filter(told)  # mostly it is all of very many


def with_transaction(labels: pa.Table) -> pa.Table:
    """Labels of transactions that were seen."""
    return labels.filter(labels[OCCURRED_AT].is_valid()) if labels[OCCURRED_AT].null_count else labels


def may_turn(labels: pa.Table, news: pa.Table, spans: Spans, since: int, settled: Night) -> pa.Array:
    """Ids of transactions whose labels may count otherwise than they did at the instant `since`, and of all that were told news of.

    The others are known as frauds, or are not, of every age that they had then and have at the end of the spans. Labels of nights before
    `settled` are about to be forgotten.
    """
    occurred = instants(labels[OCCURRED_AT])
    moved = spans.hold(occurred) | (instants(labels[KNOWN_AT]) > since)
    leaving = np.asarray(pc.less(labels[TOLD], pa.scalar(settled.day, pa.date32())).to_numpy(zero_copy_only=False), dtype=np.bool_)
    ids = labels[TRANSACTION_ID].filter(pa.array(moved | leaving))
    return pc.unique(pa.chunked_array([*ids.chunks, *news[TRANSACTION_ID].chunks], ids.type))


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
