"""What the report shows of a run, as it stands in the warehouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.core.plan import Plan


@dataclass(frozen=True)
class RunSummary:
    """A run's model and publication, and the transactions that were set aside for its night."""

    model_version: str | None
    published_at: dt.datetime | None
    rejections: tuple[tuple[str, int], ...]


def run_summary(connection: sa.Connection, plan: Plan) -> RunSummary:
    """The summary of a run."""
    statement = """SELECT run.model_version, publication.published_at FROM scoring.run LEFT JOIN scoring.publication USING (run_id)
        WHERE run.run_id = :run_id"""
    run = connection.execute(sa.text(statement), {"run_id": plan.run_id}).one()
    rejections = """SELECT reason, count(*) AS rows FROM scoring.rejected_transaction WHERE seal_id IN (
            SELECT DISTINCT ON (what) seal_id FROM scoring.seal WHERE night = :night AND what IN ('transactions', 'labels')
                AND (bound_at IS NOT NULL OR run_id = :run_id) ORDER BY what, (bound_at IS NULL), version DESC)
        GROUP BY reason ORDER BY count(*) DESC, reason"""
    found = connection.execute(sa.text(rejections), {"night": plan.night.day, "run_id": plan.run_id})
    return RunSummary(run.model_version, run.published_at, tuple((row.reason, row.rows) for row in found))


@dataclass(frozen=True)
class AlertRow:
    """An alert of a run, before its transaction is looked up; `reasons` in words, None until the run is what analysts see."""

    alert_rank: int
    transaction_id: int | str
    score: float
    reasons: str | None


def alerts(connection: sa.Connection, night: Night, run_id: int) -> list[AlertRow]:
    """The alerts of a run in rank order."""
    statement = """SELECT prediction.alert_rank, prediction.transaction_id, prediction.score, alert.reasons FROM scoring.prediction
        LEFT JOIN scoring.alert ON alert.night = prediction.night AND alert.run_id = prediction.run_id
            AND alert.transaction_id = prediction.transaction_id
        WHERE prediction.night = :night AND prediction.run_id = :run_id AND prediction.alert_rank IS NOT NULL
        ORDER BY prediction.alert_rank"""
    return [AlertRow(*row) for row in connection.execute(sa.text(statement), {"night": night.day, "run_id": run_id})]


def newest_run(connection: sa.Connection, night: Night) -> int | None:
    """The run that the night's report is about: the published one, else the newest."""
    statement = "SELECT run_id FROM scoring.night_summary WHERE night = :night"
    run_id: int | None = connection.scalar(sa.text(statement), {"night": night.day})
    return run_id
