"""What a difference says, how many frauds are missing, which slices there are, and what a ruling makes of broken checks."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest

from pipeline.data.names import AMOUNT_CENTS, INSTANT, OCCURRED_AT
from pipeline.evaluation.agreement import agreement_figures
from pipeline.evaluation.challenge import Margins, challenge_figures, recipe_figures
from pipeline.evaluation.challenger_gate import challenger_gate
from pipeline.evaluation.equivalence import LEAST_BLOCKS, Difference, frauds_lacking, measured
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.paired import Blocks, Compared, Pair, secondary_measures
from pipeline.evaluation.ruling import Ruling, ruling
from pipeline.evaluation.slices import ALL_MISSING, CONSTANT, MISSING, Sliced, Slicing, cut_columns, cuts
from pipeline.features.declarations import Amount, Count, MeanAmount
from pipeline.features.handbook import VIEW
from pipeline.features.view import FeatureView

MARGINS = Margins()
DAY = dt.timedelta(days=1)


# --- a difference


@pytest.mark.parametrize(
    ("value", "error", "lacking"),
    [
        (0.0, 0.005, 0),  # ruled out
        (-0.05, 0.005, 0),  # shown
        (0.0, 0.012, 166),  # equal models want an error of .0077
        (-0.005, 0.012, 166),  # so do these: the difference that was seen is not what is known
        (-0.02, 0.006, 11_880),  # at the margin itself: a hundred times as many are the most that is told
        (-0.015, 0.006, 380),  # half a bound from the margin: four times as many
    ],
)
def test_so_many_more_frauds_would_tell(value: float, error: float, lacking: int) -> None:
    one = Difference(value, error, 1.7, 14)
    assert frauds_lacking(one, 0.02, frauds=120, least=50) == pytest.approx(lacking, abs=25)


def test_with_so_many_frauds_equal_models_are_shown_equal_four_times_in_five() -> None:
    error, quantile = 0.012, 1.77
    more = frauds_lacking(Difference(0.0, error, quantile, 14), 0.02, frauds=120, least=50)
    then = error * math.sqrt(120 / (120 + more))
    seen = np.random.default_rng(0).normal(0.0, then, 100_000)
    assert (seen - quantile * then >= -0.02).mean() == pytest.approx(0.80, abs=0.01)


def test_too_few_frauds_are_missing_even_where_nothing_differs() -> None:
    assert frauds_lacking(Difference(0.0, 0.0, 1.7, 14), 0.02, frauds=10, least=50) == 40
    assert frauds_lacking(Difference(0.0, math.nan, math.nan, 3), 0.02, frauds=10, least=50) == 40
    assert math.isnan(frauds_lacking(Difference(0.0, math.nan, math.nan, 3), 0.02, frauds=60, least=50))


def test_of_few_blocks_there_are_no_bounds() -> None:
    draws = np.random.default_rng(0).normal(size=201)
    assert math.isnan(Difference.of(draws, LEAST_BLOCKS - 1).low)
    assert Difference.of(draws, LEAST_BLOCKS).low < draws[0] < Difference.of(draws, LEAST_BLOCKS).high


# --- slices


def features(rows: int, **columns: object) -> pa.Table:
    times = pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + n * dt.timedelta(hours=1) for n in range(rows)], INSTANT)
    return pa.table({OCCURRED_AT: times, AMOUNT_CENTS: np.arange(rows), **columns})


def test_rows_are_cut_by_amount_time_of_day_and_how_busy_an_entity_is() -> None:
    found = cuts(features(48, customer_count_1d=np.arange(48.0) % 3), np.ones(48), Slicing("UTC", ("customer_count_1d",)))
    assert [cut.name for cut in found] == ["amount", "time", "customer_count_1d"]
    assert found[0].slices == ("amount_low", "amount_middle", "amount_high")
    assert found[1].slices == ("time_night", "time_morning", "time_afternoon", "time_evening")
    assert [np.bincount(cut.place).tolist() for cut in found] == [[16, 16, 16], [12] * 4, [16, 16, 16]]


def test_the_time_of_day_is_that_of_the_view() -> None:
    there = cuts(features(24), np.ones(24), Slicing("Asia/Tokyo"))[1]
    assert there.slices[there.place[0]] == "time_morning"  # midnight UTC is 9 o'clock


def test_a_column_that_cannot_be_cut_is_named_with_the_reason() -> None:
    columns = {"gone": None, "empty": np.full(9, np.nan), "flat": np.ones(9), "holed": np.array([1.0, 2.0, 3.0] * 2 + [math.nan] * 3)}
    found = {cut.name: cut for cut in cut_columns(columns, np.ones(9))}
    assert [found[name].absent for name in columns] == [MISSING, ALL_MISSING, CONSTANT, ""]
    assert found["holed"].slices == ("holed_low", "holed_middle", "holed_high", "holed_unknown")


def test_without_rows_nothing_is_cut_and_that_is_said() -> None:
    assert [cut.absent for cut in cuts(features(0), np.empty(0), Slicing())] == [ALL_MISSING, ALL_MISSING]


def test_how_busy_an_entity_is_tells_its_count_over_the_longest_window() -> None:
    assert VIEW.activity == ("customer_count_30d", "terminal_count_30d_delay_7d")
    assert FeatureView("none", (Amount(), MeanAmount("customer", (DAY,)))).activity == ()
    assert FeatureView("two", (Count("customer", (7 * DAY, DAY)),)).activity == ("customer_count_7d",)


# --- the ruling, over Great Expectations' judgements


class Fortnight:
    """Two weeks of rows with a fifth of frauds, and a champion that tells them well."""

    def __init__(self, rows: int = 400) -> None:
        self.random = np.random.default_rng(7)
        count = 14 * rows
        self.is_fraud = self.random.random(count) < 0.2
        self.rows = Compared(np.repeat(np.arange(14), rows), self.is_fraud, np.ones(count))
        self.champion: Floats = 1 / (1 + np.exp(-self.random.normal(np.where(self.is_fraud, 1.5, -2.5), 1.2)))
        self.amount = self.random.gamma(2.0, 20.0, count)

    def judged(self, member: Floats, columns: dict[str, Floats | None] | None = None) -> tuple[Judgement, ...]:
        pair = Pair(self.rows, Blocks.of(self.rows.night), member, self.champion)
        sliced = Sliced.of(pair, cut_columns({"amount": self.amount} if columns is None else columns, self.rows.weight))
        beside = {name: measured(pair, measure) for name, measure in secondary_measures(20).items()}
        alike = agreement_figures(member, self.champion, 20)
        ordinary = {"night_rate_ratio.max": 1.0, "night_rate_ratio.min": 1.0}
        figures = challenge_figures(recipe_figures(pair, None, beside, MARGINS), sliced.to_figures(), alike, ordinary)
        return judge(challenger_gate(MARGINS, sliced, anchored=False), figures)

    def ruled(self, member: Floats, columns: dict[str, Floats | None] | None = None) -> Ruling:
        return ruling(self.judged(member, columns))


@pytest.fixture(scope="module")
def fortnight() -> Fortnight:
    return Fortnight()


def test_the_champion_itself_is_equivalent(fortnight: Fortnight) -> None:
    assert fortnight.ruled(fortnight.champion) == Ruling("EQUIVALENT", "not_worse: champion.difference.low is 0, must be at least -0.02")


def test_a_slice_whose_scores_are_scrambled_is_named(fortnight: Fortnight) -> None:
    third = fortnight.amount < np.quantile(fortnight.amount, 1 / 3)
    member = fortnight.champion.copy()
    member[third] = fortnight.random.permutation(member[third])
    told = fortnight.ruled(member)
    assert told.verdict == "WORSE"
    assert "amount_low_not_worse: slice.amount_low.difference.high is -" in told.reason
    assert "more average precision than the margin of slices allows among amount_low" in told.reason
    assert "amount_high_not_worse" not in told.reason


def test_a_model_without_probabilities_is_worse_though_it_orders_the_rows_as_well(fortnight: Fortnight) -> None:
    told = fortnight.ruled(np.sqrt(fortnight.champion))
    assert told.verdict == "WORSE"
    assert "brier_skill_not_worse: brier_skill.difference.high is -" in told.reason
    assert "not_worse: champion" not in told.reason


@pytest.mark.parametrize("member", [np.nan, 0.2], ids=["no score at all", "one score for all"])
def test_scores_that_tell_nothing_are_never_promoted(member: float, fortnight: Fortnight) -> None:
    told = fortnight.ruled(np.full(len(fortnight.champion), member))
    assert told.verdict == "WORSE"
    assert ("every_row_scored" in told.reason) == math.isnan(member)
    assert "ranks_alike: rank_correlation has no value" in told.reason


def test_one_row_without_a_score_is_found(fortnight: Fortnight) -> None:
    member = fortnight.champion.copy()
    member[5] = np.nan
    assert "every_row_scored: unscored_rows is 1, must be exactly 0" in fortnight.ruled(member).reason


def test_a_column_that_cannot_be_cut_warns_by_name_and_keeps_nobody_from_promotion(fortnight: Fortnight) -> None:
    count = len(fortnight.champion)
    told = fortnight.ruled(fortnight.champion, {"gone": None, "empty": np.full(count, np.nan), "flat": np.ones(count)})
    assert told.verdict == "EQUIVALENT"
    for name, why in (("gone", MISSING), ("empty", ALL_MISSING), ("flat", CONSTANT)):
        assert f"{name}_cut: cut.{name}.slices is 0, must be at least 2 (there are no slices by {name}: {why})" in told.reason


def test_a_slice_with_too_few_frauds_or_too_few_nights_with_frauds_is_told(fortnight: Fortnight) -> None:
    frauds = np.flatnonzero(fortnight.is_fraud)
    twelve, forty = (fortnight.random.random(len(fortnight.champion)) for _ in range(2))
    twelve[frauds[:12]] = forty[frauds[-40:]] = np.nan
    told = fortnight.ruled(fortnight.champion, {"twelve": twelve, "forty": forty})
    assert told.verdict == "EQUIVALENT"
    assert told.reason.endswith("; too few to judge alone: twelve_unknown (12 frauds), forty_unknown (1 nights)")


def judgement(check: str, value: float | None, *, passed: bool = False, severity: str = "fail") -> Judgement:
    return Judgement("challenger", check, f"figure.of.{check}", value, 0.0, None, severity, passed, "why")  # type: ignore[arg-type]


def test_a_difference_that_is_neither_shown_nor_ruled_out_is_not_enough_data_and_the_number_is_told() -> None:
    told = ruling([judgement("not_worse", -0.03), judgement("not_shown_worse", 0.01, passed=True), judgement("enough_to_tell", 170.0)])
    assert told.verdict == "NOT ENOUGH DATA"
    assert told.reason.startswith("not_worse: ")
    assert told.reason.endswith("about 170 more matured frauds would tell")


def test_another_broken_check_is_worse_also_where_the_difference_tells_nothing() -> None:
    told = ruling([judgement("not_worse", -0.03), judgement("enough_to_tell", 170.0), judgement("calibrated", 9.0)])
    assert told.verdict == "WORSE"
    assert "calibrated: " in told.reason
    assert "would tell" not in told.reason


def test_a_figure_that_could_not_be_computed_promotes_nobody() -> None:
    assert ruling([judgement("not_worse", None), judgement("enough_to_tell", None)]).verdict == "NOT ENOUGH DATA"
    unknown = Judgement("challenger", "roc_auc_not_worse", "roc_auc.difference.high", None, -0.03, None, "fail", False, "why")
    assert ruling([judgement("not_worse", 0.0, passed=True), unknown]).verdict == "NOT ENOUGH DATA"
    assert ruling([judgement("not_worse", 0.0, passed=True), judgement("ranks_alike", None)]).verdict == "WORSE"


def test_frauds_on_too_few_nights_show_nothing() -> None:
    fortnight = Fortnight()
    fortnight.is_fraud[3 * 400 :] = False
    fortnight.champion[3 * 400 :] *= 0.05
    told = fortnight.ruled(fortnight.champion)
    assert told.verdict == "NOT ENOUGH DATA"
    assert told.reason.startswith("not_worse: champion.difference.low has no value")


def test_better_is_not_held_against_a_model_and_too_far_above_equal_is_told() -> None:
    above = judgement("not_above_equal", 0.05, severity="warn")
    better = ruling([judgement("not_worse", 0.01, passed=True), above])
    assert (better.verdict, "not_above_equal" in better.reason) == ("BETTER", False)
    equal = ruling([judgement("not_worse", -0.01, passed=True), above])
    assert (equal.verdict, "not_above_equal" in equal.reason) == ("EQUIVALENT", True)
