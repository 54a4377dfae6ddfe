"""A few of the trials with ruined data that `make faults` makes by the hundred."""

from __future__ import annotations

import pytest

from tests.faults.data_faults import DATA_FAULTS, DataFault
from tests.faults.data_grounds import make_data_grounds
from tests.faults.data_trials import DataTrials
from tests.faults.grounds import Grounds

pytestmark = pytest.mark.slow

FEW = ("one id, two payloads", "labels reversed", "keys, moments, amounts null", "columns renamed", "text keys of 1 MB")


@pytest.fixture(scope="module")
def trials(grounds: Grounds) -> DataTrials:
    return DataTrials(make_data_grounds(grounds))


def fault(name: str) -> DataFault:
    return next(fault for fault in DATA_FAULTS if fault.name == name)


@pytest.mark.parametrize("name", FEW)
def test_a_night_over_ruined_data_passes_with_what_is_good_or_is_refused_in_one_line_and_runs_when_it_is_mended(
    trials: DataTrials, name: str
) -> None:
    trial = trials.try_it(fault(name), seed=5)
    assert trial.fired, trial
    assert trial.survived, trial
