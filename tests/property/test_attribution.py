"""Parts add up whatever the models and the nights are, and are the Shapley values of their definition."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.attribution import Nights, what_changed
from pipeline.evaluation.change import MEAN_SCORE, Measure, alert_share
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.transport import known_rows, moved_column
from tests.oracles.attribution import slow_moved, slow_parts

quick = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)
COLUMNS = 5
Model = Callable[[Floats], Floats]


def linear(seed: int, columns: int = COLUMNS) -> Model:
    """A logistic model; a missing value counts as 0."""
    weights = np.random.default_rng(seed).normal(size=columns)
    return lambda rows: 1 / (1 + np.exp(3.0 - np.nan_to_num(rows) @ weights))


def trees(seed: int, columns: int = COLUMNS) -> Model:
    """Twelve trees of depth two, each asking for two columns; a missing value goes to the right."""
    rng = np.random.default_rng(seed)
    asked, cuts, leaves = rng.integers(0, columns, (12, 2)), rng.normal(size=(12, 2)), rng.uniform(0, 0.08, (12, 4))

    def score(rows: Floats) -> Floats:
        right = ~(rows[:, asked] <= cuts)
        return np.asarray(
            sum(leaf[2 * side[:, 0] + side[:, 1]] for leaf, side in zip(leaves, right.transpose(1, 0, 2).astype(int), strict=True))
        )

    return score


models = st.one_of(st.builds(linear, seeds), st.builds(trees, seeds))
measures = st.one_of(st.just(MEAN_SCORE), st.builds(alert_share, st.floats(0.01, 0.9)))


@st.composite
def night_rows(draw: st.DrawFn) -> Floats:
    """A few rows, moved and stretched, whole numbers or not, some missing."""
    rng = np.random.default_rng(draw(seeds))
    rows = rng.normal(draw(st.floats(-2, 2)), draw(st.floats(0.0, 3.0)), (draw(st.integers(1, 40)), COLUMNS))
    rows = rows.round(draw(st.sampled_from([0, 9])))
    rows[rng.random(rows.shape) < draw(st.sampled_from([0.0, 0.2, 1.0]))] = np.nan
    return rows


GROUPS = {"amount": (0,), "customer": (1, 2), "terminal": (3,)}  # column 4 belongs to nobody


@quick
@given(night_rows(), night_rows(), models, models, measures, st.integers(0, 99))
def test_parts_add_up_to_the_whole_change(before: Floats, tonight: Floats, old: Model, new: Model, measure: Measure, seed: int) -> None:
    change = what_changed(Nights(before, tonight, GROUPS), old, new, measure, seed)
    whole = measure.of_rows(new(tonight)).mean() - measure.of_rows(old(before)).mean()
    assert math.fsum(part.size for part in change.parts) == pytest.approx(whole, abs=1e-9)
    assert change.total == pytest.approx(whole, abs=1e-9)
    assert [abs(part.size) for part in change.parts] == sorted((abs(part.size) for part in change.parts), reverse=True)
    assert change.paragraph.startswith(f"The {measure.name} ")
    assert change == what_changed(Nights(before, tonight, GROUPS), old, new, measure, seed)


@quick
@given(night_rows(), models, measures, seeds)
def test_where_nothing_moved_every_part_is_nothing_however_the_rows_are_ordered(
    rows: Floats, model: Model, measure: Measure, seed: int
) -> None:
    shuffled = np.random.default_rng(seed).permutation(rows)
    change = what_changed(Nights(rows, shuffled, GROUPS), model, model, measure, seed)
    assert all(abs(part.size) < 1e-12 for part in change.parts)


@quick
@given(seeds, st.integers(1, 3), st.integers(2, 30), st.integers(1, 30), st.sampled_from([linear, trees]))
def test_parts_are_the_shapley_values_of_their_definition(
    seed: int, columns: int, rows: int, others: int, kind: Callable[[int, int], Model]
) -> None:
    rng = np.random.default_rng(seed)
    before, tonight, model = rng.normal(size=(rows, columns)), rng.normal(1.0, 2.0, (others, columns)), kind(seed, columns)
    features = {str(column): (column,) for column in range(columns)}
    found = {part.name: part.size for part in what_changed(Nights(before, tonight, features), model, model, MEAN_SCORE, 1).parts}
    assert [found[str(column)] for column in range(columns)] == pytest.approx(slow_parts(before, tonight, model), abs=1e-12)


values = st.lists(st.floats(-9, 9), min_size=1, max_size=30)
holed = st.lists(st.one_of(st.just(math.nan), st.integers(-3, 3).map(float)), min_size=1, max_size=30)


@quick
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30, unique=True), values)
def test_a_column_moves_as_its_slow_twin_says(before: list[float], tonight: list[float]) -> None:
    moved = moved_column(np.array(before), np.array(tonight), np.random.default_rng(0))
    assert moved.tolist() == slow_moved(before, tonight)


@quick
@given(holed, holed, seeds)
def test_a_moved_column_misses_as_many_values_as_tonight_and_invents_none(before: list[float], tonight: list[float], seed: int) -> None:
    one, other = np.array(before), np.array(tonight)
    moved = moved_column(one, other, np.random.default_rng(seed))
    known = int(np.count_nonzero(~np.isnan(moved)))
    assert known == known_rows(one, other)
    assert abs(known / len(one) - np.count_nonzero(~np.isnan(other)) / len(other)) <= 0.5 / len(one) + 1e-12
    assert set(moved[~np.isnan(moved)]) <= set(other[~np.isnan(other)])


@quick
@given(holed, seeds)
def test_a_column_moved_to_itself_stays_row_by_row(before: list[float], seed: int) -> None:
    one = np.array(before)
    shuffled = np.random.default_rng(seed + 1).permutation(one)
    np.testing.assert_array_equal(moved_column(one, shuffled, np.random.default_rng(seed)), one)
