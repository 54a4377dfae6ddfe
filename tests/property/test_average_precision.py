"""Average precision against scikit-learn's, which takes one weighting a call."""

from __future__ import annotations

import math
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from pipeline.evaluation.metrics import average_precision


class Row(NamedTuple):
    """One scored row and its weight in each of two weightings."""

    score: float
    is_fraud: bool
    weights: tuple[float, float]


SCORES = st.sampled_from([0.0, 0.1, 0.5, 0.9]) | st.floats(0, 1)  # ties are common
WEIGHTS = st.sampled_from([0.0, 1.0, 2.0, 10.0]) | st.floats(1e-3, 1e3)
drawn_rows = st.lists(st.builds(Row, SCORES, st.booleans(), st.tuples(WEIGHTS, WEIGHTS)), max_size=40)


def ours(rows: list[Row]) -> list[float]:
    scores, is_fraud = np.array([row.score for row in rows], np.float64), np.array([row.is_fraud for row in rows], np.bool_)
    weights = np.array([row.weights for row in rows], np.float64).reshape(-1, 2).T
    return average_precision(scores, is_fraud, weights).tolist()


def theirs(rows: list[Row], weighting: int) -> float:
    weights = [row.weights[weighting] for row in rows]
    if not any(row.is_fraud and weight for row, weight in zip(rows, weights, strict=True)):
        return math.nan  # they say 0, and warn
    return float(average_precision_score([row.is_fraud for row in rows], [row.score for row in rows], sample_weight=weights))


@settings(max_examples=300)
@given(drawn_rows)
def test_average_precision_under_each_weighting_is_what_scikit_learn_computes(rows: list[Row]) -> None:
    assert ours(rows) == pytest.approx([theirs(rows, 0), theirs(rows, 1)], abs=1e-12, nan_ok=True)


@given(st.lists(st.builds(Row, SCORES, st.booleans(), st.just((3.0, 1.0))), max_size=40))
def test_a_row_of_weight_3_counts_as_three_rows(rows: list[Row]) -> None:
    assert ours(rows)[0] == pytest.approx(ours(rows * 3)[1], abs=1e-12, nan_ok=True)


@given(drawn_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[Row], random: Random) -> None:
    shuffled = sorted(rows, key=lambda _: random.random())
    assert ours(shuffled) == pytest.approx(ours(rows), abs=1e-12, nan_ok=True)


def test_without_frauds_there_is_no_average_precision() -> None:
    assert all(math.isnan(value) for value in ours([Row(0.9, False, (1.0, 1.0))]))
    assert all(math.isnan(value) for value in ours([]))
