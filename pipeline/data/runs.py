"""Runs of nights: opened, fenced, and what each step of them counted."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.errors import StaleRunError, UsageError
from pipeline.core.night import Night
from pipeline.core.plan import Knowledge, Known, Plan, Request
from pipeline.data import registry

REPEATABLE = {"monitor", "retrain"}  # they come after the publication or stand beside it, and change nothing of it


@dataclass(frozen=True)
class StepRecord:
    """One step of a run: counts for people, figures for the judge, or why it had nothing to do."""

    step: str
    started_at: dt.datetime
    seconds: float
    counts: Mapping[str, int]
    figures: Mapping[str, float | None]
    skipped: str | None = None


PASSED = "state IN ('judged', 'published', 'unscored')"
COLUMNS = "cutoff, known_through, champion_at, named_model, publishes, in_chain"


def open_run(connection: sa.Connection, request: Request) -> int:
    """Enter a new run; one that publishes becomes the owner of its night: whichever run is older is stale from now on."""
    knowledge = {**vars(request.knowledge), "known_through": request.knowledge.known_through.day}
    values = {**vars(request), **knowledge, "night": request.night.day}
    insert = f"""INSERT INTO scoring.run (night, mode, reason, scheduled, requested_by, backtestable, {COLUMNS})
        VALUES (:night, :mode, :reason, :scheduled, :requested_by, :backtestable, :cutoff, :known_through, :champion_at, :named_model,
            :publishes, :in_chain) RETURNING run_id"""  # noqa: S608  # COLUMNS is ours
    run_id = int(connection.execute(sa.text(insert), values).scalar_one())
    if request.knowledge.publishes:
        own = """INSERT INTO scoring.night_owner (night, run_id) VALUES (:night, :run_id)
            ON CONFLICT (night) DO UPDATE SET run_id = greatest(night_owner.run_id, excluded.run_id)"""
        connection.execute(sa.text(own), {"night": request.night.day, "run_id": run_id})
    return run_id


def known_of(connection: sa.Connection, night: Night, model_version: str | None, now: dt.datetime) -> Known:
    """What decides whether a run of the night can be what is asked; a model that is not registered is a `UsageError`."""
    trained = registry.model(connection, model_version).night if model_version else None
    passed = f"SELECT EXISTS (SELECT FROM scoring.run WHERE night = :night AND in_chain AND {PASSED})"  # noqa: S608  # ours
    newest = "SELECT max(night) FROM scoring.seal WHERE what = 'transactions' AND bound_at IS NOT NULL"
    used = "SELECT reason FROM scoring.run WHERE night = :night AND reason IS NOT NULL AND state IN ('published', 'unscored', 'kept')"
    day = connection.scalar(sa.text(newest))
    return Known(
        now=now,
        passed=bool(connection.scalar(sa.text(passed), {"night": night.day})),
        newest=None if day is None else Night(day),
        trained=trained,
        used=frozenset(connection.scalars(sa.text(used), {"night": night.day})),
    )


def plan_of(connection: sa.Connection, run_id: int) -> Plan:
    """The frozen plan of a run that still owns its night, or never publishes; an overtaken one is a `StaleRunError`."""
    plan = plan_as_entered(connection, run_id)
    owner = connection.scalar(sa.text("SELECT run_id FROM scoring.night_owner WHERE night = :night"), {"night": plan.night.day})
    if plan.publishes and owner != run_id:
        raise StaleRunError(f"run {run_id} of night {plan.night} was overtaken by run {owner}: nothing is left for it to do")
    _require_kept(connection, plan)
    return plan


def plan_as_entered(connection: sa.Connection, run_id: int) -> Plan:
    """The plan of any run, also of one that was overtaken: to read what it did, not to go on."""
    statement = f"SELECT night, mode, scheduled, {COLUMNS} FROM scoring.run WHERE run_id = :run_id"  # noqa: S608  # COLUMNS is ours
    row = connection.execute(sa.text(statement), {"run_id": run_id}).one_or_none()
    if row is None:
        raise UsageError(f"there is no run {run_id} in this warehouse")
    knowledge = Knowledge(row.cutoff, Night(row.known_through), row.champion_at, row.named_model, row.publishes, row.in_chain)
    return Plan(run_id, Night(row.night), row.mode, row.scheduled, knowledge)


def lock_night(connection: sa.Connection, plan: Plan) -> None:
    """Hold the night's row until the transaction ends; a run that publishes and was overtaken, and one that was pruned, are refused."""
    connection.execute(sa.text("SELECT scoring.lock_night(:run_id)"), {"run_id": plan.run_id})


def begin_try(connection: sa.Connection, run_id: int) -> int:
    """The number of a try of a step that begins now; it waits for a transaction of an earlier try, which changes nothing after it."""
    return int(connection.execute(sa.text("SELECT scoring.begin_try(:run_id)"), {"run_id": run_id}).scalar_one())


def hold_try(connection: sa.Connection, run_id: int, number: int) -> None:
    """Keep other tries from beginning until the transaction ends; one after which another began is a `StaleRunError`."""
    connection.execute(sa.text("SELECT scoring.hold_try(:run_id, :number)"), {"run_id": run_id, "number": number})


def _require_kept(connection: sa.Connection, plan: Plan) -> None:
    """A run that retention dropped neither stages nor publishes again: what is dropped once is dropped whenever it is looked for."""
    pruned = sa.text("SELECT EXISTS (SELECT FROM scoring.pruned_run WHERE run_id = :run_id)")
    if connection.scalar(pruned, {"run_id": plan.run_id}):
        raise StaleRunError(f"what run {plan.run_id} of night {plan.night} had scored was pruned: start a new run of the night")


def record_step(connection: sa.Connection, run_id: int, record: StepRecord) -> None:
    """Enter what a step did; doing it again replaces the entry."""
    statement = """INSERT INTO scoring.run_step (run_id, step, started_at, seconds, counts, figures, skipped)
        VALUES (:run_id, :step, :started_at, :seconds, cast(:counts AS jsonb), cast(:figures AS jsonb), :skipped)
        ON CONFLICT (run_id, step) DO UPDATE SET started_at = excluded.started_at, seconds = excluded.seconds, counts = excluded.counts,
            figures = excluded.figures, skipped = excluded.skipped"""
    values = {**vars(record), "run_id": run_id, "counts": json.dumps(dict(record.counts)), "figures": json.dumps(dict(record.figures))}
    connection.execute(sa.text(statement), values)


def steps_of(connection: sa.Connection, run_id: int) -> dict[str, StepRecord]:
    """What the steps of a run entered so far, by name."""
    statement = (
        "SELECT step, started_at, seconds, counts, figures, skipped FROM scoring.run_step WHERE run_id = :run_id ORDER BY started_at"
    )
    rows = connection.execute(sa.text(statement), {"run_id": run_id})
    return {row.step: StepRecord(*row) for row in rows}


def frozen_step(connection: sa.Connection, run_id: int, step: str) -> StepRecord | None:
    """What a step entered of a run that is published: one that led to the publication is not done again, what was published stays."""
    if step in REPEATABLE or not is_published(connection, run_id):
        return None
    return steps_of(connection, run_id).get(step)


def is_published(connection: sa.Connection, run_id: int) -> bool:
    """Whether the run was ever what analysts see."""
    statement = sa.text("SELECT EXISTS (SELECT FROM scoring.publication WHERE run_id = :run_id)")
    return bool(connection.scalar(statement, {"run_id": run_id}))


def set_state(connection: sa.Connection, run_id: int, state: str) -> None:
    """Move the run on; `finished_at` is set when nothing more can become of it."""
    statement = """UPDATE scoring.run SET state = :state,
        finished_at = CASE WHEN :state IN ('stopped', 'published', 'unscored', 'kept') THEN clock_timestamp() END WHERE run_id = :run_id"""
    connection.execute(sa.text(statement), {"run_id": run_id, "state": state})


def state_of(connection: sa.Connection, run_id: int) -> str:
    return str(connection.scalar(sa.text("SELECT state FROM scoring.run WHERE run_id = :run_id"), {"run_id": run_id}))


def model_of(connection: sa.Connection, run_id: int) -> str | None:
    """The model that a run scored with; None where it scored nothing."""
    version: str | None = connection.scalar(sa.text("SELECT model_version FROM scoring.run WHERE run_id = :run_id"), {"run_id": run_id})
    return version


def last_sign(connection: sa.Connection, night: Night) -> dt.datetime | None:
    """When a run of the night that trains last ended a step, or began; None where the night was never run."""
    statement = """SELECT max(greatest(run.started_at, step.started_at + make_interval(secs => step.seconds)))
        FROM scoring.run LEFT JOIN scoring.run_step AS step USING (run_id) WHERE run.night = :night AND run.in_chain"""
    moment: dt.datetime | None = connection.scalar(sa.text(statement), {"night": night.day})
    return moment
