"""The points of a matured night's curves are what plain loops and scikit-learn find, few, and the same in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve

from pipeline.evaluation.curves import HALVINGS, RECALLS, Curves, Point, pooled, precision_recall, reliability
from pipeline.evaluation.metrics import Bools, Floats
from tests.oracles.curves import slow_bin, slow_precision_recall, slow_reliability
from tests.oracles.performance import Judged

SCORES = st.sampled_from([0.0, 2.0**-12, 2.0**-11, 0.125, 0.5, 0.9, 1.0]) | st.floats(0, 1)  # ties and edges are common
nights = st.lists(st.builds(Judged, SCORES, st.booleans(), st.just(False), st.just(1), st.just(1)), max_size=60)


def arrays(night: list[Judged]) -> tuple[Floats, Bools]:
    return np.array([one.score for one in night], np.float64), np.array([one.is_fraud for one in night], np.bool_)


def same(told: tuple[Point, ...], slow: list[Point]) -> None:
    assert [(point.rows, point.frauds) for point in told] == [(point.rows, point.frauds) for point in slow]
    assert [point.score for point in told] == pytest.approx([point.score for point in slow], rel=1e-12)


@given(nights)
def test_both_curves_are_what_plain_loops_find(night: list[Judged]) -> None:
    same(precision_recall(*arrays(night)), slow_precision_recall(night))
    same(reliability(*arrays(night)), slow_reliability(night))


@given(nights)
def test_every_point_lies_on_the_curve_of_scikit_learn(night: list[Judged]) -> None:
    assume(any(one.is_fraud for one in night))
    score, is_fraud = arrays(night)
    precisions, recalls, thresholds = precision_recall_curve(is_fraud, score)
    theirs = dict(zip(thresholds.tolist(), zip(precisions.tolist(), recalls.tolist(), strict=False), strict=False))
    for point in precision_recall(score, is_fraud):
        assert theirs[point.score] == pytest.approx((point.share, point.frauds / is_fraud.sum()))


@given(nights)
def test_shares_that_came_true_are_those_of_scikit_learn(night: list[Judged]) -> None:
    assume(night)
    bins = HALVINGS + 1
    middles = [(slow_bin(one.score) + 0.5) / bins for one in night]  # its bins are of equal width
    theirs, _ = calibration_curve([one.is_fraud for one in night], middles, n_bins=bins)
    assert [point.share for point in reliability(*arrays(night))] == pytest.approx(theirs.tolist())


@given(nights, nights)
def test_nights_pooled_are_the_reliability_of_all_their_rows(one: list[Judged], other: list[Judged]) -> None:
    same(pooled((reliability(*arrays(one)), reliability(*arrays(other)))), list(reliability(*arrays(one + other))))


@given(nights)
def test_a_curve_is_the_same_in_any_order_of_the_rows(night: list[Judged]) -> None:
    told, turned = Curves.of(*arrays(night)), Curves.of(*arrays(night[::-1]))
    assert told.precision_recall == turned.precision_recall
    same(told.reliability, list(turned.reliability))


def test_of_many_rows_there_are_few_points_and_the_last_holds_every_fraud() -> None:
    rng = np.random.default_rng(5)
    score = rng.beta(0.3, 20, 100_000)
    told = Curves.of(score, rng.random(100_000) < score)
    assert len(told.precision_recall) == RECALLS
    assert len(told.reliability) <= HALVINGS + 1
    assert told.precision_recall[-1].frauds == sum(point.frauds for point in told.reliability)


def test_equal_scores_enter_together() -> None:
    assert precision_recall(np.full(4, 0.3), np.array([True, False, False, True])) == (Point(0.3, 4, 2),)


def test_an_empty_night_and_one_without_frauds_have_no_curve_to_draw() -> None:
    nothing = Curves.of(np.empty(0), np.empty(0, np.bool_))
    assert (nothing.precision_recall, nothing.reliability) == ((), ())
    genuine = Curves.of(np.array([0.1, 0.6]), np.zeros(2, np.bool_))
    assert genuine.precision_recall == ()
    assert [point.frauds for point in genuine.reliability] == [0, 0]
