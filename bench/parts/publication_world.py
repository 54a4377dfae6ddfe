"""A warehouse of many published nights, and beside it the two tables that others fill: a bare one, and a big one of all nights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.core.night import Night
from pipeline.core.plan import Asked, Known, Plan, Request, resolve
from pipeline.data import predictions, runs, server
from pipeline.data.database import Database
from pipeline.data.migrations import migrate, run_script
from pipeline.data.names import scores_schema
from pipeline.data.predictions import Origin

FIRST = Night(dt.date(2026, 1, 1))
MODEL = "m"
ALERTS = 100
FORMATS = ("text", "binary")
COLUMNS = "night, run_id, transaction_id, occurred_at, score, alert_rank"
THEIRS = """
    INSERT INTO scoring.model_version SELECT 'm', '2025-01-01', 'v', 'l', 'p', repeat('0', 64), repeat('0', 64), '{}';
    CREATE TABLE bare AS SELECT * FROM scoring.prediction;
    CREATE TABLE big (LIKE scoring.prediction INCLUDING CONSTRAINTS);"""
KEYED = "CREATE UNIQUE INDEX ON big (night, transaction_id); ANALYZE big"


@dataclass(frozen=True)
class World:
    """The newest of the nights is published again; the rows of one publication lie in a file of each format."""

    database: Database
    nights: int
    rows: int
    folder: Path

    def file(self, form: str) -> Path:
        return self.folder / f"rows.{form}"

    @property
    def night(self) -> Night:
        return FIRST.back(1 - self.nights)

    @property
    def other_night(self) -> Night:
        return FIRST

    @property
    def url(self) -> str:
        return self.database.url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def world(home: Path, nights: int, rows: int, other_rows: int) -> Iterator[World]:
    """Server, schema and all nights, published; the last with `rows` rows, the others with `other_rows`."""
    started = server.start(home / "server")
    database = Database(server.create_database(started, "publish"), "warehouse")
    try:
        migrate(database, pa.int64())
        made = World(database, nights, rows, started.data)  # a folder in which the server may write
        _script(made, THEIRS)
        for place in range(nights):
            publish(made, FIRST.back(-place), rows if place == nights - 1 else other_rows)
        _script(made, f"INSERT INTO big ({COLUMNS}) SELECT {COLUMNS} FROM scoring.prediction; {KEYED}")
        for form in FORMATS:
            last = f"SELECT {COLUMNS} FROM scoring.prediction WHERE night = '{made.night}'"
            _script(made, f"COPY ({last}) TO '{made.file(form)}' (FORMAT {form})")
        yield made
    finally:
        database.engine.dispose()
        server.stop(home / "server")


def publish(made: World, night: Night, rows: int) -> None:
    plan = opened(made, night)
    predictions.stage(made.database, plan, Origin(MODEL, None), scores(night, rows))
    predictions.publish(made.database, plan)


def opened(made: World, night: Night) -> Plan:
    knowledge = resolve(night, Asked(), Known(dt.datetime(2100, 1, 1, tzinfo=dt.UTC)))
    with made.database.begin() as connection:
        run_id = runs.open_run(
            connection, Request(night, "as-of", None, knowledge, scheduled=False, requested_by="bench", backtestable=True)
        )
        return runs.plan_of(connection, run_id)


def scores(night: Night, rows: int) -> pa.Table:
    """As the scoring step hands them over, by transaction: keys 0 to `rows` - 1, arrived evenly over the night."""
    rng = np.random.default_rng(night.day.toordinal())
    score = rng.beta(0.3, 20.0, rows)
    rank = np.full(rows, 0)
    rank[np.argsort(-score)[:ALERTS]] = np.arange(1, min(ALERTS, rows) + 1)
    moments = np.datetime64(night.day, "us") + (np.arange(rows) * (86_400_000_000 // rows)).astype("timedelta64[us]")
    schema = scores_schema(pa.int64())
    columns = [
        pa.array(np.arange(rows)),
        pa.array(moments, pa.timestamp("us", "UTC")),
        pa.array(score),
        pa.array(rank, pa.int32(), mask=rank == 0),
    ]
    return (
        pa.table(dict(zip(("transaction_id", "occurred_at", "score", "alert_rank"), columns, strict=True)))
        .select(schema.names)
        .cast(schema)
    )


def _script(made: World, statements: str) -> None:
    with made.database.begin() as connection:
        run_script(connection, statements)
