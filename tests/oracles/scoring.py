"""Slow twins of the scoring layer: plain loops over plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

WORD_MASK = 2**64 - 1
KEY = 0x6E69676874736866

Key = int | str
Label = tuple[Key, bool, dt.datetime]


def alert_ranks(ids: Sequence[int | str], amounts: Sequence[int], scores: Sequence[float], budget: int) -> list[int | None]:
    """Sort the night, highest (score, amount, id) first; the place of the first `budget` is their rank."""
    night = sorted(range(len(ids)), key=lambda row: (scores[row], amounts[row], ids[row]), reverse=True)
    place = {row: rank for rank, row in enumerate(night, start=1)}
    return [place[row] if place[row] <= budget else None for row in range(len(ids))]


def is_fraud(transaction_id: Key, labels: Sequence[Label], cutoff: dt.datetime) -> bool:
    """Walk through the labels of one transaction and keep the latest that is known; of two at one instant, the fraud."""
    verdict, since = False, None
    for labelled, fraud, known_at in labels:
        if labelled != transaction_id or known_at >= cutoff:
            continue
        if since is None or known_at > since:
            verdict, since = fraud, known_at
        elif known_at == since:
            verdict = verdict or fraud
    return verdict


def mix(word: int) -> int:
    """One step of SplitMix64 in Python's unbounded integers."""
    word = (word + 0x9E3779B97F4A7C15) & WORD_MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD_MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD_MASK
    return word ^ (word >> 31)


def unit_hash(transaction_id: int | str) -> float:
    """The number in [0, 1) that decides whether a transaction is sampled."""
    if isinstance(transaction_id, int):
        word = mix((transaction_id & WORD_MASK) ^ KEY)
    else:
        text = transaction_id.encode()
        word = mix(len(text) ^ KEY)
        for start in range(0, len(text), 8):
            word = mix(word ^ int.from_bytes(text[start : start + 8], "little"))
    return (word >> 11) / 2**53


def quantile(values: Sequence[float], weights: Sequence[float], level: float) -> float:
    """Walk up the sorted values until the weight passed reaches the level."""
    pairs = sorted(zip(values, weights, strict=True))
    target, passed = level * sum(weights), 0.0
    for value, weight in pairs:
        passed += weight
        if passed >= target:
            return value
    return pairs[-1][0]
