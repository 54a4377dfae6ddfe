"""A change of unit stands out by name in one night; a thousand nights on which nothing changed say nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.evaluation.drift import Comparison, Drift
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.reference import Reference, Spread
from pipeline.evaluation.stability import Stability

ROWS = 8_000
TRAINING = 50_000
COLUMNS = (
    "amount",
    "night_time",
    "count_1d",
    "count_7d",
    "count_30d",
    "mean_1d",
    "mean_7d",
    "mean_30d",
    *(f"rate_{n}d" for n in (1, 7, 30)),
)


def drawn(rng: np.random.Generator, rows: int) -> Floats:
    """Rows as the handbook's view has them: a skewed amount, a flag, counts, means near the amount (some unknown), rates mostly 0."""
    amount = rng.lognormal(3.5, 1.0, rows)
    flag = rng.random(rows) < 0.2
    counts = [rng.poisson(rate, rows) + 1 for rate in (1.0, 6.0, 25.0)]
    means = [amount / size + rng.lognormal(3.4, 0.7, rows) * (1 - 1 / size) for size in (1.5, 7.0, 26.0)]
    means[2][rng.random(rows) < 0.03] = np.nan
    rates = [np.where(rng.random(rows) < share, rng.random(rows), 0.0) for share in (0.001, 0.01, 0.03)]
    return np.column_stack([amount, flag, *counts, *means, *rates])


def scored(rows: Floats) -> Floats:
    """A model of sorts: small probabilities with a tail, from amount and two rates."""
    return 1 / (1 + np.exp(6.0 - 0.004 * rows[:, 0] - 3.0 * rows[:, 9] - 3.0 * rows[:, 10]))


def reference(rng: np.random.Generator) -> Reference:
    rows = drawn(rng, TRAINING)
    weight = np.where(rng.random(TRAINING) < 0.1, 1.0, 10.0)  # frauds stand for themselves, each genuine row for ten
    return Reference.of(COLUMNS, rows, scored(rows), weight)


def compared(known: Reference, rows: Floats) -> Comparison:
    comparison = Comparison.of(known, rows, scored(rows))
    assert comparison is not None
    return comparison


def names(drifts: tuple[Drift, ...]) -> list[str]:
    return [drift.name for drift in drifts]


@pytest.mark.parametrize("nights", [100, pytest.param(1_000, marks=pytest.mark.slow)])
def test_nights_on_which_nothing_changed_say_nothing_and_the_index_has_the_mean_and_error_of_chance(nights: int) -> None:
    rng = np.random.default_rng(1)
    known = reference(rng)
    comparisons = [compared(known, drawn(rng, ROWS)) for _ in range(nights)]
    loud = sum(bool(comparison.standing_out) for comparison in comparisons)
    drifts = [drift for comparison in comparisons for drift in (comparison.score, *comparison.features)]
    above = np.mean([drift.stability.excess / drift.stability.error for drift in drifts])
    rejected = np.mean([drift.stability.p_value < 0.01 for drift in drifts])
    largest = max(drift.effect for drift in drifts)
    print(f"{nights} null nights of {ROWS} rows, {len(COLUMNS)} columns and the score: {loud} nights on which something stands out;")
    print(f"largest effect {largest:.3f} of the limit; index {above:+.2f} errors from chance's mean; p < .01 in {rejected:.2%}")
    assert loud == 0
    assert largest < 0.5
    assert abs(above) < 0.35  # the reference is one drawing: its own luck is part of every night's index
    assert rejected < 0.03


@pytest.mark.parametrize("column", ["amount", "mean_7d", "mean_30d"])
def test_cents_for_euros_in_one_feature_stand_out_by_name_in_one_night(column: str) -> None:
    rng = np.random.default_rng(2)
    known, place, trials = reference(rng), COLUMNS.index(column), 20
    found = 0
    for _ in range(trials):
        rows = drawn(rng, ROWS)
        scores = scored(rows)
        rows[:, place] *= 100
        comparison = Comparison.of(known, rows, scores)
        assert comparison is not None
        found += names(comparison.standing_out) == [column]
    print(f"cents for euros in {column}: named, and nothing beside it, in {found} of {trials} nights")
    assert found == trials


def test_the_largest_effect_comes_first_and_is_told_in_words() -> None:
    rng = np.random.default_rng(3)
    rows = drawn(rng, ROWS)
    rows[:, 3] += 1.0
    rows[:, 0] += 0.5 * 75
    first, second = Comparison.of(reference(rng), rows, scored(drawn(rng, ROWS))).features[:2]  # type: ignore[union-attr]
    assert (first.name, second.name) == ("amount", "count_7d")
    assert first.sentence.startswith("amount: mean 0.5")
    assert "deviations higher than in training" in first.sentence
    assert "stability index" in first.sentence


def test_a_column_that_was_always_known_and_is_missing_tonight_says_so() -> None:
    rng = np.random.default_rng(4)
    known, rows = reference(rng), drawn(rng, ROWS)
    rows[:, 2] = np.nan
    comparison = compared(known, rows)
    assert names(comparison.standing_out) == ["count_1d"]
    assert comparison.sentences[0].startswith("count_1d: no value at all; missing in 100.0% of the rows (0.0% in training)")


def test_a_share_of_missing_values_has_a_bin_of_its_own() -> None:
    rng = np.random.default_rng(5)
    known, rows = reference(rng), drawn(rng, ROWS)
    rows[rng.random(ROWS) < 0.1, 4] = np.nan
    first = compared(known, rows).features[0]
    assert first.name == "count_30d"
    assert first.stands_out
    assert abs(first.mean_shift) < 0.05
    assert "missing in 9.9% of the rows (0.0% in training)" in first.sentence


def of_one(before: list[float], after: list[float]) -> Drift:
    matrix, tonight = np.array(before)[:, None], np.array(after)[:, None]
    known = Reference.of(["terminals"], matrix, np.linspace(0, 1, len(before)), np.ones(len(before)))
    comparison = Comparison.of(known, tonight, np.linspace(0, 1, len(after)))
    assert comparison is not None
    return comparison.features[0]


@pytest.mark.parametrize("other", [-1.0, 6.0])
def test_a_constant_column_that_varies_tonight_is_told_by_its_value(other: float) -> None:
    moved = of_one([5.0] * 1000, [5.0] * 700 + [other] * 300)
    assert moved.stands_out
    assert moved.sentence.startswith("terminals: always 5 in training, another value in 30.00% of the rows")


def test_a_constant_column_that_stays_has_not_moved() -> None:
    same = of_one([0.1] * 999, [0.1] * 500)
    assert (same.effect, same.stands_out, same.stability.p_value) == (0.0, False, 1.0)
    assert math.isnan(same.mean_shift)


def test_a_column_that_was_never_known_and_is_filled_tonight_stands_out() -> None:
    filled = of_one([math.nan] * 1000, [3.0] * 500 + [4.0] * 500)
    assert filled.stands_out
    assert "in training there was no value at all" in filled.sentence


def test_a_rare_flag_that_turns_common_is_seen_though_every_decile_is_zero() -> None:
    assert of_one([0.0] * 980 + [1.0] * 20, [0.0] * 600 + [1.0] * 400).stands_out
    assert of_one([1.0] * 980 + [0.0] * 20, [0.0] * 400 + [1.0] * 600).stands_out


def test_few_rows_are_not_held_against_training_and_none_give_no_comparison() -> None:
    rng = np.random.default_rng(6)
    known = reference(rng)
    few = compared(known, drawn(rng, 3) * 100)
    assert few.standing_out == ()
    assert few.sentences == ("NOT ENOUGH ROWS: the night has 3, and fewer than 50 are not held against training",)
    assert Comparison.of(known, np.empty((0, len(COLUMNS))), np.empty(0)) is None


def test_a_reference_of_twenty_columns_is_small_enough_for_a_manifest() -> None:
    import json

    rng = np.random.default_rng(7)
    rows = rng.lognormal(size=(2_000, 20))
    known = Reference.of([f"column_{place}" for place in range(20)], rows, rows[:, 0], np.ones(2_000))
    assert len(json.dumps(known.to_plain())) < 12_000


def test_a_reference_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="a reference needs rows"):
        Spread.of(np.empty(0), np.empty(0))


def test_the_index_less_chance_does_not_grow_where_samples_are_small() -> None:
    rng = np.random.default_rng(8)
    shares = np.append(np.full(10, 0.1), 0.0)
    draws = [np.append(rng.multinomial(200, shares[:10]) / 200, 0.0) for _ in range(2_000)]
    measured = [Stability.between(shares, 1e9, draw, 200) for draw in draws]
    assert np.mean([one.psi for one in measured]) == pytest.approx(9 / 200, rel=0.06)
    assert abs(np.mean([one.excess for one in measured])) < 0.003
    assert np.std([one.psi for one in measured]) == pytest.approx(measured[0].error, rel=0.15)
