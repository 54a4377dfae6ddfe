"""A task that is killed in the middle of `score`, in a real Airflow; `python -m tests.faults --airflow` does more, which takes longer."""

from __future__ import annotations

import pytest

from ops.rest import DagRun
from tests.dags.conftest import Installed
from tests.faults.airflow_faults import try_it

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def test_a_task_killed_in_the_middle_of_score_is_tried_again_and_publishes_the_same_once(installed: Installed, three: list[DagRun]) -> None:
    trial = try_it(installed, "task killed in score, half staged", seed=1)
    assert trial.survived, trial
    assert trial.retries == 1
