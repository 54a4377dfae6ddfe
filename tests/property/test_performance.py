"""What a matured night is told of is what plain loops find, and chance has the room that it really had."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from pipeline.evaluation.metrics import average_precision, roc_auc
from pipeline.evaluation.performance import performance_figures, promised_figures, wilson
from pipeline.evaluation.resampling import DRAWS, LEVELS, Cells, Outcome, redrawn
from tests.oracles.performance import Judged, slow_figures

SCORES = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1)  # ties are common
AMOUNTS = st.integers(1, 10**6)
nights = st.lists(st.builds(Judged, SCORES, st.booleans(), st.booleans(), AMOUNTS, st.integers(1, 6)), max_size=40)
WITH_INTERVAL = ("average_precision", "roc_auc", "precision", "recall", "amount_caught", "predicted_ratio", "card_precision")


def outcome(night: list[Judged]) -> Outcome:
    return Outcome(
        np.array([one.score for one in night], np.float64),
        np.array([one.is_fraud for one in night], np.bool_),
        np.array([one.alerted for one in night], np.bool_),
        np.array([one.amount_cents for one in night], np.int64),
        np.array([one.card for one in night], np.int64),
    )


def drawn_outcome(rows: int, frauds: int, alerts: int = 100) -> Outcome:
    """A night of ordinary shape: frauds score higher, many scores are shared, the highest are alerted."""
    rng = np.random.default_rng(rows)
    is_fraud = np.arange(rows) < frauds
    score = np.where(is_fraud, rng.beta(2, 4, rows), rng.beta(0.3, 30, rows)).round(4)
    alerted = np.zeros(rows, np.bool_)
    alerted[np.argsort(-score, kind="stable")[:alerts]] = True
    return Outcome(score, is_fraud, alerted, rng.integers(100, 90_000, rows), rng.integers(0, rows // 3, rows))


@given(nights, st.integers(1, 5))
@settings(max_examples=200)
def test_every_figure_of_a_night_is_what_its_slow_twin_computes(night: list[Judged], budget: int) -> None:
    told, slow = performance_figures(outcome(night), budget), slow_figures(night, budget)
    assert {name: told[name] for name in slow} == pytest.approx(slow, abs=1e-9, nan_ok=True)
    assert set(told) == set(slow) | {f"{name}.{bound}" for name in WITH_INTERVAL for bound in ("low", "high")}


@given(nights, st.integers(1, 5))
def test_an_interval_holds_its_figure_and_is_unknown_where_the_figure_is(night: list[Judged], budget: int) -> None:
    told = performance_figures(outcome(night), budget)
    for name in WITH_INTERVAL:
        low, figure, high = (told[key] for key in (f"{name}.low", name, f"{name}.high"))
        assert low <= figure <= high or all(map(math.isnan, (low, figure, high)))


@given(nights, st.lists(st.sampled_from([0.0, 1.0, 2.0, 10.0]), min_size=40, max_size=40))
@settings(max_examples=200)
def test_roc_auc_under_weights_and_ties_is_what_scikit_learn_computes(night: list[Judged], drawn: list[float]) -> None:
    weights, told = drawn[: len(night)], outcome(night)
    both = {one.is_fraud for one, weight in zip(night, weights, strict=True) if weight}
    theirs = roc_auc_score(told.is_fraud, told.score, sample_weight=weights) if len(both) == 2 else math.nan
    assert roc_auc(told.score, told.is_fraud, np.array([weights])).tolist() == pytest.approx([theirs], abs=1e-12, nan_ok=True)


@given(nights)
def test_what_scores_promise_is_what_their_sums_say(night: list[Judged]) -> None:
    alerted = [one.score for one in night if one.alerted]
    total = sum(one.score for one in night)
    told = promised_figures(math.fsum(one.score for one in night), math.fsum(alerted), len(alerted))
    assert told["expected_frauds"] == pytest.approx(total)
    assert told["expected_precision"] == pytest.approx(sum(alerted) / len(alerted) if alerted else math.nan, nan_ok=True)
    assert told["expected_recall"] == pytest.approx(sum(alerted) / total if total else math.nan, nan_ok=True)


def test_a_night_without_frauds_has_no_recall_and_a_precision_of_nothing() -> None:
    told = performance_figures(drawn_outcome(500, 0), 100)
    unknown = ("average_precision", "roc_auc", "recall", "amount_caught", "predicted_ratio")
    assert all(math.isnan(told[f"{name}{bound}"]) for name in unknown for bound in ("", ".low", ".high"))
    assert (told["precision"], told["card_precision"], told["frauds"], told["alerts"]) == (0.0, 0.0, 0.0, 100.0)
    assert told["precision.high"] == pytest.approx(wilson(0, 100)[1])


def test_an_empty_night_has_counts_and_no_figure() -> None:
    told = dict(performance_figures(outcome([]), 100))
    assert [told.pop(name) for name in ("rows", "frauds", "alerts")] == [0.0, 0.0, 0.0]
    assert all(map(math.isnan, told.values()))
    assert promised_figures(0.0, 0.0, 0)["expected_frauds"] == 0.0


@given(nights)
def test_cells_hold_every_row_once_and_every_fraud_alone(night: list[Judged]) -> None:
    cells = Cells.of(outcome(night))
    assert cells.rows.sum() == len(night)
    assert cells.promised.sum() == pytest.approx(sum(one.score for one in night))
    assert sorted(cells.score[cells.is_fraud]) == sorted(one.score for one in night if one.is_fraud)
    assert (cells.rows[cells.is_fraud] == 1).all()


def test_cells_are_few_where_rows_are_many() -> None:
    assert len(Cells.of(drawn_outcome(50_000, 100)).rows) <= 3 * 100 + 1026


def test_intervals_are_those_of_a_bootstrap_that_draws_row_by_row() -> None:
    night = drawn_outcome(4_000, 60)
    told, rng = performance_figures(night, 100), np.random.default_rng(7)
    counts = rng.poisson(1.0, (2_000, 4_000)).astype(np.float64)
    defrauded = np.where(night.is_fraud, night.amount_cents, 0).astype(np.float64)
    plain = {
        "average_precision": average_precision(night.score, night.is_fraud, counts),
        "roc_auc": roc_auc(night.score, night.is_fraud, counts),
        "amount_caught": (counts @ (defrauded * night.alerted)) / (counts @ defrauded),
        "predicted_ratio": (counts @ night.score) / (counts @ night.is_fraud),
    }
    for name, draws in plain.items():
        low, high = np.quantile(draws, LEVELS)
        near = 0.2 * (high - low)  # 200 draws place a 2.5 % quantile no better
        assert told[f"{name}.low"] == pytest.approx(low, abs=near)
        assert told[f"{name}.high"] == pytest.approx(high, abs=near)


def test_the_same_night_is_told_the_same_in_any_order() -> None:
    night, order = drawn_outcome(2_000, 30), np.random.default_rng(1).permutation(2_000)
    turned = Outcome(*(values[order] for values in vars(night).values()))
    assert performance_figures(turned, 100) == performance_figures(night, 100)


def test_draws_are_the_same_in_pieces_of_any_size() -> None:
    cells = Cells.of(drawn_outcome(2_000, 30))
    (whole,) = redrawn(cells)
    pieces = list(redrawn(cells, at_once=7 * len(cells.rows)))
    assert whole.shape == (DRAWS, len(cells.rows))
    assert {len(piece) for piece in pieces[:-1]} == {7}
    assert np.array_equal(np.concatenate(pieces), whole)
