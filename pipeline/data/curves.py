"""The curves of measured nights, each point entered once beside the figures of its measurement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data.partitions import Partition

PRECISION_RECALL, RELIABILITY = "precision_recall", "reliability"
Triple = tuple[float, int, int]  # score, rows, frauds


def enter(connection: sa.Connection, served: Partition, known_through: Night, curve: str, points: Iterable[Triple]) -> None:
    """Enter a curve of a measurement, in order; points that stand already stay."""
    statement = """INSERT INTO scoring.performance_curve (run_id, known_through, night, curve, position, score, row_count, frauds)
        VALUES (:run_id, :known_through, :night, :curve, :position, :score, :row_count, :frauds) ON CONFLICT DO NOTHING"""
    fixed = {"run_id": served.run_id, "known_through": known_through.day, "night": served.night.day, "curve": curve}
    rows = [
        {**fixed, "position": position, "score": score, "row_count": row_count, "frauds": frauds}
        for position, (score, row_count, frauds) in enumerate(points, start=1)
    ]
    if rows:
        connection.execute(sa.text(statement), rows)


@dataclass(frozen=True)
class StoredCurves:
    """The newest curves of a night; points as (score, rows, frauds), in order."""

    night: dt.date
    known_through: dt.date
    precision_recall: tuple[Triple, ...]
    reliability: tuple[Triple, ...]


def newest(connection: sa.Connection, known_through: Night, nights: int) -> list[StoredCurves]:
    """The curves of the last `nights` nights that have any, newest first, by what was known through a night."""
    statement = """
        WITH measured AS (
            SELECT DISTINCT ON (told.night) told.night, run_id, told.known_through
            FROM scoring.performance_curve AS told JOIN scoring.run USING (run_id)
            WHERE told.known_through <= :known_through AND in_chain
            ORDER BY told.night DESC, told.known_through DESC, run_id DESC LIMIT :nights)
        SELECT night, known_through, curve, score, row_count, frauds
        FROM measured JOIN scoring.performance_curve USING (night, run_id, known_through) ORDER BY night DESC, curve, position"""
    points: dict[tuple[dt.date, dt.date], dict[str, list[Triple]]] = {}
    for row in connection.execute(sa.text(statement), {"known_through": known_through.day, "nights": nights}):
        curves = points.setdefault((row.night, row.known_through), {PRECISION_RECALL: [], RELIABILITY: []})
        curves[row.curve].append((row.score, row.row_count, row.frauds))
    return [StoredCurves(*key, tuple(curves[PRECISION_RECALL]), tuple(curves[RELIABILITY])) for key, curves in points.items()]
