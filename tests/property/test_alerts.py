"""The alerts of a night against sorting it by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.scoring.alerts import alert_ranks
from tests.oracles import scoring as oracle

SCORES = st.sampled_from([0.0, 0.25, 0.5, 0.5000000000000001, 1.0])  # few values, so that many tie
AMOUNTS = st.integers(-2, 2)


@st.composite
def nights(draw: st.DrawFn, ids: st.SearchStrategy[int] | st.SearchStrategy[str]) -> tuple[list[int | str], list[int], list[float]]:
    keys: list[int | str] = draw(st.lists(ids, unique=True, max_size=30))
    return keys, [draw(AMOUNTS) for _ in keys], [draw(SCORES) for _ in keys]


@settings(deadline=None)
@given(nights(st.integers(-(2**63), 2**63 - 1)) | nights(st.text(max_size=6)), st.integers(1, 40))
def test_the_ranks_are_those_of_the_sorted_night(night: tuple[list[int | str], list[int], list[float]], budget: int) -> None:
    ids, amounts, scores = night
    keys = pa.array(ids, pa.string() if ids and isinstance(ids[0], str) else pa.int64())
    ranks = alert_ranks(keys, np.array(amounts, np.int64), np.array(scores), budget)
    assert ranks.type == pa.int32()
    assert ranks.to_pylist() == oracle.alert_ranks(ids, amounts, scores, budget)


def test_of_equal_scores_the_larger_amount_comes_first_and_of_equal_amounts_the_later_id() -> None:
    ranks = alert_ranks(pa.array(["a", "b", "c", "d"]), np.array([100, 300, 300, 900]), np.array([0.9, 0.9, 0.9, 0.1]), budget=3)
    assert ranks.to_pylist() == [3, 2, 1, None]


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 scores are NaN"):
        alert_ranks(pa.array([1, 2]), np.array([1, 2]), np.array([0.5, np.nan]), budget=1)
