"""How a figure of the scores moved from one night to another, in parts that add up, and in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pipeline.evaluation.metrics import Floats

FEW_ROWS = 30  # a mean of fewer rows says more about the rows than about the night
TOLD = 0.05  # of the largest part: smaller ones are told together
NEW_MODEL = "the new model"
MIX = "how the features go together"


@dataclass(frozen=True)
class Measure:
    """What is looked at: the mean score or, with a threshold, the share of rows that score at least as much."""

    name: str
    threshold: float | None = None

    def of_rows(self, scores: Floats) -> Floats:
        """What each row adds to the mean: float64 (n,)."""
        return scores if self.threshold is None else (scores >= self.threshold).astype(scores.dtype)


MEAN_SCORE = Measure("mean score")


def alert_share(threshold: float) -> Measure:
    """The share of rows that score at least `threshold`, such as the lowest score that was an alert the night before."""
    return Measure("share of alerts", threshold)


@dataclass(frozen=True)
class Part:
    """What one cause contributed, in the unit of the measure; `kind` says whether `name` is a feature's."""

    name: str
    kind: Literal["feature", "mix", "model"]
    size: float


@dataclass(frozen=True)
class Change:
    """The measure `before` and `after`, and its parts by size, largest first, which sum to the difference.

    `chance`: the standard error of the difference between two nights of so many rows on which nothing changed. Of a night without rows
    the measure is NaN, and there are no parts.
    """

    measure: Measure
    before: float
    after: float
    rows_before: int
    rows_after: int
    chance: float
    parts: tuple[Part, ...]

    @property
    def total(self) -> float:
        return self.after - self.before

    @property
    def paragraph(self) -> str:
        """'The mean score rose from 0.82 % to 1.31 %: +0.40 from amount, +0.05 from the new model, +0.04 from 3 others.'"""
        if not self.parts:
            return self._nothing_to_compare()
        sizes = [self.total, *(part.size for part in self.parts)]
        digits = _digits(max(abs(size) for size in sizes))
        before, after = (f"{100 * value:.{digits}f} %" for value in (self.before, self.after))
        way = "rose" if self.after > self.before else "fell"
        moved = f"stayed at {after}" if before == after else f"{way} from {before} to {after}"
        told = _told(self.parts, digits)
        return " ".join([f"The {self.measure.name} {moved}{': ' if told else ''}{', '.join(told)}.", *self._caveats(digits)])

    def _nothing_to_compare(self) -> str:
        empty = [name for name, rows in (("the night before", self.rows_before), ("tonight", self.rows_after)) if rows == 0]
        verb = "has" if len(empty) == 1 else "have"
        return f"NOTHING TO COMPARE: {' and '.join(empty)} {verb} no rows, so that the {self.measure.name} cannot have moved."

    def _caveats(self, digits: int) -> list[str]:
        few = [(name, rows) for name, rows in (("The night before", self.rows_before), ("Tonight", self.rows_after)) if rows < FEW_ROWS]
        notes = [f"{name} has {'one row' if rows == 1 else f'{rows} rows'} only: that says little." for name, rows in few]
        by_data = math.fsum(part.size for part in self.parts if part.kind != "model")
        if not notes and 0 < abs(by_data) <= 2 * self.chance:
            notes.append(f"But for the model that is no more than chance: such nights differ by {100 * self.chance:.{digits}f}.")
        return notes


def _told(parts: tuple[Part, ...], digits: int) -> list[str]:
    """The larger parts by name and the others as one; what is 0 in so many digits is left out."""
    nothing = 0.5 * 10.0 ** (-digits - 2)
    large = [part for part in parts if abs(part.size) >= max(TOLD * abs(parts[0].size), nothing)]
    others = parts[len(large) :]
    rest = math.fsum(part.size for part in others)
    told = [f"{100 * part.size:+.{digits}f} from {part.name}" for part in large]
    if abs(rest) < nothing:
        return told
    return [*told, f"{100 * rest:+.{digits}f} from {others[0].name if len(others) == 1 else f'{len(others)} others'}"]


def _digits(size: float) -> int:
    """Digits of a percentage, so that a change of `size` shows two of its own; two at least, eight at most.

    >>> _digits(0.0049), _digits(0.00012), _digits(0.0)
    (2, 3, 2)
    """
    return 2 if size == 0 else min(max(1 - math.floor(math.log10(100 * size)), 2), 8)
