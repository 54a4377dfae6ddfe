"""Slow twins of the reservoir: plain loops over plain rows, and the training set computed from scratch with no reservoir at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.night import Night
from pipeline.scoring.reservoir import Bounds
from tests.oracles import scoring
from tests.oracles.scoring import Key, Label


@dataclass(frozen=True)
class Seen:
    """A transaction as its night saw it; `amount` stands for all features."""

    transaction_id: Key
    amount: float


@dataclass(frozen=True)
class Entry:
    """A row of the reservoir."""

    transaction_id: Key
    night: Night
    entered: Night
    is_fraud: bool
    amount: float


@dataclass(frozen=True)
class Told:
    """A label and the night that sealed it, which for a late one is not the night in which it became known."""

    label: Label
    sealed: Night


def known(told: Sequence[Told], night: Night) -> list[Label]:
    """Labels sealed by the night or before it."""
    return [one.label for one in told if one.sealed <= night]


def matured_rows(features: Sequence[Seen], night: Night, labels: Sequence[Label], entered: Night, share: float) -> list[Entry]:
    """Each transaction by itself: it comes as a fraud, or as a genuine one that its hash chose."""
    entries = []
    for seen in features:
        is_fraud = scoring.is_fraud(seen.transaction_id, labels, entered.end)
        if is_fraud or scoring.unit_hash(seen.transaction_id) < share:
            entries.append(Entry(seen.transaction_id, night, entered, is_fraud, seen.amount))
    return _by_id(entries)


def changed_rows(features: Sequence[Seen], night: Night, before: Sequence[Label], labels: Sequence[Label], entered: Night) -> list[Entry]:
    """Each transaction by itself: it comes where the two sets of labels disagree on it."""
    entries = []
    for seen in features:
        was, is_fraud = (scoring.is_fraud(seen.transaction_id, told, entered.end) for told in (before, labels))
        if was != is_fraud:
            entries.append(Entry(seen.transaction_id, night, entered, is_fraud, seen.amount))
    return _by_id(entries)


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Walk through the entries and keep of each transaction the one that entered last."""
    last: dict[Key, Entry] = {}
    for entry in entries:
        if entry.transaction_id not in last or entry.entered > last[entry.transaction_id].entered:
            last[entry.transaction_id] = entry
    return _by_id(last.values())


def between(entries: Sequence[Entry], first: Night, last: Night, bounds: Bounds) -> list[Entry]:
    """Entries of the nights asked for, none excluded: frauds, and the genuine of the share."""
    asked_for = [entry for entry in entries if first <= entry.night <= last and entry.night not in bounds.excluded]
    return _of_share(asked_for, bounds.share)


def drawn(entries: Sequence[Entry], bounds: Bounds) -> tuple[list[Entry], float]:
    """The rows of the training set and the share of the genuine among them: try one bound after the other until the rows fit."""
    within = [entry for entry in entries if entry.night >= bounds.first and entry.night not in bounds.excluded]
    while 2 * sum(entry.is_fraud for entry in within) > bounds.rows:
        oldest = min(entry.night for entry in within)
        within = [entry for entry in within if entry.night > oldest]
    hashes = [scoring.unit_hash(entry.transaction_id) for entry in within if not entry.is_fraud]
    for share in [bounds.share, *sorted((one for one in hashes if one < bounds.share), reverse=True)]:
        kept = _of_share(within, share)
        if len(kept) <= bounds.rows:
            return kept, share
    raise AssertionError("half of the rows are free for the genuine, and a share of the lowest hash takes none")


def from_scratch(nights: Mapping[Night, Sequence[Seen]], told: Sequence[Told], tonight: Night, maturity: int, share: float) -> list[Entry]:
    """What may be learned from at the end of `tonight`: every night that has matured, by every label sealed so far, as if all of it
    entered tonight."""
    labels = known(told, tonight)
    matured = [night for night in nights if night <= tonight.back(maturity)]
    return _by_id(row for night in matured for row in matured_rows(nights[night], night, labels, tonight, share))


def _of_share(entries: Sequence[Entry], share: float) -> list[Entry]:
    return [entry for entry in entries if entry.is_fraud or scoring.unit_hash(entry.transaction_id) < share]


def _by_id(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: _ordered(entry.transaction_id))


def _ordered(key: Key) -> int | bytes:
    """Texts by their UTF-8 bytes."""
    return key.encode() if isinstance(key, str) else key
