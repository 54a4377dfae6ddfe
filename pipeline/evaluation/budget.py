"""When does a figure's surprise become an alarm? So rarely that nights without news keep to a budget of false ones.

Half of the budget goes to jumps, a night far off by itself: its p-value against the budget of one night divided by the figures (Bonferroni,
which holds however the figures hang together). Half goes to trends, nights that are each a little off to the same side: a cumulative sum
(Page, Continuous inspection schemes, 1954) over the last 28 nights, with the threshold that the budget asks for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.evaluation.metrics import Bools, Floats
from pipeline.evaluation.seasonal import Surprise

MEMORY = 28  # nights that a trend is looked for in: later, the medians of eight weeks begin to follow it
ALLOWANCE = 0.5  # taken off each night's score: half of the smallest shift, in deviations of a night, that is looked for (Page)
HALVINGS = 60  # of a stretch of 400: to the last bit
WILD = 3.0  # a score counts no more than this: three wild nights (3 x 2.5) make no trend, they are jumps
RESERVE = 1.5  # on top of the threshold for independent normal nights: nights correlated by 0.3 or of heavier tails keep the budget too
DETECTORS = 2  # jumps and trends


@dataclass(frozen=True)
class Budget:
    """How many false alarms may come in how many nights, over all figures together."""

    alarms: float = 1.0
    nights: int = 91

    def p_value(self, figures: int) -> float:
        """The largest two-sided p-value that makes a jump.

        >>> round(Budget().p_value(50), 6)
        0.00011
        """
        return self.alarms / self.nights / DETECTORS / max(figures, 1)

    def trend_limit(self, figures: int) -> float:
        """The cumulative sum from which on there is a trend.

        One side of independent normal scores rings every (exp(2kb) - 2kb - 1) / 2k² nights, where b is the limit + 1.166 and k the
        allowance (Siegmund, Sequential Analysis, 1985); `RESERVE` is for nights that are neither.

        >>> round(Budget().trend_limit(50), 2)
        9.45
        """
        apart = 2 / self.p_value(figures)  # nights between two alarms of one side of one figure
        twice = 2 * ALLOWANCE
        low, high = 0.0, 400.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            rare = (math.exp(twice * middle) - twice * middle - 1) / (twice * ALLOWANCE) > apart
            low, high = (low, middle) if rare else (middle, high)
        return low - 1.166 + RESERVE


@dataclass(frozen=True, eq=False)
class Raised:
    """Where alarms stand, each (days, figures): jumps, trends, the side of a trend (1 or -1) and how many days it has gone on."""

    jump: Bools
    trend: Bools
    side: Floats
    length: npt.NDArray[np.int64]


def raised(seen: Surprise, budget: Budget) -> Raised:
    """Where the alarms of each day stand; a night whose figure or history lacks raises none and ends no trend."""
    figures = seen.score.shape[1]
    (up, up_length), (down, down_length) = _cumulative(seen.score), _cumulative(-seen.score)
    return Raised(
        jump=seen.p_values <= budget.p_value(figures),
        trend=np.maximum(up, down) > budget.trend_limit(figures),
        side=np.where(up >= down, 1.0, -1.0),
        length=np.where(up >= down, up_length, down_length),
    )


def _cumulative(score: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The largest sum of scores less allowance over the days up to each, at most `MEMORY` back, and over how many days it is reached."""
    steps = np.where(np.isnan(score), 0.0, np.clip(score, -WILD, WILD) - ALLOWANCE)
    padded = np.vstack([np.zeros((MEMORY - 1, score.shape[1])), steps])
    sums = np.cumsum(sliding_window_view(padded, MEMORY, axis=0)[..., ::-1], axis=-1)
    return sums.max(axis=-1), sums.argmax(axis=-1) + 1
