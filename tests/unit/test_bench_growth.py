"""What follows from measured nights for larger ones: the lines, and the page that carries them on."""

from __future__ import annotations

import pytest

from bench.parts import growth_page, growth_picture
from bench.parts.growth_points import Growth, NightPoint, Point, memory_of, rows_a_core, seconds_of
from bench.parts.machine import Machine
from bench.parts.measure import Cost

MACHINE = Machine("2026-11-27 20:00 UTC", "Linux", "a processor", 2, 24.0, 1.0, {"Python": "3.11"})


def night(rows: int, seconds: float, memory: float) -> NightPoint:
    return NightPoint(rows, {"extract": Cost(seconds, 0.0, seconds, 500.0), "score": Cost(1.0, 0.0, 1.0, memory)})


def growth(*nights: NightPoint) -> Growth:
    points = [Point(1, 1_000, Cost(1.0, 0.0, 1.0, 10.0)), Point(10, 2_000, Cost(4.0, 0.0, 4.0, 10.0))]
    return Growth(points, points, points, list(nights))


HUNGRY = growth(night(100_000, 3.0, 600.0), night(1_000_000, 12.0, 2_400.0))


def test_a_line_runs_through_the_smallest_and_the_largest_night() -> None:
    line = seconds_of(HUNGRY, "extract")
    assert (line.fixed, line.slope) == (pytest.approx(2.0), pytest.approx(1e-5))
    assert memory_of(HUNGRY, "score").at(2_000_000) == pytest.approx(4_400.0)


def test_a_line_never_falls_with_more_rows() -> None:
    line = seconds_of(growth(night(100_000, 3.0, 1.0), night(1_000_000, 2.0, 1.0)), "extract")
    assert (line.fixed, line.slope) == (2.0, 0.0)


def test_a_core_does_what_fits_into_a_day_after_what_is_fixed() -> None:
    assert rows_a_core(HUNGRY, ("extract",)) == pytest.approx((86_400 - 2) / 1e-5)


def test_the_page_says_that_memory_breaks_first_where_it_is_full_before_the_day_is() -> None:
    page = growth_page.page(HUNGRY, MACHINE)
    assert "What breaks first is memory, in `score`" in page
    assert "In 24 GB `score` is full at 12.1 million rows a night" in page  # (24 x 1024 - 400) / 0.002 MB
    assert "From 1 to 10 the cost of a row is 2.00 times what it was" in page


def test_a_stage_that_keeps_to_its_limit_takes_no_more_than_that_of_a_billion_rows() -> None:
    nights = [NightPoint(rows, {"build_features": Cost(rows / 1e6, 0.0, 1.0, rows / 1e3)}) for rows in (100_000, 1_000_000)]
    page = growth_page.page(growth(*nights), MACHINE)
    assert "| build_features | 0.3 | 2 |" in page
    assert "`build_features` work within `memory_limit` (2 GB unless set otherwise)" in page


def test_the_page_says_that_time_breaks_first_where_memory_stays_flat() -> None:
    flat = growth(night(100_000, 3.0, 600.0), night(1_000_000, 12.0, 600.0))
    assert "What breaks first is time, most of it in `extract`" in growth_page.page(flat, MACHINE)


def test_the_picture_has_a_panel_for_everything_that_was_varied() -> None:
    picture = growth_picture.drawn(HUNGRY)
    assert picture.startswith("<?xml")
    for told in ("million rows", "longest window", "customers", "published"):
        assert told in picture
