"""What a model learns from: matured transactions with the labels known at the cutoff, all frauds and a share of the genuine."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.names import INSTANT, IS_FRAUD, KNOWN_AT, TRANSACTION_ID
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.sampling import Bools, Floats


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """All frauds and `share` of the genuine, ordered by transaction id.

    `rows`: float64 (n, columns), NaN where a feature is null. `is_fraud`: bool (n,). `fresh`: bool (n,), the rows that came since the
    model before was trained; all of them for a first model. `weight`: how many matured transactions each row stands for, float64 (n,).
    """

    columns: tuple[str, ...]
    rows: Floats
    is_fraud: Bools
    share: float
    fresh: Bools

    @property
    def frauds(self) -> int:
        return int(self.is_fraud.sum())

    @property
    def genuine(self) -> int:
        return len(self.is_fraud) - self.frauds

    @property
    def weight(self) -> Floats:
        return np.where(self.is_fraud, 1.0, 1.0 / self.share)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that a learner sees: two sets with one fingerprint train the same model."""
        head = json.dumps([self.columns, self.share, self.rows.shape]).encode()
        seen = (self.rows.astype("<f8"), self.is_fraud, self.fresh)
        return hashlib.sha256(b"\0".join([head, *(part.tobytes() for part in seen)])).hexdigest()


def known_frauds(labels: pa.Table, cutoff: dt.datetime) -> pa.ChunkedArray:
    """Ids of the transactions whose latest label known before the cutoff says fraud (of two in the same instant, the fraud)."""
    known = labels.filter(pc.less(labels[KNOWN_AT], pa.scalar(cutoff, INSTANT)))
    by_time = known.sort_by([(TRANSACTION_ID, "ascending"), (KNOWN_AT, "ascending"), (IS_FRAUD, "ascending")])
    latest = by_time.group_by(TRANSACTION_ID, use_threads=False).aggregate([(IS_FRAUD, "last")])
    return latest.filter(latest[f"{IS_FRAUD}_last"])[TRANSACTION_ID]


def training_set(kept: pa.Table, columns: tuple[str, ...], share: float, fresh: Bools | None = None) -> TrainingSet:
    """Rows with `is_fraud`, all frauds and the `share` of the genuine, as a learner reads them; without `fresh` all of them are."""
    order = pc.sort_indices(kept[TRANSACTION_ID]).to_numpy()
    ordered = kept.take(order)
    new = np.ones(len(order), np.bool_) if fresh is None else fresh[order]
    return TrainingSet(columns, as_matrix(ordered, columns), ordered[IS_FRAUD].to_numpy(), share, new)
