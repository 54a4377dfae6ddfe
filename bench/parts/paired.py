"""How much better or worse one learner is than another, with how sure that is: paired, over the days of a walk.

All learners score the same transactions, so a draw of days is a draw for all of them at once, and what days have in common falls out of
the difference. The blocks are weeks: one model serves seven days, and its luck is theirs together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from bench.parts.walk import DAYS_A_WEEK, Week
from pipeline.evaluation.metrics import card_hits
from pipeline.scoring.sampling import Floats

CARDS = 100  # that people look at a day
DRAWS = 10_000
SEED = 0
SURE = [2.5, 97.5]  # percentiles: an interval of 95 %
AS_IT_WAS = np.ones((1, DAYS_A_WEEK))  # each day once

Counts: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Interval:
    """A figure, and the interval of 95 % around it."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.value:+.4f} [{self.lower:+.4f}, {self.upper:+.4f}]"


@dataclass(frozen=True, eq=False)
class Daily:
    """One learner's week taken apart by days, so that any draw of its days can be measured.

    `fraud_day`: the day of each fraud; `ahead`, `frauds_ahead`: how many transactions and how many frauds of each day score no less than
    it, float64 (frauds, days). `hits`: the frauds found among each day's cards.
    """

    fraud_day: Counts
    ahead: Floats
    frauds_ahead: Floats
    hits: Counts

    def average_precision(self, times: Floats) -> Floats:
        """Of each draw, whose row of `times` (draws, days) tells how often it takes each day; scikit-learn's definition, ties and all."""
        precision = (times @ self.frauds_ahead.T) / np.maximum(times @ self.ahead.T, 1.0)
        weight = times[:, self.fraud_day]
        return np.asarray((weight * precision).sum(axis=1) / weight.sum(axis=1))

    def card_precision(self, times: Floats) -> Floats:
        """Of each draw, the mean over its days."""
        return np.asarray(times @ self.hits / times.sum(axis=1) / CARDS)


Measure: TypeAlias = Callable[[Daily, Floats], Floats]
Apart: TypeAlias = Mapping[str, Daily]


def taken_apart(week: Week) -> Apart:
    """The week of each learner."""
    return {learner: _daily(week, scores) for learner, scores in week.scores.items()}


def value(week: Apart, learner: str, measure: Measure) -> float:
    return float(measure(week[learner], AS_IT_WAS)[0])


def week_difference(week: Apart, learner: str, other: str, measure: Measure) -> Interval:
    """Of one week: how much the learner's figure is above the other's; draws of its seven days."""
    draws = np.random.default_rng(SEED).multinomial(DAYS_A_WEEK, AS_IT_WAS[0] / DAYS_A_WEEK, DRAWS).astype(np.float64)
    drawn = measure(week[learner], draws) - measure(week[other], draws)
    return _interval(value(week, learner, measure) - value(week, other, measure), drawn)


def walk_difference(weeks: Sequence[Apart], learner: str, other: str, measure: Measure) -> Interval:
    """Of a whole walk: the mean over the weeks of that difference; draws of as many weeks."""
    by_week = np.array([value(week, learner, measure) - value(week, other, measure) for week in weeks])
    draws = np.random.default_rng(SEED).integers(0, len(weeks), (DRAWS, len(weeks)))
    return _interval(float(by_week.mean()), by_week[draws].mean(axis=1))


def _daily(week: Week, scores: Floats) -> Daily:
    day = week.day - week.start
    order = np.argsort(-scores, kind="stable")
    each_day = np.eye(DAYS_A_WEEK)[day[order]]
    last_tied = np.searchsorted(-scores[order], -scores[week.is_fraud], side="right") - 1
    return Daily(
        fraud_day=day[week.is_fraud],
        ahead=each_day.cumsum(axis=0)[last_tied],
        frauds_ahead=(each_day * week.is_fraud[order][:, None]).cumsum(axis=0)[last_tied],
        hits=card_hits(CARDS, week.day, week.customer, scores, week.is_fraud),
    )


def _interval(figure: float, drawn: Floats) -> Interval:
    lower, upper = np.percentile(drawn, SURE)
    return Interval(figure, float(lower), float(upper))
