"""Retention: runs that nobody needs any more are entered as pruned, then their partitions are dropped; a reader waits 50 ms at most."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.errors import BusyError
from pipeline.core.night import Night
from pipeline.data.database import LOCK_NOT_AVAILABLE, Database
from pipeline.data.partitions import execute

PATIENCE = 20.0  # seconds that a table waits for its readers
QUEUED = "50ms"  # how long whoever asks about the night may wait for a drop that waits for others
REST = 0.2  # seconds
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Retention:
    """How long superseded rows are kept, and the instant up to which what ended is dropped: `keep` before now."""

    keep: dt.timedelta
    before: dt.datetime

    @classmethod
    def of(cls, keep: dt.timedelta, now: dt.datetime) -> Retention:
        """A span that reaches behind 1970 keeps everything: there is no night before it."""
        return cls(keep, now - min(keep, now - EPOCH))


@dataclass(frozen=True)
class Prunable:
    """A run whose rows may go: why, how many predictions, and the bytes of its partitions."""

    night: Night
    run_id: int
    why: str
    rows: int
    bytes: int


PRUNABLE = r"""
    WITH held AS (
        SELECT cast(told[2] AS bigint) AS run_id, sum(pg_total_relation_size(relation.oid)) AS bytes,
            max(relname) FILTER (WHERE told[1] = 'prediction') AS predictions
        FROM pg_class AS relation CROSS JOIN LATERAL regexp_match(relname, '^(prediction|reason)_\d{8}_r(\d+)$') AS told
        WHERE relnamespace = cast('scoring' AS regnamespace) AND told IS NOT NULL
        GROUP BY told[2]
    ), ended AS (
        SELECT run.night, run.run_id, published_at, superseded_at, row_count, bytes, predictions,
            CASE
                WHEN publication.run_id IS NOT NULL THEN 'superseded'
                WHEN run.state = 'kept' THEN 'kept beside'
                WHEN run.state = 'stopped' OR (run.publishes AND owner.run_id <> run.run_id) THEN 'never published'
            END AS why,
            CASE WHEN publication.run_id IS NOT NULL THEN superseded_at ELSE coalesce(finished_at, started_at) END AS ended_at
        FROM held
        JOIN scoring.run USING (run_id)
        LEFT JOIN scoring.publication USING (run_id)
        LEFT JOIN scoring.night_owner AS owner ON owner.night = run.night
        WHERE NOT EXISTS (SELECT FROM scoring.pruned_run WHERE pruned_run.run_id = run.run_id)
    )
    SELECT * FROM ended
    WHERE why IS NOT NULL AND ended_at <= :before AND night = coalesce(cast(:night AS date), night) ORDER BY night, run_id"""

LEFT_OVER = """
    SELECT relname
    FROM scoring.pruned_run AS pruned CROSS JOIN (VALUES ('prediction'), ('reason')) AS filled (base)
    JOIN pg_class ON relnamespace = 'scoring'::regnamespace AND relname = format('%s_%s_r%s', base, to_char(night, 'YYYYMMDD'), run_id)
    WHERE NOT EXISTS (SELECT FROM scoring.publication WHERE run_id = pruned.run_id AND superseded_at IS NULL)
    ORDER BY night, run_id, base"""

ENTER = """
    INSERT INTO scoring.pruned_run (run_id, night, why, published_at, superseded_at, row_count, byte_count, keep_superseded)
    SELECT :run_id, :night, :why, published_at, superseded_at, :rows, :bytes, :keep
    FROM (VALUES (1)) AS once LEFT JOIN scoring.publication ON run_id = :run_id"""


@contextmanager
def alone(warehouse: Database) -> Iterator[None]:
    """One prune at a time; a run that asks whether it was pruned waits for nobody."""
    with warehouse.begin_long() as connection:
        execute(connection, "LOCK TABLE scoring.pruned_run IN SHARE UPDATE EXCLUSIVE MODE")
        yield


def prunable(connection: sa.Connection, retention: Retention, night: Night | None = None) -> list[Prunable]:
    """Runs that ended before the retention and whose rows are still there, of all nights or of one; never a current publication."""
    found = connection.execute(sa.text(PRUNABLE), {"before": retention.before, "night": night and night.day}).all()
    return [Prunable(Night(row.night), row.run_id, row.why, _rows(connection, row), int(row.bytes)) for row in found]


def _rows(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> int:
    """As published, or counted where they never were."""
    if row.row_count is not None or row.predictions is None:
        return int(row.row_count or 0)
    counted = f"SELECT count(*) FROM scoring.{row.predictions}"  # noqa: S608  # a date and a number
    return int(connection.exec_driver_sql(counted).scalar_one())


def enter(warehouse: Database, retention: Retention) -> list[Prunable]:
    """Write down which runs are dropped, night by night under the night's lock; from then on `prediction_as_of` refuses their moments."""
    with warehouse.begin() as connection:
        nights = sorted({run.night for run in prunable(connection, retention)})
    return [run for night in nights for run in _enter_night(warehouse, retention, night)]


def _enter_night(warehouse: Database, retention: Retention, night: Night) -> list[Prunable]:
    with warehouse.begin() as connection:
        connection.execute(sa.text("SELECT FROM scoring.night_owner WHERE night = :night FOR UPDATE"), {"night": night.day})
        found = prunable(connection, retention, night)  # anew: what was stopped may have been published meanwhile
        for run in found:
            connection.execute(sa.text(ENTER), {**vars(run), "night": night.day, "keep": retention.keep})
    return found


def drop(warehouse: Database, patience: float = PATIENCE) -> int:
    """Drop what pruned runs left behind, also where an earlier prune was interrupted; returns how many tables.

    A reader that is under way keeps its rows until its transaction ends, and is waited for, so many seconds a table: then it is a
    `BusyError`.
    """
    with warehouse.begin() as connection:
        left = list(connection.exec_driver_sql(LEFT_OVER, execution_options={"no_parameters": True}).scalars())
    with warehouse.idle() as connection:
        execute(connection, f"SET lock_timeout = '{QUEUED}'")
        try:
            for table in left:
                _drop(connection, table, patience)
        finally:
            execute(connection, "RESET lock_timeout")
    return len(left)


def _drop(connection: sa.Connection, table: str, patience: float) -> None:
    """Whoever comes while a drop queues behind a reader waits for it too, so it queues for a moment only, and again after a rest.

    No `DETACH … CONCURRENTLY`, which never queues: while it ran, PostgreSQL 18 answered queries of a night without rows of its other runs.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            execute(connection, f"DROP TABLE scoring.{table}")
            return
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
        if time.monotonic() > deadline:
            raise _busy(table, patience)
        time.sleep(REST)


def _busy(table: str, patience: float) -> BusyError:
    return BusyError(
        f"a query that began earlier still reads beside {table} after {patience:g} s: what was dropped is dropped, the rest is no longer "
        "shown; run 'nightshift prune' again when it has ended"
    )
