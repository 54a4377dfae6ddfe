"""Limits relative to the same weekday's earlier nights: what they come to, what they say, and what too little history means."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.checks import Check, Gate
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import ROWS_AS_USUAL, ROWS_LOST, transactions_gate
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import Judgement, stop_line, verdict
from pipeline.evaluation.limits import OfWeekday
from pipeline.evaluation.weekday import MINIMUM_WEEKS, Weekday
from tests.sound_nights import NIGHT, altered, audits


def mondays(*rows: float) -> Weekday:
    return Weekday("Monday", tuple(Figures.of({"rows": each}) for each in rows))


def judgement_of(limits: OfWeekday, value: float, weekday: Weekday) -> Judgement:
    check = Check("rows_arrived", "rows", limits, "fail", "is the source loaded to its end?")
    (judgement,) = judge(Gate("transactions", "source_rows", (check,), ()), Figures.of({"rows": value}), weekday)
    return judgement


def test_a_third_of_the_median_is_told_with_what_it_is_a_third_of() -> None:
    judgement = judgement_of(ROWS_LOST, 2_000, mondays(8_000, 8_204, 7_000, 9_000))
    assert (judgement.passed, judgement.low, judgement.high, judgement.severity) == (False, 2_701, None, "fail")
    assert judgement.sentence == (
        "rows_arrived: rows is 2000, must be at least 2701 "
        "(a third of 8,102, the median of the 4 Mondays before: is the source loaded to its end?)"
    )


def test_a_band_has_two_limits() -> None:
    judgement = judgement_of(ROWS_AS_USUAL, 8_000, mondays(8_000, 8_204, 7_000, 9_000))
    assert (judgement.passed, judgement.low, judgement.high) == (True, 4_051, 20_260)
    assert judgement.reason.startswith("half to 2.5 times 8,102, the median of the 4 Mondays before: ")


@pytest.mark.parametrize("known", range(MINIMUM_WEEKS))
def test_with_little_history_a_check_neither_passes_nor_stops_and_says_what_is_missing(known: int) -> None:
    judgement = judgement_of(ROWS_LOST, 1.0, mondays(*[8_000.0] * known, math.nan))
    assert (judgement.passed, judgement.low, judgement.high, judgement.severity) == (None, None, None, "warn")
    assert judgement.sentence == f"rows_arrived: rows is 1, NOT ENOUGH HISTORY: rows is known of {known} Mondays before, judged from 4 on"
    assert verdict([judgement]) == "passed"
    assert stop_line([judgement], NIGHT) is None


def test_without_its_figure_a_check_fails_with_little_history_too() -> None:
    judgement = judgement_of(ROWS_LOST, math.nan, mondays())
    assert (judgement.passed, judgement.severity) == (False, "fail")


def test_a_weekday_that_usually_rests_may_be_empty() -> None:
    judgement = judgement_of(ROWS_LOST, 0.0, mondays(0, 0, 3, 0, 900))
    assert (judgement.passed, judgement.severity) == (None, "warn")
    assert judgement.reason == "TOO SMALL TO TELL: the median of the 5 Mondays before is 0, judged from 30 on"


def test_a_weekday_that_usually_rests_is_marked_where_it_trades() -> None:
    quiet, busy = (judgement_of(ROWS_AS_USUAL, rows, mondays(0, 0, 0, 0)) for rows in (75, 76))
    assert (quiet.passed, busy.passed, busy.low, busy.high) == (True, False, None, 75)
    assert busy.reason.startswith("2.5 times 30, since the median of the 4 Mondays before is 0: ")


@given(st.lists(st.floats(30, 1e7), min_size=4, max_size=8), st.floats(0, 1e8))
def test_a_relative_limit_is_the_factor_times_the_median(earlier: list[float], value: float) -> None:
    bounds = ROWS_AS_USUAL.bounds("rows", mondays(*earlier))
    usual = statistics.median(earlier)
    assert (bounds.low, bounds.high) == (pytest.approx(usual / 2, rel=1e-3), pytest.approx(usual * 2.5, rel=1e-3))


def test_one_strange_night_among_four_moves_the_limit_little() -> None:
    usual, strange = (ROWS_LOST.bounds("rows", mondays(*rows)).low for rows in ([900, 900, 900, 900], [900, 900, 900, 0]))
    assert usual == strange == 300


def test_a_night_for_which_a_person_vouches_is_marked_and_not_stopped() -> None:
    audit = audits()[0]
    few = altered(audit.figures, new_rows=10)
    assert verdict(judge(audit.gate, few, audit.weekday)) == "failed"
    vouched = judge(transactions_gate(("customer", "terminal"), vouched=True), few, audit.weekday)
    (told,) = (judgement for judgement in vouched if judgement.check == "rows_arrived")
    assert (told.passed, told.severity, verdict(vouched)) == (False, "warn", "warned")
    assert told.reason.endswith(": a person vouches for the night")


def test_the_stop_line_of_a_night_of_few_rows_names_the_way_out() -> None:
    audit = audits()[0]
    line = stop_line(judge(audit.gate, altered(audit.figures, new_rows=10), audit.weekday), NIGHT)
    assert line is not None
    assert "a third of 60, the median of the 4 Sundays before" in line
    assert "if the night really is so small, name it in accept_nights, then run 'nightshift night 2026-11-22' again" in line
