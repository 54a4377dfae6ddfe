"""Count, extremes, mean and variance of numbers that come in parts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Of finite numbers: how many, the lowest and the highest, their mean and the sum of squared deviations from it.

    Parts merge as in Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances" (1979):
    no difference of large sums is taken, so amounts around a billion keep their variance.

    >>> (Moments.of(np.array([1.0, 2.0])) + Moments.of(np.array([6.0]))).mean
    3.0
    """

    count: int
    lowest: float
    highest: float
    mean: float
    squares: float

    @classmethod
    def of(cls, finite: Floats) -> Self:
        """One part in one pass; a mean or a variance beyond the floats comes out as infinite or NaN."""
        if not len(finite):
            return cls(0, math.inf, -math.inf, 0.0, 0.0)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(finite.mean())
            off = finite - mean
            squares = float(np.square(off, out=off).sum())
        return cls(len(finite), float(finite.min()), float(finite.max()), mean, squares)

    def __add__(self, other: Self) -> Self:
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        apart = other.mean - self.mean
        return type(self)(
            count,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
            self.mean + apart * (other.count / count),
            self.squares + other.squares + apart * apart * (self.count * (other.count / count)),
        )

    @property
    def variance(self) -> float:
        """The mean squared deviation of these very numbers (divided by their count); NaN of none."""
        return self.squares / self.count if self.count else math.nan
