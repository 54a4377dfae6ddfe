"""The figures of bench/training.py with their goals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.parts.book import Measures
from bench.parts.eves import CHAIN
from bench.parts.measure import Figure, at_most
from bench.parts.paired import Daily
from bench.parts.walk import FROZEN, FULL, Walk

WORSE = -0.010  # average precision that a cheaper training may lose
WORSE_CARDS = -0.005


def walk_figures(published: Walk, drift: Walk) -> list[Figure]:
    """How the chain stands beside the full retrain, and whether a model that is never retrained falls behind where it must."""
    frozen = drift.difference(FROZEN, Daily.average_precision)
    return [
        at_least("ap_lower", published.difference(CHAIN, Daily.average_precision).lower, WORSE),
        at_least("ap_lower_drift", drift.difference(CHAIN, Daily.average_precision).lower, WORSE),
        at_least("cp_lower", published.difference(CHAIN, Daily.card_precision).lower, WORSE_CARDS),
        at_least("cp_lower_drift", drift.difference(CHAIN, Daily.card_precision).lower, WORSE_CARDS),
        between("fraud_ratio", max((walk.predicted_over_observed(CHAIN) for walk in (published, drift)), key=_away_from_one), 0.85, 1.15),
        at_most("cpu_share", seconds([published, drift], CHAIN) / seconds([published, drift], FULL), 0.20),
        at_least("frozen_fails", float(frozen.upper < WORSE), 1.0),
    ]


def book_figures(folds: Sequence[Measures]) -> list[Figure]:
    """Means over the book's folds; the best that it publishes are .694 and .304."""
    return [
        at_least("book_ap", float(np.mean([fold.average_precision for fold in folds])), 0.715),
        at_least("book_cp", float(np.mean([fold.card_precision for fold in folds])), 0.305),
    ]


def seconds(walks: Sequence[Walk], learner: str) -> float:
    """CPU seconds of all its fits; chain and full retrain are fitted equally often."""
    return sum(sum(walk.seconds[learner]) for walk in walks)


def at_least(name: str, value: float, goal: float) -> Figure:
    return Figure(name, value, goal, value >= goal)


def between(name: str, value: float, low: float, high: float) -> Figure:
    """The goal is the limit on the value's side of 1."""
    return Figure(name, value, low if value < 1 else high, low <= value <= high)


def _away_from_one(ratio: float) -> float:
    return abs(ratio - 1)
