"""A few nights of the year that `python -m tests.faults --nights 365` lets pass."""

from __future__ import annotations

import pytest

from tests.faults.grounds import Grounds
from tests.faults.long_run import UNSCORED, long_run

NIGHTS = 12


@pytest.mark.slow
def test_nights_of_which_some_went_wrong_leave_nothing_behind_and_every_past_is_told_as_it_was(grounds: Grounds) -> None:
    run = long_run(grounds, seed=1)
    passed = list(run.nights(NIGHTS))
    assert [complaint for night in passed for complaint in night.complaints] == []
    assert any(night.fault for night in passed)
    peaks = [night.peak_kb for night in passed[UNSCORED:] if night.peak_kb]
    assert peaks[-1] < 1.2 * peaks[0]  # what a run needs does not grow with the nights behind it
    assert run.repaired() == []
    assert list(run.told_otherwise(run.remembered)) == []
