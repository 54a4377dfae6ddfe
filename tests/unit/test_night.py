"""A night is one UTC day of arrivals: every instant belongs to exactly one."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import UsageError
from pipeline.core.night import Night, nights_between

ZONES = [dt.UTC, zoneinfo.ZoneInfo("Europe/Brussels"), zoneinfo.ZoneInfo("Pacific/Kiritimati"), zoneinfo.ZoneInfo("America/Los_Angeles")]
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))
INSTANTS = st.datetimes(dt.datetime(1990, 1, 2), dt.datetime(2090, 1, 1), timezones=st.sampled_from(ZONES))  # noqa: DTZ001  # the zone is drawn


@given(INSTANTS)
def test_an_instant_lies_in_its_night_and_in_neither_neighbour(instant: dt.datetime) -> None:
    night = Night.of(instant)
    assert night.start <= instant < night.end
    assert night.back(1).end == night.start
    assert night.next().start == night.end


@given(DAYS)
def test_a_night_is_twenty_four_hours_of_utc_and_reads_as_it_is_written(day: dt.date) -> None:
    night = Night(day)
    assert night.end - night.start == dt.timedelta(days=1)
    assert night.start.utcoffset() == dt.timedelta(0)
    assert Night.parse(str(night)) == night


@given(DAYS, st.integers(-3, 40))
def test_a_range_holds_each_night_once_in_order(day: dt.date, length: int) -> None:
    first = Night(day)
    nights = list(nights_between(first, first.back(-length)))
    assert nights == [first.back(-place) for place in range(length + 1)]


@given(st.text(max_size=12))
def test_only_the_one_form_is_a_night(text: str) -> None:
    try:
        assert str(Night.parse(text)) == text
    except UsageError as error:
        assert "YYYY-MM-DD" in str(error)


@pytest.mark.parametrize(
    "text", ["2026-13-01", "2026-02-29", "20261122", "2026-W47-7", "22.11.2026", "yesterday", "", "2026-1-2", " 2026-11-22"]
)
def test_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="is not a night: write it as YYYY-MM-DD, for example 2026-11-22"):
        Night.parse(text)


def test_an_instant_without_a_zone_has_no_night() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        Night.of(dt.datetime(2026, 11, 22))  # noqa: DTZ001  # that is the point


def test_a_night_is_over_once_it_has_settled() -> None:
    night, settle = Night.parse("2026-11-22"), dt.timedelta(minutes=30)
    assert not night.is_over(dt.datetime(2026, 11, 23, 0, 29, 59, tzinfo=dt.UTC), settle)
    assert night.is_over(dt.datetime(2026, 11, 23, 0, 30, tzinfo=dt.UTC), settle)
