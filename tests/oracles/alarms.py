"""The slow twin of surprise and trend: one figure, one night at a time, with Python's own statistics."""

from __future__ import annotations

import math
from statistics import median

Known = dict[int, float]  # by day number


def slow_deviation(known: Known, day: int) -> float | None:
    """How many deviations a day lies off what it is held against; None where the history is too short."""
    past = {other: value for other, value in known.items() if day - 56 <= other < day}
    same = [value for other, value in past.items() if (day - other) % 7 == 0]
    if len(same) >= 4:
        usual, scatter = median(same), _weekday_scatter(past, day)
    elif len(past) >= 14:
        usual = median(past.values())
        scatter = math.sqrt(sum((value - usual) ** 2 for value in past.values()) / len(past))
    else:
        return None
    off = known[day] - usual
    if off == 0:
        return 0.0
    return off / scatter if scatter else math.copysign(math.inf, off)


def _weekday_scatter(past: Known, day: int) -> float:
    off: dict[int, list[float]] = {}
    for weekday in range(7):
        values = [value for other, value in past.items() if (day - other) % 7 == weekday]
        if len(values) >= 4:
            off[weekday] = [abs(value - median(values)) * math.sqrt(len(values) / (len(values) - 1)) for value in values]
    every = [one for values in off.values() for one in values]
    robust = 1.4826 * max(median(every), median(off[0]))
    return robust or math.sqrt(sum(one**2 for one in every) / len(every))


def slow_cumulative(scores: list[float], allowance: float, wild: float, memory: int) -> float:
    """The largest sum of the last 1, 2, … `memory` scores, each clipped and less the allowance; NaN counts nothing."""
    steps = [0.0 if math.isnan(score) else max(-wild, min(wild, score)) - allowance for score in scores]
    return max(sum(steps[-length:]) for length in range(1, min(memory, len(steps)) + 1))
