"""Boosted trees out of tables give what scikit-learn gives, bit for bit, whatever the rows are; machine code is its Python."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch  # a smaller limit; nothing of ours is replaced

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression

from pipeline.scoring import learner
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.grown_trees import read_trees
from pipeline.scoring.leaf_sums import LEAF_SUMS
from pipeline.scoring.learner import Fitted, one_thread
from pipeline.scoring.sampling import Floats
from pipeline.scoring.training import TrainingSet
from pipeline.scoring.tree_bins import BinnedTrees
from pipeline.scoring.tree_scorer import TreeScorer, quick
from tests.oracles.leaves import slow_log_odds

COLUMNS = ("amount", "count", "flag", "same")


@cache
def fitted(seed: int, leaves: int = 31) -> Fitted:
    """Trees over an amount with a tail, small counts, a flag, and a column of one value; everywhere something is missing."""
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.lognormal(3, 2, 3_000), rng.poisson(3, 3_000), rng.random(3_000) < 0.5, np.full(3_000, 7.0)])
    rows[rng.random(rows.shape) < 0.1] = np.nan
    is_fraud = rng.random(3_000) < 1 / (1 + np.exp(4 - np.nan_to_num(rows[:, 0]) / 60 - 2 * np.nan_to_num(rows[:, 2])))
    return BoostedTrees(trees=12, leaves=leaves).fit(training(rows, is_fraud), seed)


def training(rows: Floats, is_fraud: np.ndarray) -> TrainingSet:
    return TrainingSet(COLUMNS, rows, is_fraud, 1.0, np.ones(len(rows), bool))


def scorer_of(model: Fitted) -> TreeScorer:
    scorer = TreeScorer.of(BinnedTrees.of(model))
    assert scorer is not None
    return scorer


@st.composite
def row_sets(draw: st.DrawFn) -> Floats:
    """Values that are thresholds or begin a tail, or are next to one; infinite, missing, negative and tiny ones."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    edges = np.concatenate(BinnedTrees.of(fitted(draw(st.integers(0, 2)))).edges)
    near = [np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf)]
    choices = np.concatenate([edges, *near, [np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 5e-324, 1e308]])
    return np.asarray(rng.choice(choices, (draw(st.integers(1, 200)), len(COLUMNS))))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2), row_sets())
def test_log_odds_and_probabilities_are_those_of_scikit_learn(seed: int, rows: Floats) -> None:
    model = fitted(seed)
    classifier: Any = model.classifier
    with one_thread():
        theirs = classifier.decision_function(model.wide(rows))
    assert np.array_equal(scorer_of(model).log_odds(rows), theirs)
    assert np.array_equal(scorer_of(model).probabilities(rows), model.asked(rows))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2), row_sets())
def test_trees_that_are_read_from_a_file_without_the_library_answer_as_it_does(seed: int, rows: Floats) -> None:
    model = fitted(seed)
    read = read_trees(skops.io.dumps(model.classifier))
    assert read is not None
    with one_thread():
        assert np.array_equal(read.predict_proba(model.wide(rows)), model.classifier.predict_proba(model.wide(rows)))
    assert np.array_equal(scorer_of(replace(model, classifier=read)).probabilities(rows), model.asked(rows))


def test_a_file_that_speaks_of_anything_else_is_left_to_the_library() -> None:
    classifier = fitted(0).classifier
    with_categories = HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]).fit(
        np.array([[0.0], [1.0]] * 50), np.array([0, 1] * 50)
    )
    classifier_of_more = copy.deepcopy(classifier)
    classifier_of_more.added = LinearRegression()  # type: ignore[attr-defined]
    for other in (LinearRegression(), with_categories, classifier_of_more):
        assert read_trees(skops.io.dumps(other)) is None
    whole = skops.io.dumps(classifier)
    for broken in (b"", b"PK", whole[:-30], pickle.dumps(classifier)):
        assert read_trees(broken) is None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2), row_sets())
def test_log_odds_are_what_a_walk_from_the_root_adds_up(seed: int, rows: Floats) -> None:
    model = fitted(seed)
    assert scorer_of(model).log_odds(rows[:20]).tolist() == slow_log_odds(model.classifier, model.wide(rows[:20]).tolist())


@settings(max_examples=30, deadline=None)
@given(row_sets())
def test_a_row_scores_the_same_bits_in_any_company(rows: Floats) -> None:
    scorer = scorer_of(fitted(0))
    alone = [scorer.probabilities(row[None])[0] for row in rows]
    assert scorer.probabilities(rows).tolist() == alone
    assert scorer.probabilities(np.asfortranarray(rows)).tolist() == alone


@settings(max_examples=20, deadline=None)
@given(row_sets())
def test_the_machine_code_does_what_its_python_does(rows: Floats) -> None:
    few = rows[:5]
    scorer = scorer_of(fitted(1))
    trees, sums = len(scorer.values), [scorer.baseline] * len(few)
    tables = (scorer.edges, scorer.starts, scorer.masks.ravel())
    told = [few.ravel().tolist(), *few.shape, *(table.tolist() for table in tables), trees, scorer.values.ravel().tolist()]
    LEAF_SUMS.python(*told, [0] * trees, sums)
    assert scorer.log_odds(few).tolist() == sums


def test_many_rows_are_scored_from_tables_and_few_by_the_classifier_with_the_same_bits() -> None:
    model = fitted(2)
    rows = np.random.default_rng(0).lognormal(3, 2, (300, len(COLUMNS)))
    with patch.object(learner, "MANY", 300):
        few, many = model.probabilities(rows[:299]), model.probabilities(rows)
    assert isinstance(model._quick, TreeScorer)
    assert np.array_equal(many[:299], few)
    assert np.array_equal(many, model.asked(rows))


def test_trees_of_more_leaves_than_a_word_has_bits_are_left_to_the_classifier() -> None:
    assert quick(fitted(0, leaves=32)) is not None
    assert quick(fitted(0, leaves=33)) is None


def test_code_that_answers_otherwise_than_the_classifier_is_not_used() -> None:
    model = fitted(0)
    with patch.object(TreeScorer, "log_odds", lambda self, rows: np.full(len(rows), self.baseline)):
        assert quick(model) is None


def test_a_tree_that_asks_nothing_adds_its_one_leaf() -> None:
    rows = np.zeros((400, len(COLUMNS)))
    model = BoostedTrees(trees=3).fit(training(rows, np.arange(400) < 40), 0)
    assert np.array_equal(scorer_of(model).probabilities(rows), model.asked(rows))


def test_an_array_of_another_type_is_refused() -> None:
    with pytest.raises(Exception, match="argument"):
        LEAF_SUMS(np.zeros(4, np.float32), 1, 4, *(np.zeros(1),) * 7)
