"""One race of each kind of which `make faults` runs hundreds: some order of the commands, one after the other, explains what was seen."""

from __future__ import annotations

import pytest

from tests.faults.acts import Fault
from tests.faults.first_set_up import BROKEN_OFF, SetUpTrials
from tests.faults.grounds import Grounds
from tests.faults.races import RACES, Race, RaceTrials
from tests.faults.trials import Trial

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trials(grounds: Grounds) -> RaceTrials:
    return RaceTrials(grounds)


def survived(trial: Trial) -> None:
    assert trial.fired, trial
    assert trial.survived, trial


@pytest.mark.parametrize("race", RACES[:2], ids=lambda race: race.name)
def test_commands_at_once_publish_what_they_would_one_after_the_other(trials: RaceTrials, race: Race) -> None:
    survived(trials.try_it(race, seed=1))


def test_init_by_three_at_once_makes_what_one_makes(grounds: Grounds) -> None:
    survived(SetUpTrials(grounds).by_three(seed=1))


@pytest.mark.parametrize("fault", BROKEN_OFF, ids=lambda fault: fault.name)
def test_init_that_was_broken_off_in_a_migration_makes_the_same_when_it_is_run_again(grounds: Grounds, fault: Fault) -> None:
    survived(SetUpTrials(grounds).broken_off(fault, seed=1))
