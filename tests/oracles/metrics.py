"""Card precision's slow twin: dictionaries and sorting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Served:
    """One scored transaction and what became of it."""

    day: int
    customer: int
    score: float
    is_fraud: bool


def slow_card_precision(k: int, served: list[Served]) -> float:
    found: set[int] = set()
    precisions = []
    for day in sorted({one.day for one in served}):
        today = [one for one in served if one.day == day and one.customer not in found]
        customers = {one.customer for one in today}
        best = {customer: max(one.score for one in today if one.customer == customer) for customer in customers}
        looked_at = sorted(customers, key=lambda customer: (-best[customer], customer))[:k]
        hits = {one.customer for one in today if one.is_fraud and one.customer in looked_at}
        found |= hits
        precisions.append(len(hits) / k)
    return sum(precisions) / len(precisions)
