"""What bench/training.py prints: a table of weeks and a summary for each stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.parts.measure import show
from bench.parts.paired import Apart, Daily, Measure, taken_apart, value, walk_difference, week_difference
from bench.parts.streams import night_of
from bench.parts.walk import FULL, Walk

MEASURES: tuple[tuple[str, Measure], ...] = (
    ("average precision", Daily.average_precision),
    ("card precision@100", Daily.card_precision),
)


def print_walk(walk: Walk) -> None:
    weeks = [taken_apart(week) for week in walk.weeks]
    for name, measure in MEASURES:
        _print_weeks(walk, weeks, name, measure)
    _print_summary(walk, weeks)


def predicted_over_observed(walk: Walk, learner: str) -> float:
    """The sum of the learner's scores over the number of frauds, in the whole walk."""
    return float(sum(week.scores[learner].sum() for week in walk.weeks) / sum(week.is_fraud.sum() for week in walk.weeks))


def _others(walk: Walk) -> list[str]:
    return [learner for learner in walk.weeks[0].scores if learner != FULL]


def _print_weeks(walk: Walk, weeks: Sequence[Apart], name: str, measure: Measure) -> None:
    others = _others(walk)
    header = ("week of", "frauds", FULL, *(title for other in others for title in (other, f"{other} - {FULL} (95 %)")))
    rows = []
    for week, apart in zip(walk.weeks, weeks, strict=True):
        compared = [
            cell for other in others for cell in (f"{value(apart, other, measure):.3f}", str(week_difference(apart, other, FULL, measure)))
        ]
        rows.append((str(night_of(week.start)), str(week.is_fraud.sum()), f"{value(apart, FULL, measure):.3f}", *compared))
    show(f"{walk.stream} stream: {name}, week by week", header, rows)


def _print_summary(walk: Walk, weeks: Sequence[Apart]) -> None:
    header = (
        "learner",
        "AP",
        f"AP - {FULL} (95 %)",
        "CP@100",
        f"CP@100 - {FULL} (95 %)",
        "predicted/observed",
        "fits",
        "CPU s a fit",
        "share",
    )
    rows = [_summary(walk, weeks, learner) for learner in walk.weeks[0].scores]
    show(f"{walk.stream} stream: means over {len(weeks)} weeks", header, rows)


def _summary(walk: Walk, weeks: Sequence[Apart], learner: str) -> tuple[str, ...]:
    cells = []
    for _, measure in MEASURES:
        mean = np.mean([value(week, learner, measure) for week in weeks])
        cells += [f"{mean:.4f}", "-" if learner == FULL else str(walk_difference(weeks, learner, FULL, measure))]
    return (learner, *cells, f"{predicted_over_observed(walk, learner):.3f}", *_cost(walk, learner))


def _cost(walk: Walk, learner: str) -> tuple[str, str, str]:
    """How many fits, the mean of their CPU seconds, and its share of the full retrain's."""
    seconds = walk.seconds.get(learner)
    if not seconds:
        return "-", "-", "-"
    mean = np.mean(seconds)
    return str(len(seconds)), f"{mean:.2f}", f"{mean / np.mean(walk.seconds[FULL]):.3f}"
