"""Two models under any draw of nights are what scikit-learn, SciPy and plain loops say of the rows that were drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation import paired
from pipeline.evaluation.agreement import agreement_figures, mean_ranks, score_ks, score_psi
from pipeline.evaluation.checks import Check, Gate
from pipeline.evaluation.equivalence import measured
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.judge import judge
from pipeline.evaluation.limits import Within
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.paired import Blocks, Compared, Pair, secondary_measures
from pipeline.evaluation.slices import cut_columns
from tests.oracles.judging import slow_judge
from tests.oracles.paired import Row, slow_bands, slow_ks, slow_measures

SCORES = st.sampled_from([0.0, 0.1, 0.5, 0.9]) | st.floats(0, 1)  # ties are common
WEIGHTS = st.sampled_from([1.0, 10.0]) | st.floats(0.5, 20)
drawn_rows = st.lists(st.builds(Row, st.integers(1, 5), st.booleans(), WEIGHTS, SCORES, SCORES), min_size=1, max_size=40)
MEASURES = {"average_precision": paired.average_precision, **secondary_measures(7)}


def pair(rows: list[Row]) -> Pair:
    night, is_fraud = np.array([row.night for row in rows]), np.array([row.is_fraud for row in rows], np.bool_)
    known = Compared(night, is_fraud, np.array([row.weight for row in rows]))
    return Pair(known, Blocks.of(night), np.array([row.first for row in rows]), np.array([row.second for row in rows]))


@settings(max_examples=150)
@given(drawn_rows)
def test_every_measure_under_every_draw_is_that_of_the_rows_that_were_drawn(rows: list[Row]) -> None:
    one = pair(rows)
    ours = {name: measure(one.rows, one.blocks, one.first) for name, measure in MEASURES.items()}
    for draw in (0, 1, 2, len(one.blocks.times) - 1):
        expected = slow_measures(rows, one.blocks.times[draw].tolist(), budget=7)
        assert {name: values[draw] for name, values in ours.items()} == pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(drawn_rows)
def test_the_order_of_the_rows_does_not_matter(rows: list[Row]) -> None:
    there, back = pair(rows), pair(rows[::-1])
    for name, measure in MEASURES.items():
        if name == "alert_precision" and len({(row.night, row.first) for row in rows}) < len(rows):
            continue  # of equal scores at the line the first rows are alerts
        assert measured(there, measure).first == pytest.approx(measured(back, measure).first, abs=1e-9, nan_ok=True)


@given(drawn_rows)
def test_a_model_differs_from_itself_by_nothing_and_from_another_as_that_from_it(rows: list[Row]) -> None:
    one = pair(rows)
    for measure in MEASURES.values():
        same = measured(Pair(one.rows, one.blocks, one.first, one.first), measure).difference
        assert math.isnan(same.value) or (same.value == 0 and (math.isnan(same.low) or same.low == same.high == 0))
        there = measured(one, measure).difference
        back = measured(Pair(one.rows, one.blocks, one.second, one.first), measure).difference
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low), nan_ok=True)


@given(st.lists(SCORES, min_size=1, max_size=30), st.lists(SCORES, min_size=1, max_size=30))
def test_the_distance_of_two_distributions_is_what_scipy_says(first: list[float], second: list[float]) -> None:
    assert score_ks(np.array(first), np.array(second)) == pytest.approx(slow_ks(first, second), abs=1e-12)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=2, max_size=40))
def test_figures_of_agreement_lie_where_they_must(scores: list[tuple[float, float]]) -> None:
    first, second = (np.array(one) for one in zip(*scores, strict=True))
    told = agreement_figures(first, second, budget=3)
    assert math.isnan(told["score_psi"]) or told["score_psi"] >= 0 == round(score_psi(second, second), 12)
    assert math.isnan(told["score_ks"]) or 0 <= told["score_ks"] <= 1
    assert 0 <= told["alerts_in_common"] <= 1
    assert math.isnan(told["rank_correlation"]) == (np.ptp(first) == 0 or np.ptp(second) == 0)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, 2.0, math.nan]) | st.floats(-5, 5), st.sampled_from([1.0, 10.0])), min_size=1, max_size=30
    )
)
def test_bands_are_thirds_of_the_rows_by_weight(drawn: list[tuple[float, float]]) -> None:
    values, weights = (np.array(one) for one in zip(*drawn, strict=True))
    expected = slow_bands(values.tolist(), weights.tolist())
    (cut,) = cut_columns({"amount": values}, weights)
    if cut.absent:
        assert len(set(expected)) == 1
    else:
        assert [cut.slices[place] for place in cut.place] == [f"amount_{band}" for band in expected]


LIMITS = st.none() | st.sampled_from([-1.0, 0.0, 0.5, 1.0])
FIGURES = st.sampled_from([math.nan, -1.0, 0.0, 0.5, 1.0, 2.0])


@settings(max_examples=15)
@given(st.lists(st.tuples(LIMITS, LIMITS, FIGURES), min_size=1, max_size=8))
def test_the_judge_of_the_simulations_says_what_great_expectations_says(drawn: list[tuple[float | None, float | None, float]]) -> None:
    limits = [(low, high) if low is None or high is None or low <= high else (high, low) for low, high, _ in drawn]
    checks = tuple(Check(f"check_{n}", f"figure_{n}", Within(low, high), "fail", "a reason") for n, (low, high) in enumerate(limits))
    figures = Figures.of({f"figure_{n}": value for n, (_, _, value) in enumerate(drawn)})
    gate = Gate("any", "rows", checks, ())
    assert judge(gate, figures) == slow_judge(gate, figures)


def test_a_hundred_thousand_frauds_are_measured_in_pieces_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    scores: Floats = random.random(3000).round(2)
    rows = Compared(random.integers(0, 14, 3000), random.random(3000) < 0.3, np.ones(3000))
    whole = paired.average_precision(rows, Blocks.of(rows.night), scores)
    monkeypatch.setattr(paired, "FRAUDS_AT_ONCE", 7)
    assert paired.average_precision(rows, Blocks.of(rows.night), scores) == pytest.approx(whole, abs=1e-12)


@given(st.lists(st.sampled_from([0.0, -0.0, 0.1, 0.5, 0.9, 1.0]) | st.floats(0, 1), max_size=50))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert mean_ranks(np.array(values, np.float64)).tolist() == scipy.stats.rankdata(values).tolist()
