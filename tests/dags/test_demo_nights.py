"""Which nights the demo runs, over every span that a source may have."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from ops.demo_nights import (
    BY_AIRFLOW,
    HISTORY,
    PUBLISHED,
    SIMULATED,
    first_to_simulate,
    needs_rows,
    newest_settled,
    share_out,
    still_to_run,
)
from pipeline.core.night import Night, nights_between

YESTERDAY = Night.parse("2026-11-23")
spans = st.builds(
    lambda day, length: (Night(day), Night(day + dt.timedelta(length))),
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    st.integers(0, 200),
)


@given(spans)
def test_the_nights_are_the_newest_of_the_source_in_order_each_once(span: tuple[Night, Night]) -> None:
    first, last = span
    nights = share_out(first, last)
    run = [*nights.warm_up, *nights.backfilled, nights.last]
    assert run == list(nights_between(run[0], last))
    assert first <= run[0]
    assert len(nights.backfilled) == min(BY_AIRFLOW - 1, len(run) - 1)


@given(spans)
def test_a_source_that_is_long_enough_has_a_full_history_before_its_first_night(span: tuple[Night, Night]) -> None:
    first, last = span
    held = (last.day - first.day).days + 1
    nights = share_out(first, last)
    behind = (min([*nights.warm_up, *nights.backfilled, nights.last]).day - first.day).days
    assert behind >= (HISTORY if held > HISTORY * 2 else held // 2 - 1)


def test_the_simulated_source_leaves_room_for_seven_published_nights() -> None:
    nights = share_out(YESTERDAY.back(SIMULATED - 1), YESTERDAY)
    assert len(nights.warm_up) + BY_AIRFLOW - 9 >= PUBLISHED  # the first model comes with the ninth night
    assert nights.warm_up[0] == YESTERDAY.back(SIMULATED - 1 - HISTORY)


def test_nights_that_came_to_an_end_are_not_run_again_and_those_that_did_not_are() -> None:
    a, b, c, d = nights_between(YESTERDAY.back(3), YESTERDAY)
    assert still_to_run((a, b, c, d), {a: "published", b: "unscored", c: "stopped"}) == (c, d)


def test_a_first_simulation_ends_yesterday_and_a_longer_one_keeps_its_beginning() -> None:
    first = first_to_simulate(None, YESTERDAY)
    assert len(list(nights_between(first, YESTERDAY))) == SIMULATED
    assert first_to_simulate(first, YESTERDAY.next()) == first


def test_rows_come_to_an_empty_source_and_to_one_that_is_a_day_old_but_never_behind_a_night_that_was_run() -> None:
    assert needs_rows(None, YESTERDAY, [])
    assert not needs_rows(YESTERDAY, YESTERDAY, [YESTERDAY])
    assert needs_rows(YESTERDAY.back(1), YESTERDAY, [YESTERDAY.back(1)])
    assert not needs_rows(YESTERDAY.back(1), YESTERDAY, [YESTERDAY])


moments = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))  # 2000 to 2100


@given(moments, st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)))
def test_the_last_night_of_the_demo_may_run_now_and_the_one_after_it_may_not(now: dt.datetime, settle: dt.timedelta) -> None:
    newest = newest_settled(now, settle)
    assert newest.is_over(now, settle)
    assert not newest.next().is_over(now, settle)


def test_just_after_midnight_the_demo_has_as_many_nights_as_at_noon_and_ends_a_night_earlier() -> None:
    ten_past_midnight = YESTERDAY.end + dt.timedelta(minutes=10)
    newest = newest_settled(ten_past_midnight, dt.timedelta(minutes=30))
    assert newest == YESTERDAY.back(1)
    early, usual = share_out(first_to_simulate(None, newest), newest), share_out(first_to_simulate(None, YESTERDAY), YESTERDAY)
    assert len(early.warm_up) == len(usual.warm_up)
    assert early.last.next() == usual.last
