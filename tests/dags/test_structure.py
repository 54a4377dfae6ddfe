"""The DAG as it is read: without a database, and without anything heavy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.core.settings import CONFIG_VARIABLE
from tests.payloads import TEXTS

CHECKOUT = Path(__file__).resolve().parents[2]
HEAVY = {"pandas", "sklearn", "great_expectations", "pyarrow", "numpy", "scipy", "skops", "psycopg"}
CHAIN = ["wait", "plan", "extract", "build_features", "score", "judge", "publish", "monitor"]


@cache
def _dags():  # type: ignore[no-untyped-def]  # importing Airflow's type costs seconds where this test is not chosen
    sys.path += [str(CHECKOUT / "dags"), str(CHECKOUT / "plugins")]
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, "none")  # not the settings of an Airflow that another test started
        bag = DagBag(dag_folder=str(CHECKOUT / "dags"))
    assert bag.import_errors == {}
    assert set(bag.dags) == {"nightly_scoring", "one_off_training"}
    return bag.dags


def _dag():  # type: ignore[no-untyped-def]
    return _dags()["nightly_scoring"]


def test_a_run_is_one_utc_day_and_nothing_is_caught_up() -> None:
    from airflow.sdk import CronDataIntervalTimetable

    dag = _dag()
    assert isinstance(dag.timetable, CronDataIntervalTimetable)
    assert (dag.timetable.expression, str(dag.timetable.timezone)) == ("0 0 * * *", "UTC")
    assert dag.catchup is False
    assert dag.max_active_runs == 1


def test_the_steps_stand_in_order_and_retrain_stands_beside_publish() -> None:
    dag = _dag()
    assert set(dag.task_ids) == {*CHAIN, "retrain"}
    for before, after in pairwise(CHAIN):
        assert dag.get_task(after).upstream_task_ids == {before}
    assert dag.get_task("retrain").upstream_task_ids == {"judge"}


def test_every_step_but_retrain_leads_to_monitor_so_that_a_red_one_turns_the_run_red() -> None:
    dag = _dag()
    assert {task.task_id for task in dag.leaves} == {"monitor", "retrain"}
    assert dag.get_task("monitor").trigger_rule == "none_failed"
    assert dag.get_task("retrain").trigger_rule == "one_done"
    assert {"wait", "plan", "extract", "build_features", "score", "judge", "publish"} == dag.get_task("monitor").get_flat_relative_ids(
        upstream=True
    )


def test_every_task_has_a_manual_retries_a_timeout_and_the_one_retry_policy() -> None:
    from nightshift_adapter import WORLD_ONLY

    dag = _dag()
    assert dag.doc_md
    for task in dag.tasks:
        assert task.doc_md, task.task_id
        assert task.retries == 6
        assert task.retry_policy is WORLD_ONLY


def test_the_groups_bear_the_names_of_the_layers_and_leave_the_tasks_theirs() -> None:
    groups = _dag().task_group.get_task_group_dict()
    inside = {name: sorted(group.children) for name, group in groups.items() if name is not None}
    assert inside == {"data": ["extract", "plan"], "features": ["build_features"], "scoring": ["score"], "evaluation": ["judge"]}
    assert all(group.tooltip for name, group in groups.items() if name is not None)
    assert _dag().task_group.topological_sort()  # Airflow's own views fail where groups lead in a circle


def test_heavy_steps_of_both_dags_share_the_pool_that_the_scheduler_makes() -> None:
    from nightshift_listener import POOL

    pools = {task.task_id: task.pool for dag in _dags().values() for task in dag.tasks}
    assert pools.pop("wait") == "default_pool"  # it only waits
    assert set(pools.values()) == {POOL}
    waiting = {step: len(_dag().get_task(step).get_flat_relative_ids(upstream=False)) for step in ("publish", "retrain")}
    assert waiting["publish"] > waiting["retrain"]  # where slots are few, Airflow begins with the step for which more steps wait


def test_what_a_night_makes_is_an_event_only_where_it_was_made() -> None:
    from airflow.sdk import AssetAlias

    outlets = {task.task_id: task.outlets for task in _dag().tasks if task.outlets}
    assert outlets == {
        "build_features": [AssetAlias("nightshift_features")],
        "publish": [AssetAlias("nightshift_predictions")],
        "retrain": [AssetAlias("nightshift_model")],
    }


def test_a_scheduled_night_is_due_three_hours_after_its_end_and_one_message_tells_of_a_red_run() -> None:
    import datetime as dt

    from nightshift_deadline import EndOfScheduledNight
    from nightshift_oncall import tell_failure

    dag = _dag()
    (alert,) = dag.deadline
    assert isinstance(alert.reference, EndOfScheduledNight)
    assert alert.interval == dt.timedelta(hours=3)
    assert alert.callback.path == "nightshift_oncall.tell_late"
    assert dag.on_failure_callback == tell_failure
    assert not any(task.on_failure_callback or task.on_retry_callback for task in dag.tasks)


def test_the_operators_page_has_a_line_for_every_task_and_for_nothing_else() -> None:
    page = (CHECKOUT / "docs" / "operating.md").read_text()
    table = page[page.index("| red step |") : page.index("`wait` is no trouble")]
    lines = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert [task for line in lines for task in re.findall(r"`(\w+)`", line)] == [*CHAIN, "retrain"]


def test_a_scheduled_run_and_a_backfill_need_no_parameter() -> None:
    dag = _dag()
    assert dict(dag.params) == {"night": None, "mode": "as-of", "model_version": None, "reason": None}
    assert all(dag.params.get_param(name).description for name in dag.params)


def test_no_form_of_airflow_waits_for_a_text_that_may_be_left_out() -> None:
    """Its form holds back 'Trigger' and 'Run Backfill' while a text that may not be null is empty."""
    for dag in _dags().values():
        params = {name: dag.params.get_param(name) for name in dag.params}
        texts = {name: param.value for name, param in params.items() if param.schema["type"] == "string"}
        assert all(texts.values()), (dag.dag_id, texts)


def test_one_off_training_has_no_schedule_a_manual_and_parameters_that_explain_themselves() -> None:
    from nightshift_adapter import WORLD_ONLY
    from nightshift_oncall import tell_training_failure

    dag = _dags()["one_off_training"]
    assert dag.timetable.can_be_scheduled is False
    assert dag.on_failure_callback == tell_training_failure
    assert dag.doc_md
    (task,) = dag.tasks
    assert task.doc_md
    assert task.retry_policy is WORLD_ONLY
    for name in ("until", "nights", "learner", "promote", "reason", "expires_when", "retrain_when_expired"):
        assert dag.params.get_param(name).schema["title"], name


@pytest.mark.slow
def test_reading_the_dag_imports_nothing_heavy() -> None:
    program = "import sys, nightly_scoring, one_off_training; sys.exit('heavy: ' + ' '.join(sorted(set(sys.modules) & set(sys.argv[1:]))))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [CHECKOUT / "dags", CHECKOUT / "plugins", CHECKOUT]))}
    done = subprocess.run(
        [sys.executable, "-c", program, *HEAVY], env=environment, capture_output=True, text=True, check=False, cwd=CHECKOUT
    )
    assert done.stderr.splitlines()[-1] == "heavy: "


def test_the_dag_can_be_written_down_as_airflow_stores_it() -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    assert DagSerialization.serialize_dag(_dag())["dag_id"] == "nightly_scoring"


def test_the_schema_of_each_parameter_refuses_hostile_text_where_it_is_no_free_text() -> None:
    from airflow.sdk.exceptions import ParamValidationError

    free = {"model_version", "reason", "expires_when"}  # looked up, bound or parsed: tests/integration/test_injection.py
    tried = [(dag.params.get_param(name), text) for dag in _dags().values() for name in dag.params if name not in free for text in TEXTS]
    assert len(tried) > 5 * len(TEXTS)
    for parameter, text in tried:
        with pytest.raises(ParamValidationError):
            parameter.resolve(text)
