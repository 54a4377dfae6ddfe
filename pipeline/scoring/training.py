"""What a model learns from: matured transactions with the labels known at the cutoff, all frauds and a share of the genuine."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.names import INSTANT, IS_FRAUD, KNOWN_AT, OCCURRED_AT, TRANSACTION_ID
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.sampling import Bools, Floats, chosen


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """All frauds and `share` of the genuine, ordered by transaction id.

    `rows`: float64 (n, columns), NaN where a feature is null. `is_fraud`: bool (n,).
    `weight`: how many matured transactions each row stands for, float64 (n,).
    """

    columns: tuple[str, ...]
    rows: Floats
    is_fraud: Bools
    share: float

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
        return hashlib.sha256(b"\0".join([head, self.rows.astype("<f8").tobytes(), self.is_fraud.tobytes()])).hexdigest()


def matured(features: pa.Table, labels: pa.Table, cutoff: dt.datetime, maturity: dt.timedelta) -> pa.Table:
    """The rows of `features` that are at least `maturity` old at the `cutoff`, with `is_fraud` (bool) added as the last column.

    A transaction is a fraud where the latest of its labels known before the cutoff says so (of two in the same instant, the fraud);
    else it is genuine: no news within the maturity is good news. Rows keep their order; labels of other transactions do not matter.
    """
    old_enough = features.filter(pc.less_equal(features[OCCURRED_AT], pa.scalar(cutoff - maturity, INSTANT)))
    is_fraud = pc.is_in(old_enough[TRANSACTION_ID], value_set=known_frauds(labels, cutoff))
    return old_enough.append_column(pa.field(IS_FRAUD, pa.bool_(), nullable=False), is_fraud)


def known_frauds(labels: pa.Table, cutoff: dt.datetime) -> pa.ChunkedArray:
    """Ids of the transactions whose latest label known before the cutoff says fraud."""
    known = labels.filter(pc.less(labels[KNOWN_AT], pa.scalar(cutoff, INSTANT)))
    by_time = known.sort_by([(TRANSACTION_ID, "ascending"), (KNOWN_AT, "ascending"), (IS_FRAUD, "ascending")])
    latest = by_time.group_by(TRANSACTION_ID, use_threads=False).aggregate([(IS_FRAUD, "last")])
    return latest.filter(latest[f"{IS_FRAUD}_last"])[TRANSACTION_ID]


def sampled(matured_rows: pa.Table, columns: tuple[str, ...], share: float) -> TrainingSet:
    """All frauds and the chosen `share` (above 0, at most 1) of the genuine rows, whatever the order of `matured_rows`."""
    kept = matured_rows.filter(pa.array(matured_rows[IS_FRAUD].to_numpy() | chosen(matured_rows[TRANSACTION_ID], share)))
    kept = kept.sort_by(TRANSACTION_ID)
    return TrainingSet(columns, as_matrix(kept, columns), kept[IS_FRAUD].to_numpy(), share)
