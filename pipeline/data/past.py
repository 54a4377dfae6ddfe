"""The nights before one, as its report shows them: what came, what was alerted, who scored, what was trained, how long it took."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night


@dataclass(frozen=True)
class PastRow:
    """A night that was run; counts are None where nothing was sealed or published, and names where there is none."""

    night: dt.date
    state: str
    rows: int | None
    late: int | None
    alerts: int | None
    model_version: str | None
    training: str | None
    challenger: str | None
    because: str | None


def past(connection: sa.Connection, night: Night, nights: int) -> list[PastRow]:
    """The `nights` nights up to this one that were run, in order."""
    statement = """SELECT night, state, rows_in, late_rows, alerts, model_version, training, challenger, training_because
        FROM scoring.night_summary WHERE night BETWEEN :first AND :last ORDER BY night"""
    values = {"first": night.back(nights - 1).day, "last": night.day}
    return [PastRow(*row) for row in connection.execute(sa.text(statement), values)]


def usual_seconds_by_step(connection: sa.Connection, night: Night, nights: int) -> Mapping[str, tuple[float, int]]:
    """The median duration of each step in the published `nights` nights before this one, and of how many it is."""
    statement = """SELECT step, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median, count(*) AS nights
        FROM scoring.run_step JOIN scoring.publication USING (run_id) JOIN scoring.run USING (run_id, night)
        WHERE night BETWEEN :first AND :last AND in_chain AND superseded_at IS NULL AND skipped IS NULL GROUP BY step"""
    rows = connection.execute(sa.text(statement), {"first": night.back(nights).day, "last": night.back(1).day})
    return {row.step: (float(row.median), int(row.nights)) for row in rows}
