"""Rows to explain, and models that learned from weeks before them: out of the simulator, so that nobody needs published data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import expit, logit

from pipeline.core.night import Night
from pipeline.data.names import AMOUNT_CENTS, IS_FRAUD, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.handbook import VIEW
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Lineage
from pipeline.scoring.model import Model, train
from pipeline.scoring.sampling import Floats, chosen
from pipeline.scoring.training import known_frauds, training_set
from pipeline.simulator import Simulation, simulated_days

LAST = dt.date(2026, 6, 30)
TRAINED_DAYS, EXPLAINED_DAYS = 60, 13  # what a champion has learned from after two months; 105,000 rows of the simulator's default size
SHARE = 0.1
NEARLY = 1e-5  # nearer to 1 than this, log-odds cannot be read from a score to 1e-9, see ModelExplainer


@dataclass(frozen=True, eq=False)
class Explained:
    """Features of the newest days, and a model of each learner that knows the days before them."""

    features: pa.Table
    models: Mapping[str, Model]


def world(scale: float) -> Explained:
    """Of so many times the simulator's default size."""
    simulation = Simulation(LAST, days=VIEW.reach.days + TRAINED_DAYS + EXPLAINED_DAYS).scaled(scale)
    days = list(simulated_days(simulation))
    rows, labels = (pa.concat_tables([getattr(day, name) for day in days]) for name in ("transactions", "labels"))
    cents = pc.cast(pc.multiply(rows["amount"], 100), pa.int64())
    rows = rows.append_column(AMOUNT_CENTS, cents).rename_columns({"customer_id": "customer", "terminal_id": "terminal"})
    begins, ends = (Night(LAST).back(days).start for days in (TRAINED_DAYS + EXPLAINED_DAYS - 1, EXPLAINED_DAYS - 1))
    history = rows.filter(pc.less(rows[OCCURRED_AT], pa.scalar(begins, rows[OCCURRED_AT].type)))
    features = VIEW.compute(history, rows.filter(pc.greater_equal(rows[OCCURRED_AT], pa.scalar(begins, rows[OCCURRED_AT].type))), labels)
    newest = pc.greater_equal(features[OCCURRED_AT], pa.scalar(ends, features[OCCURRED_AT].type))
    return Explained(features.filter(newest), _models(features.filter(pc.invert(newest)), labels))


def _models(features: pa.Table, labels: pa.Table) -> Mapping[str, Model]:
    night = Night(LAST)
    is_fraud = pc.is_in(features[TRANSACTION_ID], value_set=known_frauds(labels, night.end))
    kept = is_fraud.to_numpy() | chosen(features[TRANSACTION_ID], SHARE)
    training = training_set(features.append_column(IS_FRAUD, is_fraud).filter(pa.array(kept)), VIEW.columns, SHARE)
    lineage = Lineage(str(night), VIEW.fingerprint, night.end, dt.timedelta(days=7), str(night), str(night), len(training.rows), SHARE)
    return {name: train(training, lineage, learner, 0) for name, learner in LEARNERS.items()}


def off(base: float, contributions: Floats, scores: Floats) -> float:
    """The largest distance between what adds up and the log-odds of the score; of the scores themselves where they are nearly 1."""
    log_odds, sure = base + contributions.sum(axis=1), scores > 1 - NEARLY
    apart = np.where(sure, expit(log_odds) - scores, log_odds - logit(np.where(sure, 0.5, scores)))
    return float(np.abs(apart).max())
