"""Turns an Airflow run into a night, and a step's outcome into a task's state; nothing else knows both worlds."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from airflow.sdk import Connection, ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError, AirflowSkipException

from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.night import Night, night_of
from pipeline.core.plan import Asked

if TYPE_CHECKING:
    from nightshift_assets import Made

    from pipeline.house import House
    from pipeline.stepping import StepResult

CONNECTION = "nightshift_warehouse"
WAREHOUSE_VARIABLE = "NIGHTSHIFT_WAREHOUSE_URL"
PLAN = "plan"
ERROR = "error"  # where a step that fails leaves its last word

WORLD_ONLY = ExceptionRetryPolicy(
    rules=[
        RetryRule(  # before the rules of the errors that they are kinds of: the first rule that fits decides
            exception=[
                "pipeline.core.errors.StaleRunError",  # overtaken is overtaken
                "pipeline.core.errors.CorruptionError",  # wrong bytes stay wrong: somebody has to restore the file
            ],
            action=RetryAction.FAIL,
        ),
        RetryRule(
            exception=[
                "pipeline.core.errors.WorldError",
                "pipeline.core.errors.BusyError",
                "airflow.sdk.exceptions.AirflowRuntimeError",  # Airflow's own server was away
                "builtins.OSError",
            ],
            action=RetryAction.RETRY,
        ),
    ],
    default=RetryAction.FAIL,
)
"""The one place that decides what is tried again: the world, never an error raised on purpose and never a bug."""


def has_settled(night: Night, now: dt.datetime, settle: dt.timedelta) -> bool:
    """Whether late commits have had their chance; a night that is not over is no night yet (`UsageError`)."""
    if now < night.end:
        raise UsageError(f"night {night} is not over before {night.end.isoformat()}: name an earlier night")
    return night.is_over(now, settle)


def in_flight(run_type: str, waited: dt.timedelta, patience: dt.timedelta) -> tuple[str, ...]:
    """States of the run of the night before for which a run waits, so that nights go in order and find the training of the night before.

    A scheduled night also waits for one that is queued, but `patience` at most: the nightly run must finish. Any other waits for a running
    one only: in a backwards backfill the night before is queued behind it.

    >>> in_flight("scheduled", dt.timedelta(minutes=1), dt.timedelta(minutes=30))
    ('queued', 'running')
    >>> in_flight("scheduled", dt.timedelta(minutes=31), dt.timedelta(minutes=30))
    ()
    """
    if run_type != "scheduled":
        return ("running",)
    return ("queued", "running") if waited < patience else ()


def may_begin(dag_id: str) -> bool:
    """Whether this run's night has settled and the night before is out of its way."""
    from pipeline.core.settings import load_settings

    context = get_current_context()
    with leaving_word():
        settings, now = load_settings(), dt.datetime.now(dt.UTC)
        night, run = night_of_this_run(), context["dag_run"]
        if not has_settled(night, now, settings.settle):
            return False
        states = in_flight(run.run_type.value, now - (run.start_date or now), settings.train_patience)
        return not states or not context["ti"].get_dr_count(dag_id, logical_dates=[night.back(1).start], states=list(states))


def night_of_this_run() -> Night:
    """`night_of` the run that this task belongs to."""
    context = get_current_context()
    run = context["dag_run"]
    night = night_of(run.run_type.value, context["params"]["night"], run.logical_date, run.data_interval_start)
    print(f"night {night}, {Asked.of(context['params'])}, {run.run_type.value} run {run.run_id}")
    return night


def open_run() -> int:
    """Open this run in the warehouse, with who asked for it; its number, which every later step takes from here."""
    from pipeline import steps
    from pipeline.house import open_house

    context = get_current_context()
    run, asked = context["dag_run"], Asked.of(context["params"])
    requester = f"{run.triggering_user_name or 'airflow'} ({run.run_id})"
    with leaving_word(), in_the_warehouse(), open_house() as house:
        return steps.plan(house, night_of_this_run(), scheduled=run.run_type.value == "scheduled", requested_by=requester, asked=asked)


def carry_out(step: Callable[[House, int], StepResult], made: Made | None = None) -> dict[str, int]:
    """Do one step of this run and hand back its counts; a step that had nothing to do leaves its task skipped, with the reason.

    Where it made something, the asset `made` has an event.
    """
    from pipeline.house import open_house

    # Loading a model looks its types up in every module, and Airflow's old names answer with a thousand lines of warning.
    warnings.filterwarnings("ignore", message="The `airflow")
    context = get_current_context()
    with leaving_word(), in_the_warehouse(), open_house() as house:
        run_id = context["ti"].xcom_pull(task_ids=PLAN)
        result = step(house, run_id)
        if result.skipped is not None:
            raise AirflowSkipException(result.skipped)
        if made is not None:
            made.tell(context, house, run_id, result)
    return dict(result.counts)


@contextmanager
def leaving_word() -> Iterator[None]:
    """Where the step within fails, leave its one line for the message to the person on call.

    Of an error that nobody raised on purpose only the kind is told: its text may hold rows.
    """
    try:
        yield
    except AirflowSkipException:
        raise
    except Exception as error:
        line = str(error) if isinstance(error, NightshiftError) else f"{type(error).__name__}, see its log"
        with suppress(AirflowRuntimeError, OSError):  # Airflow's own server may be what failed
            get_current_context()["ti"].xcom_push(ERROR, line)
        raise


@contextmanager
def in_the_warehouse() -> Iterator[None]:
    """With the connection `nightshift_warehouse`, where Airflow has it, in effect for what is within."""
    use_connection()
    yield


def use_connection() -> None:
    """Let the connection `nightshift_warehouse`, where Airflow has it, win over the settings in this task's process."""
    try:
        connection = Connection.get(CONNECTION)
    except AirflowNotFoundException:
        return
    os.environ[WAREHOUSE_VARIABLE] = warehouse_url(connection)


def warehouse_url(connection: Connection) -> str:
    """The SQLAlchemy URL of a `postgres` connection; its extras (`sslmode` and its like) become the query.

    Raises `UsageError` for another kind of connection and for an extra that PostgreSQL's client does not know.
    """
    from airflow.sdk.log import mask_secret
    from sqlalchemy import URL

    if connection.conn_type not in {"postgres", "postgresql"}:
        raise UsageError(f"connection {CONNECTION} is of type '{connection.conn_type}': the warehouse is PostgreSQL, choose 'postgres'")
    url = URL.create(
        "postgresql+psycopg",
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query=client_options(connection.extra_dejson),
    ).render_as_string(hide_password=False)
    mask_secret(url)
    return url


def client_options(extra: Mapping[str, Any]) -> dict[str, str]:
    """Options of the PostgreSQL client in a connection's extras, beside each other or under `sqlalchemy_query`.

    >>> client_options({"sslmode": "require", "sqlalchemy_query": {"application_name": "nightshift"}})
    {'sslmode': 'require', 'application_name': 'nightshift'}
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo

    beside = {name: str(value) for name, value in extra.items() if name != "sqlalchemy_query"}
    options = beside | {name: str(value) for name, value in extra.get("sqlalchemy_query", {}).items()}
    try:
        make_conninfo("", **options)
    except ProgrammingError as error:
        raise UsageError(
            f"connection {CONNECTION}: {str(error).strip()}; its extras may hold options of the PostgreSQL client only"
        ) from None
    return options


def train_once() -> dict[str, str | int]:
    """Train one model as this run's parameters ask, compare it, and promote it if they say so; what came of it."""
    with leaving_word(), in_the_warehouse():
        return _trained()


def _trained() -> dict[str, str | int]:
    from pipeline import one_off
    from pipeline.house import open_house

    context = get_current_context()
    asked, run = context["params"], context["dag_run"]
    if not asked["until"]:
        raise UsageError("say until which day to train: trigger it again with the parameter 'until', for example 2026-11-22")
    reason = (asked["reason"] or "").strip()
    if asked["promote"] and not reason:
        raise UsageError("a promotion needs a reason: trigger it again with the parameter 'reason'")
    requester = f"{run.triggering_user_name or 'airflow'} ({run.run_id})"
    assignment = one_off.Assignment(requester, reason, asked["expires_when"], asked["retrain_when_expired"])
    rule = assignment.rule  # read before anything is trained
    with open_house() as house:
        made = one_off.train_until(house, Night.parse(asked["until"]), asked["nights"], asked["learner"] or house.settings.learner)
        told = f"{made.ruling.verdict}: {made.ruling.reason}" if made.ruling else "nobody was champion then, nothing to compare with"
        print(f"{made.version}, {made.rows} rows, {made.frauds} frauds: {told}")
        if asked["promote"]:
            one_off.push(house, made, assignment)
            print(f"{made.version} is champion from now on" + (f", until {rule}" if rule else ""))
    return {"version": made.version, "rows": made.rows, "frauds": made.frauds}
