"""Which scores are alerts: the highest of the night, as many as people can look at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import Keys
from pipeline.scoring.sampling import Floats


def alert_ranks(transaction_id: Keys, amount_cents: npt.NDArray[np.int64], scores: Floats, budget: int) -> pa.Array:
    """Rank of each transaction among the night's alerts, int32: 1 for the first, up to `budget` (at least 1), null for no alert.

    Highest first by score, then amount, then id (numbers by size, texts by their UTF-8 bytes), so that no tie is left to chance.
    A NaN score has no place: `ValueError`.

    >>> alert_ranks(pa.array([7, 8, 9]), np.array([500, 900, 100]), np.array([0.2, 0.2, 0.9]), budget=2).to_pylist()
    [None, 2, 1]
    """
    if np.isnan(scores).any():
        raise ValueError(f"{np.isnan(scores).sum()} of {len(scores)} scores are NaN: they cannot be ranked")
    night = pa.table({"score": scores, "amount_cents": amount_cents, "transaction_id": transaction_id})
    best = pc.select_k_unstable(night, budget, [(name, "descending") for name in night.schema.names]).to_numpy()
    ranks = np.zeros(len(scores), np.int32)
    ranks[best] = np.arange(1, len(best) + 1)
    return pa.array(ranks, mask=ranks == 0)
