"""The memory of the gates: every judgement a row of `scoring.evaluation`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from pipeline.core.plan import Plan

Stored = sa.Row[*tuple[Any, ...]]  # the same, in this order
Values = dict[str, str | float | bool | None]  # gate, check, figure, value, low, high, severity, passed, reason


def enter(connection: sa.Connection, plan: Plan, judgements: Iterable[Values]) -> None:
    """Enter judgements of a run; a repeated judgement stands beside the earlier one, and the newest counts."""
    statement = """INSERT INTO scoring.evaluation (run_id, night, gate, check_name, figure, value, low, high, severity, passed, reason)
        VALUES (:run_id, :night, :gate, :check, :figure, :value, :low, :high, :severity, :passed, :reason)"""
    fixed = {"run_id": plan.run_id, "night": plan.night.day}
    rows = [{**fixed, **judgement} for judgement in judgements]
    if rows:
        connection.execute(sa.text(statement), rows)


def of_run(connection: sa.Connection, run_id: int) -> list[Stored]:
    """The newest judgements of a run, in the order in which they were made."""
    statement = """SELECT gate, check_name, figure, value, low, high, severity, passed, reason FROM scoring.evaluation
        WHERE run_id = :run_id AND judged_at = (SELECT max(judged_at) FROM scoring.evaluation WHERE run_id = :run_id)
        ORDER BY evaluation_id"""
    return list(connection.execute(sa.text(statement), {"run_id": run_id}))
