"""Tells the person on call of a red run and of a night that is late; Airflow calls both beside the tasks, never in one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from nightshift_adapter import ERROR, PLAN, use_connection
from nightshift_notify import send

from pipeline.core.durations import duration_text
from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.night import Night, night_of
from pipeline.core.plan import Asked
from pipeline.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.types import RuntimeTaskInstanceProtocol

    from pipeline.evaluation.notice import Broken
    from pipeline.noticing import Told

JUDGE = "judge"
USUAL_DEADLINE = dt.timedelta(hours=3)
USUAL_ADDRESS = "http://localhost:8080"  # where Airflow is not told how people reach it
REPORT_TAB = "plugin/nightshift_run_report"


def deadline() -> dt.timedelta:
    """The setting `deadline`; settings that cannot be read do not keep the DAG away: its tasks say what is wrong with them."""
    try:
        return load_settings().deadline
    except UsageError:
        return USUAL_DEADLINE


def tell_failure(context: Context) -> None:
    """Send one message about a run that has turned red, with the last words of its steps and the checks that stopped it."""
    from pipeline import noticing

    settings, run = load_settings(), context["dag_run"]
    instance, states = context.get("ti"), _states(context)
    errors = _errors(context, states)
    run_id = instance.xcom_pull(task_ids=PLAN) if instance and states.get(PLAN) == "success" else None
    broken = _broken(run_id) if JUDGE in errors else ()
    told = _told(run.dag_id, run.run_id, run.run_type.value, run.conf or {}, run.logical_date, run.data_interval_start, run_id)
    send(settings.notify, noticing.failure(told, errors, broken))


def tell_training_failure(context: Context) -> None:
    """The same for a training on request, whose night is the one until which it should have learned; it has no report but its own page."""
    from pipeline import noticing

    run = context["dag_run"]
    address = _address(run.dag_id, run.run_id)
    told = noticing.Told((run.conf or {}).get("until") or "unknown", "training on request", None, address, address)
    send(load_settings().notify, noticing.failure(told, _errors(context, _states(context)), ()))


def tell_late(context: Mapping[str, Any]) -> None:
    """Send one message about a scheduled run that has not ended by its deadline; `context` is what Airflow hands to such a callback."""
    from pipeline import noticing

    settings, run = load_settings(), context["dag_run"]
    start = dt.datetime.fromisoformat(run["data_interval_start"])
    told = _told(run["dag_id"], run["dag_run_id"], run["run_type"], run["conf"] or {}, start, start, None)
    send(settings.notify, noticing.late(told, duration_text(settings.deadline), run["state"], _progress(settings, Night.of(start))))


def _states(context: Context) -> Mapping[str, Any]:
    """The state of each task of the run, as far as Airflow tells."""
    run, instance = context["dag_run"], context.get("ti")
    return instance.get_task_states(run.dag_id, run_ids=[run.run_id]).get(run.run_id, {}) if instance else {}


def _errors(context: Context, states: Mapping[str, Any]) -> Mapping[str, str]:
    """The last word of each red task; where none is, why Airflow ended the run."""
    from pipeline import noticing

    red = [step for step, state in states.items() if state == "failed"]
    told = {step: _last_word(context.get("ti"), step) or noticing.SILENT for step in red}
    return told or {"the run": str(context.get("reason"))}


def _last_word(instance: RuntimeTaskInstanceProtocol | None, step: str) -> str | None:
    return None if instance is None else instance.xcom_pull(task_ids=step, key=ERROR)


def _told(  # what Airflow tells, in its order
    dag_id: str,
    run: str,
    run_type: str,
    asked: Mapping[str, Any],
    logical_date: dt.datetime | None,
    start: dt.datetime | None,
    run_id: int | None,
) -> Told:
    from pipeline.noticing import Told

    try:
        night = str(night_of(run_type, asked.get("night"), logical_date, start))
    except UsageError:
        night = "unknown"
    address = _address(dag_id, run)
    return Told(night, str(Asked.of(asked)), run_id, address, f"{address}/{REPORT_TAB}")


def _address(dag_id: str, run: str) -> str:
    """The page of a run in Airflow's user interface."""
    from airflow.sdk.configuration import conf

    base = (conf.get("api", "base_url", fallback=None) or USUAL_ADDRESS).rstrip("/")
    return f"{base}/dags/{quote(dag_id)}/runs/{quote(run, safe='')}"


def _broken(run_id: int | None) -> tuple[Broken, ...]:
    """The checks that stopped the run; a warehouse that is away does not stop the message."""
    from pipeline.house import warehouse_of
    from pipeline.noticing import broken_checks

    if run_id is None:
        return ()
    try:
        use_connection()
        return broken_checks(warehouse_of(load_settings()), run_id)
    except NightshiftError:
        return ()


def _progress(settings: Settings, night: Night) -> str:
    """How far the night is, by the warehouse of the settings: Airflow gives what it calls at a deadline no connection."""
    from pipeline.house import warehouse_of
    from pipeline.noticing import progress

    try:
        return progress(warehouse_of(settings), night)
    except NightshiftError:
        return "how far it is stands in Airflow"
