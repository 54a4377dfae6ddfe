"""Have the shares of bins moved further than chance moves them? The population stability index and its size where nothing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import chdtrc

from pipeline.evaluation.metrics import Floats

EMPTY_BIN_SHARE = 1e-4  # keeps the logarithm finite when a bin holds nobody; less than one row of a night of 8,000


@dataclass(frozen=True)
class Stability:
    """`psi` as measured; `by_chance` and `error`: its mean and standard error where nothing changed; `p_value` of that, small where it did.

    `ks`: the largest difference between the cumulated shares of known values. It is taken at the bins' edges, so the Kolmogorov-Smirnov
    distance of the values themselves is at least this, and at most one bin's share more.
    """

    psi: float
    by_chance: float
    error: float
    p_value: float
    ks: float

    @classmethod
    def between(cls, before: Floats, rows_before: float, after: Floats, rows_after: float) -> Self:
        """From the shares (bins,) of two samples of so many rows, the bin of missing values last.

        Where nothing changed, psi / (1/n + 1/m) is nearly chi-squared with B - 1 degrees of freedom, so that psi has the mean
        (B - 1)(1/n + 1/m) and the standard error sqrt(2(B - 1))(1/n + 1/m): Yurdakul, Statistical Properties of Population Stability
        Index (2018). B counts the bins that hold anybody.

        >>> moved = Stability.between(np.array([0.5, 0.5, 0.0]), 1000, np.array([0.55, 0.45, 0.0]), 1000)
        >>> round(moved.psi, 4), moved.by_chance, round(moved.error, 4), round(moved.p_value, 3), round(moved.ks, 2)
        (0.01, 0.002, 0.0028, 0.025, 0.05)
        """
        unit = 1 / rows_before + 1 / rows_after
        freedom = int(np.count_nonzero((before > 0) | (after > 0))) - 1
        psi = population_stability_index(before, after)
        p_value = float(chdtrc(freedom, psi / unit)) if freedom else 1.0
        return cls(psi, freedom * unit, float(np.sqrt(2 * freedom)) * unit, p_value, _ks(before, after))

    @property
    def excess(self) -> float:
        """The index less what chance alone gives: about 0 where nothing changed, now a little above, now below."""
        return self.psi - self.by_chance


def population_stability_index(before: Floats, after: Floats) -> float:
    """Σ (q - p) ln(q / p) over bins (the symmetric divergence of Jeffreys, 1946); a share below `EMPTY_BIN_SHARE` counts as that.

    >>> round(population_stability_index(np.array([0.5, 0.5]), np.array([0.6, 0.4])), 4)
    0.0405
    """
    p, q = np.maximum(before, EMPTY_BIN_SHARE), np.maximum(after, EMPTY_BIN_SHARE)
    return float(((q - p) * np.log(q / p)).sum())


def _ks(before: Floats, after: Floats) -> float:
    known = before[:-1].sum(), after[:-1].sum()
    if not all(known):
        return float("nan")
    return float(np.abs(np.cumsum(before[:-1]) / known[0] - np.cumsum(after[:-1]) / known[1]).max())
