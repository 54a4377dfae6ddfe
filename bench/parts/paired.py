"""How much better or worse one learner is than another, with how sure that is: paired, over the days of a walk.

All learners score the same transactions, so a draw of days is a draw for all of them at once, and what days have in common falls out of
the difference. Days are blocks: their transactions are drawn together. Weeks are blocks of days: one model serves each, and its luck is
theirs together. A draw of a walk takes weeks, and of each the days anew, which makes the interval rather too wide than too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from bench.parts.book import CARDS, DAYS_A_WEEK
from pipeline.evaluation.metrics import card_hits
from pipeline.scoring.sampling import Bools, Floats

DRAWS = 4_000
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
class Truth:
    """The transactions of a week and what became of them; `day` is 0 to 6."""

    day: Counts
    customer: Counts
    is_fraud: Bools


@dataclass(frozen=True, eq=False)
class Daily:
    """One learner's week taken apart by days, so that any draw of its days can be measured.

    `fraud_day`: the day of each fraud; `ahead`, `frauds_ahead`: how many transactions and how many frauds of each day score no less than
    it, float64 (frauds, days). `hits`: the frauds found among each day's cards. `predicted`: the sum of the scores.
    """

    fraud_day: Counts
    ahead: Floats
    frauds_ahead: Floats
    hits: Counts
    predicted: float

    @classmethod
    def of(cls, week: Truth, scores: Floats) -> Daily:
        order = np.argsort(-scores, kind="stable")
        each_day = np.eye(DAYS_A_WEEK)[week.day[order]]
        last_tied = np.searchsorted(-scores[order], -scores[week.is_fraud], side="right") - 1
        return cls(
            fraud_day=week.day[week.is_fraud],
            ahead=each_day.cumsum(axis=0)[last_tied],
            frauds_ahead=(each_day * week.is_fraud[order][:, None]).cumsum(axis=0)[last_tied],
            hits=card_hits(CARDS, week.day, week.customer, scores, week.is_fraud),
            predicted=float(scores.sum()),
        )

    def average_precision(self, times: Floats) -> Floats:
        """Of each draw, whose row of `times` (draws, days) tells how often it takes each day; scikit-learn's definition, ties and all."""
        precision = (times @ self.frauds_ahead.T) / np.maximum(times @ self.ahead.T, 1.0)
        weight = times[:, self.fraud_day]
        return np.asarray((weight * precision).sum(axis=1) / weight.sum(axis=1))

    def card_precision(self, times: Floats) -> Floats:
        """Of each draw, the mean over its days."""
        return np.asarray(times @ self.hits / times.sum(axis=1) / CARDS)


Measure: TypeAlias = Callable[[Daily, Floats], Floats]
Sides: TypeAlias = Mapping[str, Daily]  # of one week, by learner


def value(week: Sides, learner: str, measure: Measure) -> float:
    return float(measure(week[learner], AS_IT_WAS)[0])


def week_difference(week: Sides, learner: str, other: str, measure: Measure) -> Interval:
    """Of one week, how much the learner's figure is above the other's; draws of its seven days."""
    rng = np.random.default_rng(SEED)
    return _interval(_difference(week, learner, other, measure, AS_IT_WAS), _drawn(week, learner, other, measure, rng))


def walk_difference(weeks: Sequence[Sides], learner: str, other: str, measure: Measure) -> Interval:
    """Of a whole walk, the mean over the weeks of that difference; draws of as many weeks, each of seven of its days."""
    rng = np.random.default_rng(SEED)
    as_they_were = np.mean([_difference(week, learner, other, measure, AS_IT_WAS) for week in weeks])
    by_week = np.array([_drawn(week, learner, other, measure, rng) for week in weeks])
    which_week, which_days = (rng.integers(0, among, (DRAWS, len(weeks))) for among in by_week.shape)
    return _interval(as_they_were, by_week[which_week, which_days].mean(axis=1))


def _drawn(week: Sides, learner: str, other: str, measure: Measure, rng: np.random.Generator) -> Floats:
    """The difference in each of so many draws of the week's days."""
    times = rng.multinomial(DAYS_A_WEEK, AS_IT_WAS[0] / DAYS_A_WEEK, DRAWS).astype(np.float64)
    return _difference(week, learner, other, measure, times)


def _difference(week: Sides, learner: str, other: str, measure: Measure, times: Floats) -> Floats:
    return np.asarray(measure(week[learner], times) - measure(week[other], times))


def _interval(figure: Floats | np.floating, drawn: Floats) -> Interval:
    lower, upper = np.percentile(drawn, SURE)
    return Interval(float(np.mean(figure)), float(lower), float(upper))
