"""How the values of a column fall over the bins of another night, counted part by part: what is held against training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.evaluation.buckets import Counts
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.moments import Moments
from pipeline.evaluation.reference import Spread

ROWS_AT_ONCE = 65_536  # half a megabyte of a column: it stays in the processor's cache


@dataclass(frozen=True, eq=False)
class Tally:
    """`counts`: of each bin of a `Spread`, missing values last; `moments`: of the finite values."""

    counts: Counts
    moments: Moments

    @classmethod
    def of(cls, spread: Spread, values: Floats) -> Self:
        """Of all values, taken by the same number at a time: parts that end where such a piece ends add up to the same bits."""
        told = cls(np.zeros(len(spread.shares), np.int64), Moments.of(values[:0]))
        for start in range(0, len(values), ROWS_AT_ONCE):
            piece = values[start : start + ROWS_AT_ONCE]
            finite = np.isfinite(piece)
            told += cls(spread.counts_of(piece), Moments.of(piece if finite.all() else piece[finite]))
        return told

    def __add__(self, other: Self) -> Self:
        return type(self)(self.counts + other.counts, self.moments + other.moments)

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def shares(self) -> Floats:
        """The shares of the bins, of at least one row."""
        return np.asarray(self.counts / self.rows)
