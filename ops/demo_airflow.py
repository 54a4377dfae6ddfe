"""The demo's nights in Airflow: two by a backfill, the last by the schedule, watched until all are done."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ops.demo_nights import Nights
from ops.rest import FINISHED, AirflowApi, DagRun, wait_until
from pipeline.core.errors import BusyError, GateError, NightshiftError, NoModelError, SourceContractError, UsageError, WorldError
from pipeline.core.night import Night

PATIENCE = 900  # seconds for all nights; one takes about 40
SCHEDULE_PATIENCE = 30  # seconds until the schedule has made its run; it takes about two
BACKFILL_PATIENCE = 90  # seconds until a backfill that has ended is entered as such; Airflow looks every 30

Say = Callable[[str], None]


def run_by_airflow(api: AirflowApi, nights: Nights, *, by_schedule: bool, say: Say) -> None:
    """Bring every night that Airflow owns to a green run; nights with one, or with one under way, are left alone.

    The backfill comes first, then the DAG is let go: the run that the schedule makes waits for the nights before it. Raises what
    `failure` says of the first night that is red.
    """
    _finish_earlier(api, nights.last, say)
    _backfill(api, nights.backfilled if by_schedule else (*nights.backfilled, nights.last))
    api.pause(False)
    if by_schedule and not _appears(api, nights.last):
        _backfill(api, (nights.last,))  # midnight has passed since we began, or an earlier demo's run failed
    _watch(api, (*nights.backfilled, nights.last), say)


def _finish_earlier(api: AirflowApi, last: Night, say: Say) -> None:
    """Let what an interrupted demo has left in flight come to an end: it is in the way of a new backfill. A night after ours is not."""

    def look() -> bool | None:
        return not any(run.state not in FINISHED and (run.night is None or run.night <= last) for run in api.runs()) or None

    if look() is None:
        say("Airflow    waiting for runs that are under way")
        api.pause(False)  # in a paused DAG they would wait for ever
        wait_until("the end of earlier runs", PATIENCE, look)


def _backfill(api: AirflowApi, nights: Collection[Night]) -> None:
    """One backfill over the nights that have no run, or a red one."""
    states = {run.night: run.state for run in api.runs()}
    missing = [night for night in nights if states.get(night, "failed") == "failed"]
    if missing:
        wait_until("the end of an earlier backfill", BACKFILL_PATIENCE, lambda: _accepted(api, missing[0], missing[-1]))


def _accepted(api: AirflowApi, first: Night, last: Night) -> bool | None:
    try:
        api.backfill(first, last, reprocess="failed")
    except BusyError:
        return None
    return True


def _appears(api: AirflowApi, night: Night) -> bool:
    """Whether the schedule makes a run of the night that is not one of an earlier, failed attempt."""
    try:
        wait_until(f"the schedule of night {night}", SCHEDULE_PATIENCE, lambda: _run_of(api, night))
    except WorldError:
        return False
    found = _run_of(api, night)
    return found is not None and found.state != "failed"


def _run_of(api: AirflowApi, night: Night) -> DagRun | None:
    return next((run for run in api.runs() if run.night == night), None)


def _watch(api: AirflowApi, nights: Collection[Night], say: Say) -> None:
    told: dict[Night, str] = {}

    def look() -> bool | None:
        runs = {run.night: run for run in api.runs()}
        for night in nights:
            now = _in_words(api, runs.get(night))
            if told.get(night) != now:
                told[night] = now
                say(f"Airflow    night {night}: {now}")
        red = next((runs[night] for night in nights if night in runs and runs[night].state == "failed"), None)
        if red is not None:
            raise failure(api, red)
        return all(night in runs and runs[night].state in FINISHED for night in nights) or None

    wait_until("the end of Airflow's nights", PATIENCE, look)


def _in_words(api: AirflowApi, run: DagRun | None) -> str:
    if run is None:
        return "not yet begun"
    if run.state != "running":
        return f"{run.state} ({run.run_type})"
    busy = sorted(task for task, state in api.tasks(run.run_id).items() if state in {"running", "up_for_retry", "up_for_reschedule"})
    return f"{', '.join(busy)} ({run.run_type})" if busy else f"running ({run.run_type})"


def failure(api: AirflowApi, run: DagRun) -> NightshiftError:
    """The first red task of a run and what its log says last, as the error that it was."""
    task = next((task for task, state in api.tasks(run.run_id).items() if state == "failed"), "wait")
    said = [line for line in api.log(run.run_id, task).splitlines() if "Error: " in line] or ["see its log"]
    kinds = {kind.__name__: kind for kind in (GateError, SourceContractError, UsageError, NoModelError, WorldError, BusyError)}
    kind = next((kind for name, kind in kinds.items() if f"{name}: " in said[-1]), NightshiftError)
    return kind(f"night {run.night} is red in Airflow, task '{task}': {said[-1]}")
