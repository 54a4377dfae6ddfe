"""The slow twins of curves: loops over scores, one question at a time."""

from __future__ import annotations

from pipeline.evaluation.curves import HALVINGS, RECALLS, Point
from tests.oracles.performance import Judged


def slow_precision_recall(night: list[Judged]) -> list[Point]:
    """For each share of the frauds the highest score from which on as many are found; a point that serves two shares stands once."""
    frauds = sum(one.is_fraud for one in night)
    points: list[Point] = []
    for step in range(1, RECALLS + 1):
        for score in sorted({one.score for one in night}, reverse=True):
            above = [one for one in night if one.score >= score]
            found = sum(one.is_fraud for one in above)
            if frauds and found * RECALLS >= step * frauds:
                points.append(Point(score, len(above), found))
                break
    return list(dict.fromkeys(points))


def slow_bin(score: float) -> int:
    """How often a half can be doubled down to reach below the score: 0 for the lowest scores."""
    edge = 0.5
    for place in range(HALVINGS, 0, -1):
        if score >= edge:
            return place
        edge /= 2
    return 0


def slow_reliability(night: list[Judged]) -> list[Point]:
    """The rows of each bin that has any, counted."""
    bins = [[one for one in night if slow_bin(one.score) == place] for place in range(HALVINGS + 1)]
    return [Point(sum(one.score for one in rows) / len(rows), len(rows), sum(one.is_fraud for one in rows)) for rows in bins if rows]
