"""What bench/training.py prints: tables of weeks and a summary for each stream."""

from __future__ import annotations

import numpy as np

from bench.parts.measure import show
from bench.parts.paired import Daily, Measure, value, week_difference
from bench.parts.streams import night_of
from bench.parts.walk import FULL, Walk, Week

MEASURES: tuple[tuple[str, Measure], ...] = (
    ("average precision", Daily.average_precision),
    ("card precision@100", Daily.card_precision),
)


def print_walk(walk: Walk) -> None:
    for name, measure in MEASURES:
        _print_weeks(walk, name, measure)
    _print_decisions(walk)
    _print_summary(walk)


def _print_weeks(walk: Walk, name: str, measure: Measure) -> None:
    others = [learner for learner in walk.learners if learner != FULL]
    header = ("week of", "frauds", FULL, *(title for other in others for title in (other, f"{other} - {FULL} (95 %)")))
    show(f"{walk.stream} stream: {name}, week by week", header, [_line(week, others, measure) for week in walk.weeks])


def _line(week: Week, others: list[str], measure: Measure) -> tuple[str, ...]:
    compared = [
        cell
        for other in others
        for cell in (f"{value(week.sides, other, measure):.3f}", str(week_difference(week.sides, other, FULL, measure)))
    ]
    return (str(night_of(week.start)), str(week.frauds), f"{value(week.sides, FULL, measure):.3f}", *compared)


def _print_decisions(walk: Walk) -> None:
    """Who was promoted on the eve of each week, or why not."""
    chains = list(walk.weeks[0].decisions)
    header = ("week of", *(title for chain in chains for title in (f"{chain}: verdict", "promoted")))
    show(f"{walk.stream} stream: verdicts on the eves", header, [_told(week, chains) for week in walk.weeks])


def _told(week: Week, chains: list[str]) -> tuple[str, ...]:
    decisions = [week.decisions[chain] for chain in chains]
    return (str(night_of(week.start)), *(cell for each in decisions for cell in (str(each), "yes" if each.promoted else "no")))


def _print_summary(walk: Walk) -> None:
    precisions = [title for short in ("AP", "CP@100") for title in (short, f"{short} - {FULL} (95 %)")]
    header = ("learner", *precisions, "predicted/seen", "promoted", "fits", "CPU s a fit", "share")
    show(f"{walk.stream} stream: means over {len(walk.weeks)} weeks", header, [_summary(walk, learner) for learner in walk.learners])


def _summary(walk: Walk, learner: str) -> tuple[str, ...]:
    precisions = [
        cell
        for _, measure in MEASURES
        for cell in (f"{walk.mean(learner, measure):.4f}", "-" if learner == FULL else str(walk.difference(learner, measure)))
    ]
    promoted = walk.promoted(learner)
    weeks = "-" if promoted is None else f"{promoted} of {len(walk.weeks)}"
    return (learner, *precisions, f"{walk.predicted_over_observed(learner):.3f}", weeks, *_cost(walk, learner))


def _cost(walk: Walk, learner: str) -> tuple[str, str, str]:
    """How many fits, the mean of their CPU seconds, and its share of the full retrain's."""
    seconds = walk.seconds.get(learner)
    if not seconds:
        return "-", "-", "-"
    mean = np.mean(seconds)
    return str(len(seconds)), f"{mean:.2f}", f"{mean / np.mean(walk.seconds[FULL]):.3f}"
