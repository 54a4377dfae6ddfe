"""Which scores are alerts: the highest of the night, as many as people can look at."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import Keys
from pipeline.scoring.sampling import Floats

Places: TypeAlias = npt.NDArray[np.int64]


def alert_ranks(transaction_id: Keys, amount_cents: npt.NDArray[np.int64], scores: Floats, budget: int) -> pa.Array:
    """Rank of each transaction among the night's alerts, int32: 1 for the first, up to `budget` (at least 1), null for no alert.

    >>> alert_ranks(pa.array([7, 8, 9]), np.array([500, 900, 100]), np.array([0.2, 0.2, 0.9]), budget=2).to_pylist()
    [None, 2, 1]
    """
    return ranks_of(highest(transaction_id, amount_cents, scores, budget), len(scores))


def highest(transaction_id: Keys, amount_cents: npt.NDArray[np.int64], scores: Floats, budget: int) -> Places:
    """Places of the `budget` highest, highest first: by score, then amount, then id (numbers by size, texts by their UTF-8 bytes).

    So no tie is left to chance. A NaN score has no place: `ValueError`.
    """
    if np.isnan(scores).any():
        raise ValueError(f"{np.isnan(scores).sum()} of {len(scores)} scores are NaN: they cannot be ranked")
    line = np.partition(scores, -budget)[-budget] if budget < len(scores) else -np.inf
    near = np.flatnonzero(scores >= line)  # a few rows, unless many have one score: the whole night takes twenty times as long to compare
    night = pa.table({"score": scores[near], "amount_cents": amount_cents[near], "transaction_id": transaction_id.take(pa.array(near))})
    best = pc.select_k_unstable(night, budget, [(name, "descending") for name in night.schema.names])
    return np.asarray(near[best.to_numpy()], np.int64)


def ranks_of(best: Places, rows: int) -> pa.Array:
    """The rank of each of so many rows, of which those at the places `best` are the alerts in order; null for the others."""
    ranks = np.zeros(rows, np.int32)
    ranks[best] = np.arange(1, len(best) + 1)
    return pa.array(ranks, mask=ranks == 0)
