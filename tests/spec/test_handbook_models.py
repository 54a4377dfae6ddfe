"""Models trained on our features by the book's protocol reproduce its chapter-3 table."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from bench.parts import handbook
from bench.parts.book import BASELINE, Measures, Scored, measured
from pipeline.features.handbook import VIEW
from tests.conftest import TABLES

pytestmark = [pytest.mark.published, pytest.mark.slow]

WITHIN = 0.005
BOOKS_ORDER = (  # of columns: a random forest draws columns by position
    *("amount", "is_weekend", "is_night"),
    *(f"customer_{statistic}_{window}" for window in ("1d", "7d", "30d") for statistic in ("count", "amount_mean")),
    *(f"terminal_{statistic}_{window}_delay_7d" for window in ("1d", "7d", "30d") for statistic in ("count", "fraud_rate")),
)
MODELS: dict[str, ClassifierMixin] = {
    "Logistic regression": LogisticRegression(random_state=0),
    "Decision tree with depth of two": DecisionTreeClassifier(max_depth=2, random_state=0),
    "Decision tree - unlimited depth": DecisionTreeClassifier(random_state=0),
    "Random forest": RandomForestClassifier(random_state=0, n_jobs=2),
}


@pytest.fixture(scope="module")
def scored(published: Path) -> Scored:
    """Everything from the first day of training to the last of the test, as our kernel sees it."""
    transactions = handbook.transactions(published)
    labels = handbook.labels(published)
    before, last = BASELINE.training.back(1), BASELINE.tested[1]
    history = handbook.between(transactions, str(BASELINE.training.back(VIEW.reach.days)), str(before))
    arrived = handbook.between(transactions, str(BASELINE.training), str(last)).sort_by(
        "transaction_id"
    )  # the book's order: a bootstrap draws by position
    features = VIEW.compute(history, arrived, labels)
    return Scored(
        np.column_stack([features[column].to_numpy() for column in BOOKS_ORDER]),
        arrived["occurred_at"].to_numpy().astype("M8[D]").astype(np.int64),
        arrived["customer"].to_numpy(),
        pc.is_in(arrived["transaction_id"], labels["transaction_id"]).to_numpy(),
    )


@pytest.fixture(scope="module")
def training(scored: Scored) -> Scored:
    return scored.within(*BASELINE.trained)


@pytest.fixture(scope="module")
def test_week(scored: Scored) -> Scored:
    return scored.still_open(BASELINE)


def test_the_split_is_the_books(training: Scored, test_week: Scored) -> None:
    assert (len(training.day), len(test_week.day)) == (67_240, 58_264)


def test_the_books_models_reach_the_books_figures(
    training: Scored, test_week: Scored, published: Path, record_property: Callable[[str, object], None]
) -> None:
    theirs = _published_table(published)
    ours = {name: _measured(model, training, test_week) for name, model in MODELS.items()}
    record_property(TABLES, _side_by_side(ours, theirs))
    assert {name: measures for name, measures in ours.items() if not _near(measures, theirs[name])} == {}


def _measured(model: ClassifierMixin, training: Scored, test_week: Scored) -> Measures:
    fitted = make_pipeline(StandardScaler(), model).fit(training.features, training.is_fraud)
    return measured(test_week, fitted.predict_proba(test_week.features)[:, 1])


def _near(ours: Measures, theirs: Measures) -> bool:
    return all(abs(mine - published) <= WITHIN for mine, published in zip(astuple(ours), astuple(theirs), strict=True))


def _published_table(published: Path) -> dict[str, Measures]:
    with (published / "handbook" / "ch3_baseline.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    names = ("AUC ROC Test", "Average precision Test", "Card Precision@100 Test")
    return {row["model"]: Measures(*(float(row[name]) for name in names)) for row in rows}


def _side_by_side(ours: dict[str, Measures], theirs: dict[str, Measures]) -> str:
    lines = [f"{'test week 2018-08-08 to 08-14':34}{'ours: AUC ROC, AP, CP@100':28}the book's"]
    return "\n".join([*lines, *(f"{name:32}{measures}  {theirs[name]}" for name, measures in ours.items())])
