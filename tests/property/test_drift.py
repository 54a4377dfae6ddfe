"""Spread and stability against their slow twins, and what a reference keeps on its way through a manifest."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.evaluation.drift import Comparison
from pipeline.evaluation.reference import Reference, Spread
from pipeline.evaluation.stability import EMPTY_BIN_SHARE, Stability
from tests.oracles import drift as slow

quick = settings(max_examples=100, deadline=None)

values = st.one_of(st.just(math.nan), st.integers(-3, 3).map(float), st.floats(-1e6, 1e6))
weighted = st.lists(st.tuples(values, st.sampled_from([1.0, 2.0, 8.0])), min_size=1, max_size=40)  # sums of these are exact


def spread_of(rows: slow.Weighted) -> Spread:
    return Spread.of(np.array([value for value, _ in rows]), np.array([weight for _, weight in rows]))


@quick
@given(weighted)
def test_edges_and_shares_are_what_their_slow_twins_find(rows: slow.Weighted) -> None:
    spread = spread_of(rows)
    assert list(spread.edges) == slow.slow_edges(rows)
    assert spread.shares == pytest.approx(slow.slow_shares(spread.edges, rows), abs=1e-12)
    assert sum(spread.shares) == pytest.approx(1.0)


@quick
@given(weighted, weighted)
def test_stability_is_what_its_slow_twin_computes(before: slow.Weighted, after: slow.Weighted) -> None:
    spread = spread_of(before)
    assume(not spread.constant)
    shares = spread.shares_of(np.array([value for value, _ in after]))
    assert shares.tolist() == pytest.approx(slow.slow_shares(spread.edges, [(value, 1.0) for value, _ in after]), abs=1e-12)
    stability = Stability.between(np.array(spread.shares), spread.rows, shares, len(after))
    assert stability.psi == pytest.approx(slow.slow_index(spread.shares, shares.tolist(), EMPTY_BIN_SHARE), abs=1e-12)
    if spread.missing < 1 and shares[-1] < 1:
        assert stability.ks == pytest.approx(slow.slow_distance(spread.shares, shares.tolist()), abs=1e-12)


@quick
@given(weighted)
def test_rows_held_against_themselves_have_not_moved(rows: slow.Weighted) -> None:
    equal = [(value, 1.0) for value, _ in rows]
    matrix = np.array([[value] for value, _ in equal])
    scores = np.linspace(0, 1, len(rows))
    compared = Comparison.of(Reference.of(["amount"], matrix, scores, np.ones(len(rows))), matrix, scores)
    assert compared is not None
    for drift in (compared.score, *compared.features):
        assert drift.stability.psi == pytest.approx(0.0, abs=1e-12)
        assert math.isnan(drift.mean_shift) or drift.mean_shift == pytest.approx(0.0, abs=1e-6)
        assert not drift.stands_out
        assert drift.sentence


@quick
@given(weighted, weighted)
def test_a_reference_comes_back_from_json_as_it_was(first: slow.Weighted, second: slow.Weighted) -> None:
    size = min(len(first), len(second))
    matrix = np.array([[one[0], other[0]] for one, other in zip(first[:size], second[:size], strict=True)])
    reference = Reference.of(["b", "a"], matrix, np.linspace(0, 1, size), np.array([weight for _, weight in first[:size]]))
    text = json.dumps(reference.to_plain(), allow_nan=False)
    assert Reference.from_plain(json.loads(text)) == reference
