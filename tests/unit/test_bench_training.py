"""The walk forward over weeks: it measures what it says, and writes every figure that it promises."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score

from bench import training
from bench.parts import streams
from bench.parts.measure import Figure
from bench.parts.paired import AS_IT_WAS, Daily, Interval, Truth, walk_difference, week_difference
from bench.parts.streams import DAY_ZERO, NEW_FROM
from bench.parts.training_figures import between
from pipeline.data.names import INSTANT
from pipeline.evaluation.metrics import card_precision_at
from pipeline.scoring.sampling import Floats

FIGURES = ["ap_lower", "ap_lower_drift", "cp_lower", "cp_lower_drift", "fraud_ratio", "cpu_share", "frozen_fails"]
FIGURES += ["book_ap", "book_cp", "cpu_flat"]
DAY = 86_400_000_000  # microseconds
DELAY = 7 * DAY


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of transactions of 60 customers in 183 days; one in fourteen is a fraud, mostly of a high amount."""
    folder = tmp_path_factory.mktemp("published")
    rng = np.random.default_rng(0)
    rows = 20_000
    occurred_at = np.sort(rng.integers(0, 183 * DAY, rows)) + int(DAY_ZERO.start.timestamp()) * 1_000_000
    is_fraud = rng.random(rows) < 0.07
    transactions = {
        "transaction_id": np.arange(rows),
        "occurred_at": pa.array(occurred_at).cast(INSTANT),
        "customer_id": rng.integers(0, 60, rows).astype(np.int32),
        "terminal_id": rng.integers(0, 100, rows).astype(np.int32),
        "amount": (rng.gamma(2.0, 25.0, rows) + 60 * is_fraud).round(2),
    }
    labels = {
        "transaction_id": np.flatnonzero(is_fraud),
        "is_fraud": np.ones(is_fraud.sum(), np.bool_),
        "known_at": pa.array(occurred_at[is_fraud] + DELAY).cast(INSTANT),
        "scenario": rng.integers(1, 4, is_fraud.sum()).astype(np.int8),
    }
    (folder / "handbook").mkdir()
    pq.write_table(pa.table(transactions), folder / "handbook" / "transactions.parquet")
    pq.write_table(pa.table(labels), folder / "handbook" / "labels.parquet")
    return folder


@pytest.fixture
def truth() -> Truth:
    """2,000 transactions of a week."""
    rng = np.random.default_rng(1)
    return Truth(np.sort(rng.integers(0, 7, 2000)), rng.integers(0, 400, 2000), rng.random(2000) < 0.1)


def scores_of(truth: Truth, edge: float) -> Floats:
    """Scores that tell fraud by so much; coarse, so that some are equal."""
    return (np.random.default_rng(2).random(len(truth.day)) + truth.is_fraud * edge).round(1)


def test_a_draw_that_takes_days_several_times_has_the_average_precision_of_rows_weighted_so(truth: Truth) -> None:
    times = np.array([0, 2, 1, 1, 0, 3, 0])
    scores = scores_of(truth, 0.5)
    measured = Daily.of(truth, scores).average_precision(times[None].astype(float))
    assert measured == pytest.approx(average_precision_score(truth.is_fraud, scores, sample_weight=times[truth.day]))


def test_the_week_as_it_was_has_the_card_precision_of_the_metric(truth: Truth) -> None:
    scores = scores_of(truth, 0.5)
    expected = card_precision_at(100, truth.day, truth.customer, scores, truth.is_fraud)
    assert Daily.of(truth, scores).card_precision(AS_IT_WAS) == pytest.approx(expected)


def test_the_better_learner_is_above_the_other_with_its_whole_interval_and_equal_to_itself(truth: Truth) -> None:
    week = {name: Daily.of(truth, scores_of(truth, edge)) for name, edge in (("good", 0.9), ("poor", 0.1))}
    of_week = week_difference(week, "good", "poor", Daily.average_precision)
    of_walk = walk_difference([week, week], "good", "poor", Daily.average_precision)
    assert 0 < of_week.lower < of_walk.lower < of_week.value == pytest.approx(of_walk.value)
    assert walk_difference([week, week], "good", "good", Daily.average_precision) == Interval(0, 0, 0)


def test_a_goal_on_both_sides_is_the_limit_on_the_side_of_the_value() -> None:
    assert between("share", 0.9, 0.85, 1.15) == Figure("share", 0.9, 0.85, True)
    assert between("share", 1.2, 0.85, 1.15) == Figure("share", 1.2, 1.15, False)


def test_the_stream_with_drift_lacks_nothing_but_the_new_pattern_before_its_day(drawn: Path) -> None:
    published, drift = streams.published(drawn), streams.with_drift(drawn)
    scenarios = pq.read_table(drawn / "handbook" / "labels.parquet")
    of_pattern = scenarios["transaction_id"].to_numpy()[scenarios["scenario"].to_numpy() == 3]
    ids, still = (stream.features["transaction_id"].to_numpy() for stream in (published, drift))
    left_out = ids[~np.isin(ids, still)]
    assert sorted(left_out) == sorted(ids[np.isin(ids, of_pattern) & (published.day < NEW_FROM)])


@pytest.mark.slow
def test_a_quick_run_writes_every_figure(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_DATA", str(drawn))
    monkeypatch.setattr(sys, "argv", ["training.py", "--quick", "--json", str(tmp_path / "figures.json")])
    training.main()
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [figure["figure"] for figure in figures] == FIGURES
    assert all(isinstance(figure["value"], float) and isinstance(figure["holds"], bool) for figure in figures)
    assert all(np.isfinite(figure["value"]) for figure in figures)
