"""Models trained on our features by the book's protocol reproduce its chapter-3 table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pytest
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pipeline.core.night import Night, nights_between
from pipeline.evaluation.metrics import card_precision_at
from pipeline.features.handbook import VIEW
from tests.spec import handbook

pytestmark = [pytest.mark.published, pytest.mark.slow]

TRAINING = ("2018-07-25", "2018-07-31")
TEST = ("2018-08-08", "2018-08-14")
DELAY = 8  # a customer defrauded up to eight days before is known as such, and no longer scored
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


@dataclass(frozen=True)
class Measures:
    auc_roc: float
    average_precision: float
    card_precision: float

    def __str__(self) -> str:
        return f"{self.auc_roc:8.3f} {self.average_precision:8.3f} {self.card_precision:8.3f}"

    def is_near(self, other: Measures) -> bool:
        mine, theirs = (np.array([of.auc_roc, of.average_precision, of.card_precision]) for of in (self, other))
        return bool(np.all(np.abs(mine - theirs) <= WITHIN))


@dataclass(frozen=True)
class Scored:
    """Transactions with features (n × 15) and what became of them."""

    features: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64]
    customer: npt.NDArray[np.int64]
    is_fraud: npt.NDArray[np.bool_]

    def at(self, which: npt.NDArray[np.bool_]) -> Scored:
        return Scored(self.features[which], self.day[which], self.customer[which], self.is_fraud[which])

    def within(self, first: str, last: str) -> Scored:
        return self.at((self.day >= _day(first)) & (self.day <= _day(last)))


@pytest.fixture(scope="module")
def scored(published: Path) -> Scored:
    """Everything from the first day of training to the last of the test, as our kernel sees it."""
    transactions = handbook.transactions(published)
    labels = handbook.labels(published)
    history = handbook.between(transactions, str(Night.parse(TRAINING[0]).back(VIEW.reach.days)), str(Night.parse(TRAINING[0]).back(1)))
    arrived = handbook.between(transactions, TRAINING[0], TEST[1]).sort_by(
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
    return scored.within(*TRAINING)


@pytest.fixture(scope="module")
def test_week(scored: Scored) -> Scored:
    """The test week without the customers known as compromised on each of its days."""
    keep = np.zeros(len(scored.day), dtype=np.bool_)
    for night in nights_between(*map(Night.parse, TEST)):
        today = _day(str(night))
        known = scored.customer[scored.is_fraud & (scored.day <= today - DELAY)]
        keep |= (scored.day == today) & ~np.isin(scored.customer, known)
    return scored.at(keep)


def test_the_split_is_the_books(training: Scored, test_week: Scored) -> None:
    assert (len(training.day), len(test_week.day)) == (67_240, 58_264)


def test_the_books_models_reach_the_books_figures(
    training: Scored, test_week: Scored, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = _published_table(published)
    ours = {name: _measured(model, training, test_week) for name, model in MODELS.items()}
    with capsys.disabled():
        _print_side_by_side(ours, theirs)
    assert {name: measures for name, measures in ours.items() if not measures.is_near(theirs[name])} == {}


def _measured(model: ClassifierMixin, training: Scored, test_week: Scored) -> Measures:
    fitted = make_pipeline(StandardScaler(), model).fit(training.features, training.is_fraud)
    scores = fitted.predict_proba(test_week.features)[:, 1]
    return Measures(
        float(roc_auc_score(test_week.is_fraud, scores)),
        float(average_precision_score(test_week.is_fraud, scores)),
        card_precision_at(100, test_week.day, test_week.customer, scores, test_week.is_fraud),
    )


def _published_table(published: Path) -> dict[str, Measures]:
    with (published / "handbook" / "ch3_baseline.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    names = ("AUC ROC Test", "Average precision Test", "Card Precision@100 Test")
    return {row["model"]: Measures(*(float(row[name]) for name in names)) for row in rows}


def _print_side_by_side(ours: dict[str, Measures], theirs: dict[str, Measures]) -> None:
    print(f"\n\n{'test week 2018-08-08 to 08-14':34}{'ours: AUC ROC, AP, CP@100':28}the book's")
    for name, measures in ours.items():
        print(f"{name:32}{measures}  {theirs[name]}")


def _day(night: str) -> int:
    """Days since 1970."""
    return int(np.datetime64(night, "D").astype(np.int64))
