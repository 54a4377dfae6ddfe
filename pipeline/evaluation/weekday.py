"""The earlier nights of one weekday, against which a night's figures are held: a Monday against Mondays."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from pipeline.evaluation.figures import Figures

WEEKS = 8  # two months: long enough that a holiday is outvoted, short enough that growth of a tenth a month stays within every limit
MINIMUM_WEEKS = 4  # the median of three is one odd Monday away from any value


@dataclass(frozen=True)
class Usual:
    """The median of a figure, and how many nights of which weekday it is the median of."""

    value: float
    nights: int
    weekday: str

    @property
    def words(self) -> str:
        """'8,102, the median of the 4 Mondays before'."""
        return f"{shown(self.value)}, the median of the {self.nights} {self.weekday}s before"


@dataclass(frozen=True)
class Weekday:
    """The figures of the last nights of a weekday, at most `WEEKS`, all of them before the night that is judged."""

    name: str
    nights: tuple[Figures, ...]

    def usual(self, figure: str) -> Usual | None:
        """The median of a figure over the nights that know it; None where they are fewer than `MINIMUM_WEEKS`."""
        values = self.known(figure)
        return Usual(statistics.median(values), len(values), self.name) if len(values) >= MINIMUM_WEEKS else None

    def known(self, figure: str) -> list[float]:
        """The values of a figure, of the nights that have it."""
        return [value for night in self.nights if (value := night.get(figure)) is not None]


NO_NIGHTS = Weekday("night", ())


def shown(value: float) -> str:
    """A figure of earlier nights as a person reads it in a sentence: four digits tell enough.

    >>> shown(8102.5), shown(0.0123456), shown(0.0)
    ('8,102', '0.01235', '0')
    """
    return f"{value:,.0f}" if value == 0 or abs(value) >= 1_000 else f"{value:.4g}"
