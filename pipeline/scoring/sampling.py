"""Which genuine transactions a model learns from, and what that does to its scores.

The choice hangs on the transaction's id alone: whoever samples, in whatever order and company, takes the same rows, and a smaller share
is part of every larger one.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.core.hashing import Keys, key_hashes

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

SAMPLING_KEY = np.uint64(0x6E69676874736866)  # keeps the choice apart from any hash of the same ids elsewhere; a new key means new models


def chosen(ids: Keys, share: float) -> Bools:
    """Whether each id (`int64` or `string`, none null) belongs to the `share` (0 to 1) that is kept.

    >>> import pyarrow as pa
    >>> chosen(pa.array(range(8)), 0.5).tolist()
    [False, True, True, True, True, True, True, False]
    """
    return unit_hash(ids) < share


def unit_hash(ids: Keys) -> Floats:
    """A number in [0, 1) for each id, evenly spread; `TypeError` for ids that are neither `int64` nor `string`, `ValueError` for a null."""
    if ids.null_count:
        raise ValueError(f"{ids.null_count} of {len(ids)} ids are null: a transaction without an id cannot be sampled")
    bits = key_hashes(ids, SAMPLING_KEY) >> np.uint64(11)
    return bits.astype(np.float64) * 2.0**-53  # the 53 bits that a double holds exactly


def correct_for_sampling(probabilities: Floats, share: float) -> Floats:
    """Probabilities as they would be had all genuine rows been learned from, and not only `share` (β) of them.

    p = βp' / ((β - 1)p' + 1), Dal Pozzolo, Caelen, Johnson and Bontempi, "Calibrating Probability with Undersampling for
    Unbalanced Classification" (2015), equation 4. It keeps 0, 1 and the order to the last bit, and so leaves [0, 1] never.

    >>> correct_for_sampling(np.array([0.0, 0.5, 1.0]), 0.1).round(4).tolist()
    [0.0, 0.0909, 1.0]
    """
    with np.errstate(divide="ignore", over="ignore"):  # a probability of 0 has infinite odds against it, and comes out as 0
        odds_against = (1.0 - probabilities) / (share * probabilities)
    return 1.0 / (1.0 + odds_against)  # the same formula in steps that each keep the order; as it is printed, rounding can give 1 + 2e-16
