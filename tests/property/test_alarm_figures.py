"""Surprise and trend against their slow twins, and that nothing but the history of 85 days counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.alarms import watch
from pipeline.evaluation.budget import ALLOWANCE, MEMORY, WILD, _cumulative
from pipeline.evaluation.seasonal import History, surprise
from tests.nights_of_figures import FIRST
from tests.oracles.alarms import slow_cumulative, slow_deviation

quick = settings(max_examples=60, deadline=None)
figures = st.one_of(st.integers(-2, 2).map(float), st.floats(-100, 100).map(lambda value: round(value, 3)))
some = st.dictionaries(st.integers(0, 90), figures, min_size=1, max_size=80)


@st.composite
def many(draw: st.DrawFn) -> dict[int, float]:
    """Nearly every night of eleven weeks."""
    seed, gaps = draw(st.integers(0, 2**16)), draw(st.sets(st.integers(0, 76), max_size=20))
    values = np.random.default_rng(seed).normal(size=77).round(draw(st.integers(0, 3)))
    return {day: float(value) for day, value in enumerate(values) if day not in gaps}


def history_of(known: dict[int, float]) -> History:
    days = sorted(known)
    return History(("figure",), FIRST + np.array(days), np.array([[known[day]] for day in days]), np.zeros(1))


@quick
@given(st.one_of(some, many()))
def test_deviations_are_what_their_slow_twin_computes(known: dict[int, float]) -> None:
    seen = surprise(history_of(known))
    for day in known:
        found, expected = float(seen.deviations[day - min(known), 0]), slow_deviation(known, day)
        assert math.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@quick
@given(st.lists(st.one_of(st.just(math.nan), st.floats(-9, 9)), min_size=1, max_size=60))
def test_a_trend_is_what_its_slow_twin_sums(scores: list[float]) -> None:
    sums, _ = _cumulative(np.array(scores)[:, None])
    for night in range(1, len(scores) + 1):
        expected = slow_cumulative(scores[:night], ALLOWANCE, WILD, MEMORY)
        assert max(float(sums[night - 1, 0]), 0.0) == pytest.approx(max(expected, 0.0), abs=1e-9)


@quick
@given(many(), st.dictionaries(st.integers(-200, -10), figures, max_size=20))
def test_what_lies_further_back_than_85_days_changes_nothing(known: dict[int, float], older: dict[int, float]) -> None:
    recent = {day + 9: value for day, value in known.items()}
    assert watch(history_of(recent | {day: value for day, value in older.items() if day < max(recent) - 85})) == watch(history_of(recent))
