"""The DAG one_off_training in a real Airflow: what a person who triggers it finds in the log and in the registry."""

from __future__ import annotations

import pytest

from ops.rest import FINISHED, AirflowApi, wait_until
from tests.dags.conftest import NIGHT_PATIENCE, Installed

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

PROMOTIONS = "SELECT version, reason, expires_when, retrains, assigned_by FROM scoring.champion WHERE expires_when IS NOT NULL"


@pytest.fixture(scope="module")
def api(installed: Installed) -> AirflowApi:
    """A client of this DAG, which may run."""
    api = AirflowApi.at(installed.place, "one_off_training")
    api.pause(False)
    return api


def ended(api: AirflowApi, run_id: str) -> str:
    """The state of a run, once it has come to an end."""
    return wait_until(
        f"the end of run {run_id}",
        NIGHT_PATIENCE,
        lambda: next((run.state for run in api.runs() if run.run_id == run_id and run.state in FINISHED), None),
    )


def test_a_model_is_trained_compared_and_promoted_with_its_rule(installed: Installed, api: AirflowApi) -> None:
    until = str(installed.ask("SELECT max(night) FROM scoring.training_ledger WHERE version IS NOT NULL")[0][0])
    asked = {"until": until, "promote": True, "reason": "from Airflow", "expires_when": "age>1440h", "retrain_when_expired": True}
    run_id = api.trigger(asked)
    assert ended(api, run_id) == "success"
    ((version, reason, *told, requester),) = installed.ask(PROMOTIONS)
    assert told == ["age > 60d", True]
    assert str(reason).startswith("from Airflow")  # and then what the comparison said
    assert run_id in str(requester)
    assert f"{version} is champion from now on, until age > 60d" in api.log(run_id, "train")


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({}, "UsageError: say until which day to train"),
        ({"until": "2020-01-01", "promote": True, "reason": "x", "expires_when": "precision < 1"}, "did you mean average_precision?"),
    ],
)
def test_wrong_use_is_red_at_once_and_the_log_says_what_would_be_right(
    installed: Installed, api: AirflowApi, asked: dict[str, str | bool], line: str
) -> None:
    before = installed.ask("SELECT count(*) FROM scoring.model_version")
    run_id = api.trigger(asked)
    assert ended(api, run_id) == "failed"
    assert line in api.log(run_id, "train", attempt=1)
    assert installed.ask("SELECT count(*) FROM scoring.model_version") == before
