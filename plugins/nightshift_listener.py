"""What the scheduler does for our runs: it makes the pool when it starts, and writes what a run will do into its note as it begins."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from airflow.listeners import hookimpl

from pipeline.core.errors import UsageError
from pipeline.core.night import night_of
from pipeline.core.plan import Asked

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

DAG: Final = "nightly_scoring"
POOL: Final = "nightshift"
SLOTS: Final = 2  # heavy steps at a time: the night, and one training beside it
LONGEST: Final = 1000  # characters that Airflow's database holds


@hookimpl
def on_starting(component: object) -> None:
    """Make the pool where it is missing, since tasks of a pool that is not there wait for ever; one that is there stays as it is."""
    if type(component).__name__ != "Job":  # a task's process has no database
        return
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session
    from sqlalchemy.exc import IntegrityError

    with suppress(IntegrityError), create_session() as session:  # components start together: another may be first
        if Pool.get_pool(POOL, session=session) is None:
            session.add(Pool(pool=POOL, slots=SLOTS, description="Heavy steps of Nightshift at a time", include_deferred=False))


@hookimpl
def on_dag_run_running(dag_run: DagRun, msg: str) -> None:  # Airflow names the arguments
    """Write night and mode into the run's note before its first task; what a person wrote there stays below."""
    if dag_run.dag_id == DAG:
        dag_run.note = with_headline(headline(dag_run), dag_run.note)


def headline(dag_run: DagRun) -> str:
    """What the run will do, in one line."""
    asked = dag_run.conf or {}
    try:
        night = f"night {night_of(str(dag_run.run_type), asked.get('night'), dag_run.logical_date, dag_run.data_interval_start)}"
    except UsageError:
        night = "no night"  # its first task says why
    return f"{night}, {Asked.of(asked)}"


def with_headline(line: str, note: str | None) -> str:
    """The note with `line` at its top, in place of the line that an earlier try of the run left there.

    >>> with_headline("night 2026-11-22, mode as-of", "night 2026-11-22, mode corrected, because 'x'\\nask Ann")
    'night 2026-11-22, mode as-of\\nask Ann'
    >>> with_headline("night 2026-11-22, mode as-of", "ask Ann")
    'night 2026-11-22, mode as-of\\nask Ann'
    """
    line = " ".join(line.split())
    below = [text for text in (note or "").split("\n") if not (text.startswith(("night ", "no night")) and ", mode " in text)]
    return "\n".join([line, *filter(None, below)])[:LONGEST]
