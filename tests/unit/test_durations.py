"""A duration is a number and a unit, and is written as it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.durations import duration_text, parse_duration


@given(st.integers(0, 10_000), st.sampled_from([("s", 1), ("m", 60), ("h", 3600), ("d", 86400)]))
def test_a_duration_is_a_number_of_units(number: int, unit: tuple[str, int]) -> None:
    assert parse_duration(f"{number}{unit[0]}").total_seconds() == number * unit[1]


@given(st.text(max_size=6))
def test_nothing_else_is_a_duration(text: str) -> None:
    if not (text[:-1].isdecimal() and text[-1:] in "smhd"):
        with pytest.raises(ValueError, match="is not a duration"):
            parse_duration(text)


@given(st.integers(0, 10**9), st.sampled_from("smhd"))
def test_what_is_written_is_read_back_and_is_no_longer_than_what_was_read(number: int, unit: str) -> None:
    try:
        span = parse_duration(f"{number}{unit}")
    except ValueError:
        assert unit == "d", "a thousand million hours still fit"
    else:
        assert parse_duration(duration_text(span)) == span
        assert len(duration_text(span)) <= len(f"{number}{unit}")


def test_a_duration_beyond_all_time_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="'1000000000d' is too long: a duration has at most 999999999 days"):
        parse_duration("1000000000d")
