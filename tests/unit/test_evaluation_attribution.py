"""The planted cause ranks first, is told in words, and costs a bounded number of scorings."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from pipeline.evaluation.attribution import ORDERS, SAMPLE, Nights, what_changed
from pipeline.evaluation.change import MEAN_SCORE, MIX, NEW_MODEL, Change, Part, alert_share
from pipeline.evaluation.metrics import Floats

COLUMNS = ("amount", "weekend", "count_7d", "mean_7d", "mean_30d", "rate_7d", "rate_30d", "night_time")
FEATURES = {name: (place,) for place, name in enumerate(COLUMNS)}
ROWS = 8_000
Model = Callable[[Floats], Floats]


def drawn(rng: np.random.Generator, rows: int = ROWS) -> Floats:
    """Correlated rows: a customer's level in amount and means, a terminal's badness in its rates, flags, some missing."""
    level = rng.normal(3.3, 0.6, rows)
    amount = np.exp(level + rng.normal(0, 0.6, rows))
    means = [np.exp(level + rng.normal(0, 0.2, rows)) for _ in range(2)]
    means[1][rng.random(rows) < 0.03] = np.nan
    bad = rng.random(rows) < 0.03
    rates = [np.where(bad, rng.beta(2, 6, rows), 0.0) for _ in range(2)]
    return np.column_stack([amount, rng.random(rows) < 0.28, rng.poisson(7, rows) + 1, *means, *rates, rng.random(rows) < 0.2])


def odds(rows: Floats) -> Floats:
    return -6.5 + 0.012 * rows[:, 0] + 0.004 * np.nan_to_num(rows[:, 4], nan=30.0) + 6.0 * rows[:, 5] + 0.3 * rows[:, 7]


def linear(rows: Floats) -> Floats:
    return 1 / (1 + np.exp(-odds(rows)))


@pytest.fixture(scope="module")
def trees() -> Model:
    """Boosted trees that learned from 20,000 such rows, on one thread: two on a busy machine wait for each other."""
    rng = np.random.default_rng(0)
    rows = drawn(rng, 20_000)
    fitted = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, early_stopping=False, random_state=0)
    with threadpool_limits(1):
        fitted.fit(rows, rng.random(len(rows)) < linear(rows))

    def score(tonight: Floats) -> Floats:
        with threadpool_limits(1):
            return np.asarray(fitted.predict_proba(tonight)[:, 1])

    return score


@pytest.fixture(params=["linear", "trees"])
def model(request: pytest.FixtureRequest) -> Model:
    return linear if request.param == "linear" else request.getfixturevalue("trees")


def changes(plant: Callable[[Floats], object], model: Model, trials: int) -> list[Change]:
    """What changed in each of several pairs of nights, after something was planted in the second."""
    found = []
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        before, tonight = drawn(rng), drawn(rng)
        plant(tonight)
        found.append(what_changed(Nights(before, tonight, FEATURES), model, model, MEAN_SCORE, seed))
    return found


def larger_amounts(rows: Floats) -> None:
    rows[:, 0] *= 1.5


def worse_terminals(rows: Floats) -> None:
    rows[:, 5] = np.where(rows[:, 5] > 0, np.minimum(rows[:, 5] * 1.6, 1.0), 0.0)


def zero_amounts(rows: Floats) -> None:
    rows[np.random.default_rng(9).random(len(rows)) < 0.5, 0] = 0.0


@pytest.mark.parametrize(("plant", "cause"), [(larger_amounts, "amount"), (worse_terminals, "rate_7d"), (zero_amounts, "amount")])
@pytest.mark.parametrize("trials", [3, pytest.param(25, marks=pytest.mark.slow)])
def test_a_shift_planted_in_one_feature_ranks_first_among_parts_that_add_up(
    plant: Callable[[Floats], None], cause: str, model: Model, trials: int
) -> None:
    found = changes(plant, model, trials)
    first = [change.parts[0].name for change in found]
    missed = max(abs(math.fsum(part.size for part in change.parts) - change.total) for change in found)
    print(f"{plant.__name__}: {cause} first in {first.count(cause)} of {len(found)} pairs of nights,", end=" ")
    print(f"the parts miss the total by {missed:.0e} at most")
    assert first.count(cause) == len(found)
    assert missed <= 1e-9


def test_a_planted_model_change_ranks_first(model: Model) -> None:
    rng = np.random.default_rng(4)
    change = what_changed(Nights(drawn(rng), drawn(rng), FEATURES), model, lambda rows: np.minimum(1.4 * model(rows), 1.0), MEAN_SCORE, 1)
    assert change.parts[0].name == NEW_MODEL
    assert "from the new model" in change.paragraph


def test_a_share_of_alerts_that_grew_is_split_the_same_way(model: Model) -> None:
    rng = np.random.default_rng(5)
    before, tonight = drawn(rng), drawn(rng)
    tonight[:, 0] *= 1.5
    line = float(np.sort(model(before))[-100])
    change = what_changed(Nights(before, tonight, FEATURES), model, model, alert_share(line), 1)
    assert change.before == pytest.approx(100 / ROWS)
    assert change.parts[0].name == "amount"
    assert change.paragraph.startswith("The share of alerts rose from 1.25 % to ")


def test_features_that_only_change_partners_are_told_as_mix() -> None:
    rng = np.random.default_rng(6)
    amount, rate = rng.lognormal(3, 1, ROWS), rng.beta(1, 9, ROWS)
    before = np.column_stack([amount, rate])
    tonight = np.column_stack([np.sort(amount), np.sort(rate)])
    change = what_changed(Nights(before, tonight, {"amount": (0,), "rate": (1,)}), _product, _product, MEAN_SCORE, 1)
    assert [part.name for part in change.parts if abs(part.size) > 1e-12] == [MIX]
    assert f"from {MIX}." in change.paragraph


def _product(rows: Floats) -> Floats:
    return np.minimum(rows[:, 0] * rows[:, 1] / 1_000, 1.0)


def test_cost_is_the_whole_nights_and_a_bounded_number_of_sampled_rows() -> None:
    rng = np.random.default_rng(7)
    before, tonight = drawn(rng, 20_000), drawn(rng, 20_000)
    scored: list[int] = []

    def counting(rows: Floats) -> Floats:
        scored.append(len(rows))
        return linear(rows)

    what_changed(Nights(before, tonight, FEATURES), counting, counting, MEAN_SCORE, 1)
    assert sum(scored) <= 2 * 20_000 + ORDERS * len(COLUMNS) * SAMPLE
    assert max(size for size in scored if size < 20_000) == SAMPLE


def test_a_night_without_rows_is_said_in_words_and_has_no_parts() -> None:
    rows, none = drawn(np.random.default_rng(8), 100), np.empty((0, len(COLUMNS)))
    change = what_changed(Nights(rows, none, FEATURES), linear, linear, MEAN_SCORE, 1)
    assert (change.parts, change.before) == ((), float(linear(rows).mean()))
    assert math.isnan(change.after)
    assert change.paragraph == "NOTHING TO COMPARE: tonight has no rows, so that the mean score cannot have moved."
    both = what_changed(Nights(none, none, FEATURES), linear, linear, MEAN_SCORE, 1)
    assert both.paragraph == "NOTHING TO COMPARE: the night before and tonight have no rows, so that the mean score cannot have moved."


def test_a_night_of_one_row_is_split_and_said_to_say_little() -> None:
    rng = np.random.default_rng(9)
    change = what_changed(Nights(drawn(rng, 500), drawn(rng, 1), FEATURES), linear, linear, MEAN_SCORE, 1)
    assert math.fsum(part.size for part in change.parts) == pytest.approx(change.total, abs=1e-9)
    assert change.paragraph.endswith("Tonight has one row only: that says little.")


def test_two_nights_on_which_nothing_happened_differ_by_chance_and_it_is_said() -> None:
    rng = np.random.default_rng(10)
    change = what_changed(Nights(drawn(rng), drawn(rng), FEATURES), linear, linear, MEAN_SCORE, 1)
    assert abs(change.total) < 3 * change.chance
    assert "no more than chance" in change.paragraph


def told(before: float, after: float, *parts: Part) -> str:
    return Change(MEAN_SCORE, before, after, ROWS, ROWS, 0.0, parts).paragraph


AMOUNT = Part("amount", "feature", 0.0040)


def test_the_paragraph_names_the_large_parts_and_sums_the_small_ones() -> None:
    parts = AMOUNT, Part(NEW_MODEL, "model", 0.0005), Part("a", "feature", 0.0001), Part("b", "feature", 0.0001), Part(MIX, "mix", 0.0002)
    parts = tuple(sorted(parts, key=lambda part: -abs(part.size)))
    assert told(0.0082, 0.0131, *parts) == (
        "The mean score rose from 0.82 % to 1.31 %: +0.40 from amount, +0.05 from the new model, "
        "+0.02 from how the features go together, +0.02 from 2 others."
    )


def test_parts_that_cancel_are_told_though_the_figure_stayed() -> None:
    against = dataclasses.replace(AMOUNT, name=NEW_MODEL, kind="model", size=-0.0040)
    assert told(0.0082, 0.0082, AMOUNT, against) == "The mean score stayed at 0.82 %: +0.40 from amount, -0.40 from the new model."


def test_small_changes_are_told_with_more_digits_and_none_with_no_parts() -> None:
    assert (
        told(0.0001, 0.000112, Part("amount", "feature", 0.000012)) == "The mean score rose from 0.0100 % to 0.0112 %: +0.0012 from amount."
    )
    assert told(0.0082, 0.0082, Part("amount", "feature", 0.0)) == "The mean score stayed at 0.82 %."
