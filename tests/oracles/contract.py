"""The source contract, one row at a time, over plain dictionaries."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.data.contract import Contract

Row = dict[str, object]
Rejection = tuple[str | None, dt.datetime | None, str]
DAY = dt.timedelta(days=1)
TOLERANCE = dt.timedelta(minutes=5)
CONFLICT = "one id with two payloads"


@dataclass
class SlowSplit:
    """What became of the rows; the sealed ones by their keys."""

    accepted: list[Row] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    collapsed: int = 0


def split_transactions(rows: Iterable[Row], contract: Contract, start: dt.datetime) -> SlowSplit:
    """Each id by itself: one payload or several, and of one payload the earliest arrival."""
    split = SlowSplit()
    for group in _by_id(rows):
        payloads = {_payload(row) for row in group}
        judged = group if len(payloads) > 1 else group[:1]
        split.collapsed += len(group) - len(judged)
        for row in judged:
            reason = _breach(row, contract, start) or (CONFLICT if len(payloads) > 1 else None)
            if reason is None:
                split.accepted.append(_sealed(row, contract))
            else:
                split.rejected.append((_text(row["transaction_id"]), _row_instant(row), reason))
    split.accepted.sort(key=lambda row: _ordered(row["transaction_id"]))
    return split


def split_labels(rows: Iterable[Row]) -> SlowSplit:
    """Each label by itself; a repeat of one that was seen collapses."""
    split = SlowSplit()
    seen: list[tuple[object, ...]] = []
    for row in rows:
        parts = (row["transaction_id"], row["is_fraud"], row["known_at"])
        if None not in parts and parts in seen:
            split.collapsed += 1
            continue
        seen.append(parts)
        missing = [name for name in ("transaction_id", "is_fraud") if row[name] is None]
        if missing:
            split.rejected.append((_text(row["transaction_id"]), None, f"label: {missing[0]} is missing"))
        else:
            split.accepted.append(row)
    split.accepted.sort(key=lambda row: (_ordered(row["transaction_id"]), row["known_at"], row["is_fraud"]))
    return split


def without_sealed(split: SlowSplit, sealed: Iterable[Row]) -> SlowSplit:
    """What is left of a night when other nights hold `sealed`: the same payload collapses, another one is rejected."""
    held = {row["transaction_id"]: row for row in sealed}
    left = SlowSplit([], list(split.rejected), split.collapsed)
    for row in split.accepted:
        earlier = held.get(row["transaction_id"])
        if earlier is None:
            left.accepted.append(row)
        elif _payload(earlier) == _payload(row):
            left.collapsed += 1
        else:
            left.rejected.append((_text(row["transaction_id"]), _row_instant(row), CONFLICT))
    return left


def _by_id(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows of one id together, earliest arrival first; a row without id stands alone."""
    groups: list[list[Row]] = []
    for row in rows:
        mates = [group for group in groups if row["transaction_id"] is not None and group[0]["transaction_id"] == row["transaction_id"]]
        if mates:
            mates[0].append(row)
        else:
            groups.append([row])
    return [sorted(group, key=lambda row: (row["recorded_at"] is None, row["recorded_at"])) for group in groups]


def _payload(row: Row) -> tuple[object, ...]:
    """All but the arrival; NaN equals itself here."""
    return tuple("NaN" if _is_nan(value) else value for name, value in sorted(row.items()) if name != "recorded_at")


def _breach(row: Row, contract: Contract, start: dt.datetime) -> str | None:
    for name in ("transaction_id", "occurred_at", "recorded_at"):
        if row[name] is None:
            return f"{name} is missing"
    if len(str(row["transaction_id"]).encode()) > 2000:
        return "transaction_id is longer than 2,000 bytes"
    moment = _moment_breach(row["occurred_at"], start)
    if moment is not None:
        return moment
    for name in contract.entities:
        if row[name] is None and name not in contract.nullable_entities:
            return f"{name} is missing"
    return _amount_breach(row["amount"], contract)


def _moment_breach(occurred_at: object, start: dt.datetime) -> str | None:
    assert isinstance(occurred_at, dt.datetime)
    if occurred_at > start + DAY + TOLERANCE:
        return "occurred after the night ended"
    if occurred_at.year < 1970:
        return "occurred before 1970"
    if (start - occurred_at) / DAY > 366:
        return "occurred more than a year before it arrived"
    return None


def _amount_breach(amount: object, contract: Contract) -> str | None:
    if amount is None:
        return "amount is missing"
    assert isinstance(amount, float)
    if math.isnan(amount):
        return "amount is not a number"
    if math.isinf(amount):
        return "amount is infinite"
    if amount < 0 and not contract.negative_amounts:
        return "amount is negative"
    if abs(amount) * 10**contract.minor_units >= 2**53:
        return "amount is too large"
    return None


def _sealed(row: Row, contract: Contract) -> Row:
    """The row as it is sealed: amounts in minor units."""
    cents = round(row["amount"] * 10**contract.minor_units)  # type: ignore[operator]
    fixed = {name: row[name] for name in ("transaction_id", "occurred_at", "recorded_at")}
    return {**fixed, "amount_cents": cents, **{name: row[name] for name in contract.entities}}


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _ordered(key: object) -> object:
    """Texts by their UTF-8 bytes."""
    return key.encode() if isinstance(key, str) else key


def _text(key: object) -> str | None:
    return None if key is None else str(key)


def _row_instant(row: Row) -> dt.datetime | None:
    """The instant that a rejection tells: none where the value is no instant of ours."""
    moment = row["occurred_at"]
    assert moment is None or isinstance(moment, dt.datetime)
    return moment if moment is not None and moment.year >= 1970 else None
