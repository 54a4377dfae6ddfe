"""Reasons of boosted trees are the Shapley values of their definition, and add up, whatever the trees and the rows are."""

from __future__ import annotations

from unittest.mock import patch  # a smaller limit; nothing of ours is replaced

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

from pipeline.scoring import tree_parts
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_leaves import computed
from pipeline.scoring.tree_parts import representatives
from pipeline.scoring.tree_paths import Integers, paths_of
from pipeline.scoring.tree_tables import tables_of
from tests.oracles.reasons import Tree, shapley_values, worth

quick = settings(max_examples=80, deadline=None)
COLUMNS = 5
EVERY = range(COLUMNS)


def drawn_tree(rng: np.random.Generator, inner: int) -> Tree:
    """A tree of `inner` questions, at thresholds that values meet; some questions ask twice or cannot split, some ask who is missing."""
    nodes = np.zeros(2 * inner + 1, PREDICTOR_RECORD_DTYPE)
    nodes["value"], nodes["is_leaf"], nodes["count"][0] = rng.normal(size=len(nodes)), 1, 2**14
    leaves = [0]
    for question in range(inner):
        place = leaves.pop(int(rng.integers(len(leaves))))
        left, right = 2 * question + 1, 2 * question + 2
        asked = (rng.integers(COLUMNS), rng.choice([-1.0, 0.0, 1.0, np.inf]), rng.integers(2))
        nodes["is_leaf"][place], nodes["left"][place], nodes["right"][place] = 0, left, right
        nodes["feature_idx"][place], nodes["num_threshold"][place], nodes["missing_go_to_left"][place] = asked
        count = int(nodes["count"][place])
        nodes["count"][left] = max(1, int(count * rng.uniform(0.05, 0.95)))
        nodes["count"][right] = max(1, count - int(nodes["count"][left]))
        leaves += [left, right]
    return nodes


@st.composite
def forests(draw: st.DrawFn) -> list[Tree]:
    """Up to three trees of up to seven questions, or of none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return [drawn_tree(rng, inner) for inner in draw(st.lists(st.integers(0, 7), min_size=1, max_size=3))]


@st.composite
def row_sets(draw: st.DrawFn) -> Floats:
    """Rows with missing and infinite values, and with values that are thresholds."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    choices = [-2.0, -1.0, 0.0, 0.5, 1.0, 3.0, np.nan, np.inf, -np.inf]
    return np.asarray(rng.choice(choices, (draw(st.integers(1, 4)), COLUMNS)))


columns_of = st.lists(st.integers(0, 2), min_size=COLUMNS, max_size=COLUMNS).map(
    lambda features: np.unique(features, return_inverse=True)[1]
)
groupings = st.one_of(st.just(np.arange(COLUMNS)), columns_of)  # each column a feature, or a feature of several columns


def contributed(trees: list[Tree], rows: Floats, feature_of: Integers) -> Floats:
    """Leaf by leaf."""
    paths = paths_of(trees, feature_of)
    return computed(paths, paths.missed(rows), int(feature_of.max()) + 1)


def looked_up(trees: list[Tree], rows: Floats) -> Floats:
    """In tables; each column a feature."""
    paths = paths_of(trees, np.arange(COLUMNS))
    column, threshold = paths.questions
    edges = tuple(np.unique(threshold[column == place]) for place in range(COLUMNS))
    tables = tables_of(paths, edges, paths.missed(representatives(edges)))
    assert tables is not None
    return tables.contributions(rows)


@quick
@given(forests(), row_sets(), groupings)
def test_contributions_are_the_shapley_values_over_all_coalitions(trees: list[Tree], rows: Floats, feature_of: Integers) -> None:
    slow = [shapley_values(trees, row, feature_of.tolist()) for row in rows.tolist()]
    np.testing.assert_allclose(contributed(trees, rows, feature_of), slow, rtol=0, atol=1e-12)


@quick
@given(forests(), row_sets(), groupings)
def test_what_is_expected_and_all_contributions_add_up_to_what_the_trees_say(trees: list[Tree], rows: Floats, feature_of: Integers) -> None:
    said = [sum(worth(tree, row, EVERY, EVERY) for tree in trees) for row in rows.tolist()]
    expected = paths_of(trees, feature_of).expected
    assert expected == pytest.approx(sum(worth(tree, [0.0] * COLUMNS, EVERY, ()) for tree in trees), abs=1e-12)
    np.testing.assert_allclose(expected + contributed(trees, rows, feature_of).sum(axis=1), said, rtol=0, atol=1e-12)


@quick
@given(forests(), row_sets(), st.sampled_from([1, 12, 2_048]))
def test_what_is_looked_up_is_what_is_computed_however_small_the_tables(trees: list[Tree], rows: Floats, cases: int) -> None:
    with patch.object(tree_parts, "CASES", cases):
        np.testing.assert_allclose(looked_up(trees, rows), contributed(trees, rows, np.arange(COLUMNS)), rtol=0, atol=1e-12)


@quick
@given(forests(), row_sets())
def test_contributions_of_a_row_are_the_same_bits_in_any_company(trees: list[Tree], rows: Floats) -> None:
    every = np.arange(COLUMNS)
    for told in (lambda some: contributed(trees, some, every), lambda some: looked_up(trees, some)):
        alone = [told(rows[place : place + 1])[0].tolist() for place in range(len(rows))]
        assert told(rows).tolist() == alone
