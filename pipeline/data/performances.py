"""What scores promised and what labels said of them later, each entered once and never changed."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data.partitions import Partition

PROMISED = ("expected_frauds", "expected_precision", "expected_recall")
FIGURES = ("average_precision", "roc_auc", "card_precision", "precision", "recall", "amount_caught", "predicted_ratio")
COUNTS = {"rows": "row_count", "frauds": "frauds", "alerts": "alerts"}  # figure and column
COLUMNS = COUNTS | {f"{name}{bound}": f"{name}{bound}".replace(".", "_") for name in FIGURES for bound in ("", ".low", ".high")}


def unpromised(connection: sa.Connection, run_id: int) -> bool:
    """Whether a run was published whose promise was not entered."""
    statement = """SELECT EXISTS (SELECT FROM scoring.publication WHERE run_id = :run_id)
        AND NOT EXISTS (SELECT FROM scoring.promise WHERE run_id = :run_id)"""
    return bool(connection.scalar(sa.text(statement), {"run_id": run_id}))


def promise(connection: sa.Connection, served: Partition, figures: Mapping[str, float]) -> None:
    """Enter what a published run promises; a promise that stands already stays."""
    statement = """INSERT INTO scoring.promise (run_id, night, expected_frauds, expected_precision, expected_recall)
        VALUES (:run_id, :night, :expected_frauds, :expected_precision, :expected_recall) ON CONFLICT DO NOTHING"""
    fixed = {"run_id": served.run_id, "night": served.night.day}
    connection.execute(sa.text(statement), {**fixed, **{name: _known(figures[name]) for name in PROMISED}})


def promised(connection: sa.Connection, run_id: int) -> tuple[float, float | None] | None:
    """The frauds and the precision of the alerts that a run promised; None where it promised nothing."""
    statement = "SELECT expected_frauds, expected_precision FROM scoring.promise WHERE run_id = :run_id"
    row = connection.execute(sa.text(statement), {"run_id": run_id}).one_or_none()
    return None if row is None else (row.expected_frauds, row.expected_precision)


def unmeasured(connection: sa.Connection, nights: Iterable[Night], known_through: Night) -> list[Partition]:
    """The current publications of these nights that were not measured with the labels known through a night, in order."""
    statement = """SELECT night, run_id FROM scoring.publication
        WHERE superseded_at IS NULL AND night = ANY(:nights) AND NOT EXISTS (
            SELECT FROM scoring.performance AS made WHERE made.run_id = publication.run_id AND made.known_through = :known_through)
        ORDER BY night"""
    values = {"nights": [night.day for night in nights], "known_through": known_through.day}
    return [Partition(Night(row.night), row.run_id) for row in connection.execute(sa.text(statement), values)]


def enter(connection: sa.Connection, served: Partition, known_through: Night, measured_by: int, figures: Mapping[str, float]) -> None:
    """Enter what the labels known through a night say of a run; a measurement that stands already stays."""
    names = ["run_id", "night", "known_through", "measured_by", *COLUMNS.values()]
    statement = f"""INSERT INTO scoring.performance ({", ".join(names)}) VALUES ({", ".join(f":{name}" for name in names)})
        ON CONFLICT DO NOTHING"""  # noqa: S608  # names are ours
    fixed = {"run_id": served.run_id, "night": served.night.day, "known_through": known_through.day, "measured_by": measured_by}
    connection.execute(sa.text(statement), {**fixed, **{column: _known(figures[name]) for name, column in COLUMNS.items()}})


@dataclass(frozen=True)
class MaturedRow:
    """A measured night as the report shows it: newest figures beside the promise; None where a figure is unknown."""

    night: dt.date
    model_version: str
    known_through: dt.date
    frauds: int
    average_precision: float | None
    average_precision_low: float | None
    average_precision_high: float | None
    recall: float | None
    amount_caught: float | None
    predicted_ratio: float | None
    expected_precision: float | None
    precision: float | None


def newest(connection: sa.Connection, known_through: Night, nights: int) -> list[MaturedRow]:
    """The last `nights` measured nights, newest first, by what was known through a night."""
    statement = """
        SELECT DISTINCT ON (performance.night)
            performance.night, model_version, performance.known_through, frauds,
            average_precision, average_precision_low, average_precision_high,
            recall, amount_caught, predicted_ratio, expected_precision, precision
        FROM scoring.performance
        JOIN scoring.run ON run.run_id = performance.run_id
        LEFT JOIN scoring.promise ON promise.run_id = performance.run_id
        WHERE performance.known_through <= :known_through AND in_chain
        ORDER BY performance.night DESC, performance.known_through DESC, performance.run_id DESC LIMIT :nights"""
    values = {"known_through": known_through.day, "nights": nights}
    return [MaturedRow(*row) for row in connection.execute(sa.text(statement), values)]


def _known(figure: float) -> float | None:
    return None if math.isnan(figure) else figure
