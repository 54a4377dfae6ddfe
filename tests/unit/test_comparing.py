"""Which member of the chain is compared."""

from __future__ import annotations

import pytest

from pipeline.comparing import member_before
from pipeline.core.night import Night

NEWEST = Night.parse("2018-06-30")  # the newest matured night


@pytest.mark.parametrize(
    ("members_before", "chosen"),
    [
        ((20, 15, 14, 13, 7), 14),  # it leaves two weeks of nights that it had not seen
        ((13, 8, 7, 6), 7),  # in a young chain one week must do
        ((6, 1, 0), None),
        ((), None),
    ],
)
def test_the_newest_member_that_leaves_two_weeks_is_compared_or_else_one_that_leaves_a_week(
    members_before: tuple[int, ...], chosen: int | None
) -> None:
    members = [NEWEST.back(nights) for nights in members_before]
    assert member_before(members, NEWEST) == (None if chosen is None else NEWEST.back(chosen))
