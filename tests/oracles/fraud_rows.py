"""Drawn transactions to train on: three features, of which two tell fraud from genuine, and a share of missing values."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from pipeline.data.names import AMOUNT_CENTS, INSTANT, IS_FRAUD, OCCURRED_AT, TRANSACTION_ID
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Lineage, Partition
from pipeline.scoring.model import Model, train
from pipeline.scoring.sampling import chosen
from pipeline.scoring.training import TrainingSet, training_set

COLUMNS = ("amount", "terminal_fraud_rate_7d", "is_night")
CUTOFF = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
READ = (Partition("2026-10-01", "ab" * 32),)
LINEAGE = Lineage("2026-11-20", "0123456789abcdef", CUTOFF, WEEK, "2026-10-01", "2026-11-13", 1_000_000, 0.5, partitions=READ)


def labelled_rows(rows: int = 6000, seed: int = 0) -> pa.Table:
    """Rows of the features schema with `is_fraud`, about one in twelve a fraud."""
    rng = np.random.default_rng(seed)
    amount = rng.gamma(2.0, 25.0, rows).round(2)
    rate = np.where(rng.random(rows) < 0.1, rng.random(rows), 0.0)
    chance = 1 / (1 + np.exp(4.0 - amount / 60 - 5 * rate))
    return pa.table(
        {
            TRANSACTION_ID: rng.permutation(rows),
            OCCURRED_AT: pa.array(CUTOFF.timestamp() * 1e6 - rng.integers(8, 40, rows) * 86_400e6, pa.int64(), safe=False).cast(INSTANT),
            AMOUNT_CENTS: (amount * 100).round().astype(np.int64),
            "amount": amount,
            "terminal_fraud_rate_7d": pa.array(rate, mask=rng.random(rows) < 0.05),
            "is_night": (rng.random(rows) < 0.2).astype(float),
            IS_FRAUD: rng.random(rows) < chance,
        }
    )


def sampled(rows: pa.Table, share: float = 0.5) -> TrainingSet:
    """All frauds and the chosen share of the genuine."""
    kept = rows[IS_FRAUD].to_numpy() | chosen(rows[TRANSACTION_ID], share)
    return training_set(rows.filter(pa.array(kept)), COLUMNS, share)


def trained(rows: pa.Table, share: float = 0.5, seed: int = 7, learner: str = "boosted_trees") -> Model:
    """A model of these rows."""
    return train(sampled(rows, share), LINEAGE, LEARNERS[learner], seed)
