"""The slow twin of a column's spread and of its stability: one value after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

Weighted = Sequence[tuple[float, float]]  # value (NaN where missing) and weight


def slow_edges(rows: Weighted) -> list[float]:
    """Each decile: the first value at which a tenth, two tenths… of the weight is reached; the largest value is no edge."""
    known = sorted((value, weight) for value, weight in rows if not math.isnan(value))
    values = sorted({value for value, _ in known})
    if len(values) < 2:
        return values
    edges = set()
    for tenth in range(1, 10):
        wanted = tenth / 10 * sum(weight for _, weight in known)
        decile = next((at for at in values if sum(weight for value, weight in known if value <= at) >= wanted), values[-1])
        edges.add(min(decile, values[-2]))
    return sorted(edges)


def slow_shares(edges: Sequence[float], rows: Weighted) -> list[float]:
    """The share of the weight in each bin, missing values last; where there is one value only, the second bin is 'another'."""
    everything = sum(weight for _, weight in rows)
    lower = [-math.inf, *edges]
    upper = [*edges, math.inf]
    shares = [sum(weight for value, weight in rows if low < value <= high) for low, high in zip(lower, upper, strict=True)]
    return [share / everything for share in [*shares, sum(weight for value, weight in rows if math.isnan(value))]]


def slow_index(before: Sequence[float], after: Sequence[float], least: float) -> float:
    total = 0.0
    for p, q in zip(before, after, strict=True):
        total += (max(q, least) - max(p, least)) * math.log(max(q, least) / max(p, least))
    return total


def slow_distance(before: Sequence[float], after: Sequence[float]) -> float:
    """The largest difference of the cumulated shares of known values."""
    largest = 0.0
    for place in range(len(before) - 1):
        one, other = (sum(shares[: place + 1]) / sum(shares[:-1]) for shares in (before, after))
        largest = max(largest, abs(one - other))
    return largest
