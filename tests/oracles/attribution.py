"""The slow twin of attribution: Shapley values by their definition over all coalitions, and quantile matching one value at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]


def slow_moved(before: Sequence[float], tonight: Sequence[float]) -> list[float]:
    """Each of `before`'s distinct values becomes the value of `tonight` that stands in the middle of its place among the ranks."""
    ordered = sorted(tonight)
    moved = []
    for value in before:
        lower = sum(other < value for other in before)
        moved.append(ordered[math.floor((lower + 0.5) * len(ordered) / len(before))])
    return moved


def slow_parts(before: Rows, tonight: Rows, score: Callable[[Rows], Rows]) -> list[float]:
    """Of each column: its mean contribution over the coalitions of the others, each weighted by how many orders put it first."""
    columns = range(before.shape[1])
    moved = [slow_moved(before[:, column].tolist(), tonight[:, column].tolist()) for column in columns]

    def worth(coalition: set[int]) -> float:
        rows = before.copy()
        for column in coalition:
            rows[:, column] = moved[column]
        return float(score(rows).mean())

    parts = []
    for column in columns:
        others = [other for other in columns if other != column]
        part = 0.0
        for size in range(len(others) + 1):
            weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(others) + 1)
            for coalition in itertools.combinations(others, size):
                part += weight * (worth({*coalition, column}) - worth(set(coalition)))
        parts.append(part)
    return parts
