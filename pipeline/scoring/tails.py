"""A second column for the tail of a column, where a tree's bins are too coarse.

Boosted trees sort each column into 255 bins of equally many rows, so that the largest amounts, where fraud sits, share a bin with much
else. A copy of the column that is missing below a high quantile gets 255 bins of its own for the tail alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scoring.sampling import Floats

TAIL_QUANTILE = 0.98
BINS = 255  # of scikit-learn's histograms; a column with fewer distinct values is binned without loss


@dataclass(frozen=True)
class Tail:
    """The values of `column` above `above`; all others count as missing."""

    column: str
    above: float


def tails_of(columns: tuple[str, ...], rows: Floats, weight: Floats) -> tuple[Tail, ...]:
    """A tail for each column with more distinct values than bins, above its quantile among the rows as weighted."""
    return tuple(
        Tail(name, weighted_quantiles(values, weight, np.array([TAIL_QUANTILE]))[0])
        for name, values in zip(columns, rows.T, strict=True)
        if len(np.unique(values[~np.isnan(values)])) > BINS
    )


def with_tails(rows: Floats, columns: tuple[str, ...], tails: tuple[Tail, ...]) -> Floats:
    """The rows with one more column per tail, in the order of the tails.

    >>> with_tails(np.array([[1.0], [7.0]]), ("amount",), (Tail("amount", 5.0),)).tolist()
    [[1.0, nan], [7.0, 7.0]]
    """
    values = rows[:, [columns.index(tail.column) for tail in tails]]
    above = np.array([tail.above for tail in tails])
    return np.hstack([rows, np.where(values > above, values, np.nan)])


def weighted_quantiles(values: Floats, weight: Floats, levels: Floats) -> list[float]:
    """The smallest value at which the share of the weight up to it reaches each level; NaN values do not count.

    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 8.0]), np.array([0.0, 0.5, 1.0]))
    [1.0, 2.0, 3.0]
    """
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    reached = np.cumsum(weight[order])
    places = np.searchsorted(reached, levels * reached[-1], side="left")
    return [float(value) for value in values[order][np.minimum(places, len(order) - 1)]]
