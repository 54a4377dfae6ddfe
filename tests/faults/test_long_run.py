"""A few nights one after the other in a world that keeps what faults leave behind; `python -m tests.faults --nights 365` runs a year."""

from __future__ import annotations

import pytest

from tests.faults.grounds import Grounds
from tests.faults.long_run import long_run

pytestmark = pytest.mark.slow


def test_nights_with_faults_among_them_stay_as_they_were_seen_and_leave_nothing_behind_a_repair(grounds: Grounds) -> None:
    run = long_run(grounds, seed=1)
    passed = list(run.nights(5))
    assert [one.complaints for one in passed] == [()] * 5
    assert sum(bool(one.fault) for one in passed) >= 2
    assert run.repaired() == []
    assert list(run.told_otherwise(run.remembered)) == []
