"""Predictions: appended by run into a partition of their own, published by flipping a pointer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa
from psycopg.errors import CheckViolation, NotNullViolation

from pipeline.core.errors import NoModelError, StaleRunError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data.copying import copy_into
from pipeline.data.database import Database
from pipeline.data.partitions import Partition, attach, make, with_run
from pipeline.data.readers import await_planned
from pipeline.data.runs import lock_night, set_state


@dataclass(frozen=True)
class Origin:
    """What scores were made of: a model and a seal of features (None: of no seal, in a test of publishing alone)."""

    model_version: str
    features_seal: int | None


def stage(warehouse: Database, plan: Plan, origin: Origin, scores: pa.Table) -> None:
    """Load a run's scores into its own partition, invisible to analysts until published; a repeated try begins anew.

    The database refuses a score that is no probability (`NoModelError`): no gate looks for one.
    """
    partition = Partition(plan.night, plan.run_id)
    with warehouse.begin() as connection:
        make(connection, partition)
    if scores.num_rows:
        with warehouse.begin() as connection, _refusing(plan, origin.model_version):
            copy_into(connection, f"scoring.{partition.name}", with_run(plan, scores))
    with warehouse.begin() as connection:
        attach(connection, partition)
        made_of = "UPDATE scoring.run SET model_version = :model_version, features_seal = :features_seal WHERE run_id = :run_id"
        connection.execute(sa.text(made_of), {**vars(origin), "run_id": plan.run_id})


@contextmanager
def _refusing(plan: Plan, model_version: str) -> Iterator[None]:
    """Say whose scores the constraints of the table refuse: below 0, above 1, NaN or missing."""
    try:
        yield
    except (CheckViolation, NotNullViolation):
        raise NoModelError(
            f"model {model_version} gives a score that is no probability (0 to 1): the warehouse refuses its scores of night {plan.night}, "
            "nothing is staged; look at the model"
        ) from None


def publish(warehouse: Database, plan: Plan) -> bool:
    """Make the run's staged rows what analysts see, in one transaction; False where they are that already."""
    await_planned(warehouse)
    with warehouse.begin() as connection:
        lock_night(connection, plan)
        if current_run(connection, plan.night) == plan.run_id:
            return False
        if plan.scheduled:
            _refuse_withdrawn(connection, plan)
        values = {"night": plan.night.day, "run_id": plan.run_id}
        moment = connection.scalar(sa.text(MOMENT), values)
        connection.execute(
            sa.text("UPDATE scoring.publication SET superseded_at = :moment WHERE night = :night AND superseded_at IS NULL"),
            {**values, "moment": moment},
        )
        connection.execute(sa.text(PUBLISH), {**values, "moment": moment})
        set_state(connection, plan.run_id, "published")
    return True


# Behind every publication of the night before it, also where the server's clock was set back since: one ends as the next begins.
MOMENT = """
    SELECT greatest(clock_timestamp(), max(published_at) + interval '1 microsecond') FROM scoring.publication WHERE night = :night"""

PUBLISH = """
    INSERT INTO scoring.publication (night, run_id, row_count, alert_count, published_at)
    SELECT :night, :run_id, count(*), count(alert_rank), :moment FROM scoring.prediction WHERE night = :night AND run_id = :run_id"""


@dataclass(frozen=True)
class Standing:
    """What stands in a run's partition: how many rows, `server_hashes.sum_of_rows` of them, and the lowest score of an alert."""

    rows: int
    checksum: int
    alert_line: float | None


def standing(connection: sa.Connection, partition: Partition, key: pa.DataType) -> Standing:
    """Counted by the server, in 0.2 CPU seconds a million rows, where handing them over takes both sides 1.1."""
    hashed = "hashtextextended(transaction_id, 0)" if key == pa.string() else "hashint8extended(transaction_id, 0)"
    statement = f"""SELECT count(*), coalesce(sum(hashfloat8extended(score, {hashed})), 0), min(score) FILTER (WHERE alert_rank IS NOT NULL)
        FROM scoring.{partition.name}"""  # noqa: S608  # a date and a number
    rows, checksum, alert_line = connection.execute(sa.text(statement)).one()
    return Standing(rows, int(checksum) % 2**64, alert_line)


@dataclass(frozen=True)
class Sums:
    """What all scores of a run add up to, those of its alerts, and how many alerts there are."""

    scores: float
    of_alerts: float
    alerts: int


def sums(connection: sa.Connection, partition: Partition) -> Sums:
    """Added up by the server, in the order in which rows were staged."""
    statement = f"""SELECT coalesce(sum(score), 0), coalesce(sum(score) FILTER (WHERE alert_rank IS NOT NULL), 0), count(alert_rank)
        FROM scoring.{partition.name}"""  # noqa: S608  # a date and a number
    return Sums(*connection.execute(sa.text(statement)).one())


def counted(connection: sa.Connection, nights: int) -> list[tuple[Night, int, int]]:
    """Of the newest published nights: how many rows were published, and how many are there."""
    statement = """SELECT night, row_count, (
            SELECT count(*) FROM scoring.prediction WHERE prediction.night = publication.night AND prediction.run_id = publication.run_id
        ) FROM scoring.publication WHERE superseded_at IS NULL ORDER BY night DESC LIMIT :nights"""
    return [(Night(day), rows, there) for day, rows, there in connection.execute(sa.text(statement), {"nights": nights})]


def staged(warehouse: Database, partition: Partition) -> pa.Table:
    """A run's rows as they stand in the warehouse, by transaction: `names.scores_schema`."""
    with warehouse.arrow() as carrier, carrier.cursor() as cursor:
        columns = "transaction_id, occurred_at, score, alert_rank"
        cursor.execute(f"SELECT {columns} FROM scoring.{partition.name} ORDER BY transaction_id")  # noqa: S608  # a date and a number
        return cursor.fetch_arrow_table()


def current_run(connection: sa.Connection, night: Night) -> int | None:
    """The run that analysts see of a night; None where it is not published."""
    statement = sa.text("SELECT run_id FROM scoring.publication WHERE night = :night AND superseded_at IS NULL")
    found: int | None = connection.scalar(statement, {"night": night.day})
    return found


def published_version(connection: sa.Connection, night: Night) -> str | None:
    """The model of the night's first publication as-of: the night keeps it whenever it runs so again."""
    statement = """SELECT run.model_version FROM scoring.publication JOIN scoring.run USING (run_id)
        WHERE publication.night = :night AND run.in_chain ORDER BY publication_id LIMIT 1"""
    found: str | None = connection.scalar(sa.text(statement), {"night": night.day})
    return found


def _refuse_withdrawn(connection: sa.Connection, plan: Plan) -> None:
    """Keep a night from its first publication where its model was withdrawn after it scored, since the night would keep that model."""
    connection.execute(sa.text("SELECT scoring.lock_champions()"))  # whoever withdraws sees this publication, or is seen by it
    statement = """SELECT model_version FROM scoring.run
        WHERE run_id = :run_id AND NOT EXISTS (SELECT FROM scoring.publication WHERE night = :night)
            AND model_version IS DISTINCT FROM (SELECT version FROM scoring.champion_at(:end, :end, clock_timestamp()))"""
    values = {"run_id": plan.run_id, "night": plan.night.day, "end": plan.night.end}
    version = connection.scalar(sa.text(statement), values)
    if version is not None:
        raise StaleRunError(
            f"run {plan.run_id} of night {plan.night} scored with {version}, which was withdrawn since: "
            "nothing is published, start a new run of the night"
        )
