"""Card precision against its slow twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.metrics import card_precision_at
from tests.oracles.metrics import Served, slow_card_precision

served = st.builds(Served, st.integers(0, 3), st.integers(1, 6), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.booleans())


def of(k: int, rows: list[Served]) -> float:
    return card_precision_at(
        k,
        np.array([row.day for row in rows], dtype=np.int64),
        np.array([row.customer for row in rows], dtype=np.int64),
        np.array([row.score for row in rows], dtype=np.float64),
        np.array([row.is_fraud for row in rows], dtype=np.bool_),
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 5), st.lists(served, min_size=1, max_size=30))
def test_card_precision_is_what_its_slow_twin_computes(k: int, rows: list[Served]) -> None:
    assert of(k, rows) == pytest.approx(slow_card_precision(k, rows), abs=1e-12)


def test_a_customer_found_on_one_day_is_left_out_on_the_next() -> None:
    again = [Served(1, 7, 0.9, True), Served(2, 7, 0.9, True), Served(2, 8, 0.1, False)]
    assert of(1, again) == 0.5


def test_a_day_with_fewer_cards_than_k_is_still_divided_by_k() -> None:
    assert of(4, [Served(1, 7, 0.9, True)]) == 0.25


def test_nothing_scored_has_no_precision() -> None:
    assert math.isnan(of(100, []))
