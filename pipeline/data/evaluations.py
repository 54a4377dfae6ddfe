"""The memory of the gates: every judgement a row of `scoring.evaluation`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from pipeline.core.night import Night

Stored = sa.Row[*tuple[Any, ...]]  # the same, in this order
Values = dict[str, str | float | bool | None]  # gate, check, figure, value, low, high, severity, passed, reason


def enter(connection: sa.Connection, run_id: int, night: Night, judgements: Iterable[Values]) -> None:
    """Enter judgements that a run made about a night: its own or, in training, an earlier one.

    A repeated judgement stands beside the earlier one, and the newest counts.
    """
    statement = """INSERT INTO scoring.evaluation (run_id, night, gate, check_name, figure, value, low, high, severity, passed, reason)
        VALUES (:run_id, :night, :gate, :check, :figure, :value, :low, :high, :severity, :passed, :reason)"""
    fixed = {"run_id": run_id, "night": night.day}
    rows = [{**fixed, **judgement} for judgement in judgements]
    if rows:
        connection.execute(sa.text(statement), rows)


def of_run(connection: sa.Connection, run_id: int) -> list[Stored]:
    """The newest judgements of each gate of a run's own night, in the order in which they were made."""
    statement = """SELECT gate, check_name, figure, value, low, high, severity, passed, reason FROM (
            SELECT evaluation.*, max(judged_at) OVER (PARTITION BY gate) AS newest
            FROM scoring.evaluation JOIN scoring.run USING (run_id, night) WHERE run_id = :run_id) AS judgement
        WHERE judged_at = newest ORDER BY evaluation_id"""
    return list(connection.execute(sa.text(statement), {"run_id": run_id}))
