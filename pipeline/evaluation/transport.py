"""One column of a night moved to lie as another night's does, the order of its values kept: what quantile matching does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.metrics import Floats


def moved_column(before: Floats, tonight: Floats, rng: np.random.Generator) -> Floats:
    """The values of `before` (n,) moved to how those of `tonight` (m,) lie: the lowest to the lowest, the middle to the middle.

    The monotone map between two distributions (the optimal transport on a line). NaN is missing: as many rows are missing afterwards as
    are tonight, up to one row; which ones, and the order of equal values, is drawn. Columns of the same values come out as they went in.

    >>> moved_column(np.array([3.0, 1.0, 2.0]), np.array([10.0, 30.0, 20.0]), np.random.default_rng(1)).tolist()
    [30.0, 10.0, 20.0]
    """
    place = _places(before, known_rows(before, tonight), rng)
    values = np.sort(tonight[~np.isnan(tonight)])
    moved = np.full(len(before), np.nan)
    steps = (2 * np.arange(len(place)) + 1) * len(values) // (2 * max(len(place), 1))
    moved[place] = values[steps]
    return moved


def known_rows(before: Floats, tonight: Floats) -> int:
    """How many of `before`'s rows are to be known, so that their share is that of `tonight`: the nearest whole number."""
    known = int(np.count_nonzero(~np.isnan(tonight)))
    return (2 * len(before) * known + len(tonight)) // (2 * len(tonight))


def _places(values: Floats, wanted: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """The `wanted` rows that shall be known, lowest first: known ones by value, then as many missing ones as it takes, anywhere between."""
    drawn = rng.permutation(len(values))
    missing = np.isnan(values[drawn])
    known, unknown = drawn[~missing][:wanted], drawn[missing][: max(wanted - int(np.count_nonzero(~missing)), 0)]
    in_order = known[np.argsort(values[known], kind="stable")]
    heights = np.concatenate([np.arange(len(in_order)) + 0.5, rng.uniform(0, max(len(in_order), 1), len(unknown))])
    return np.concatenate([in_order, unknown])[np.argsort(heights, kind="stable")]
