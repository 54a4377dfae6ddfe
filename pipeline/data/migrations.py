"""The schema `scoring`: numbered migrations applied once, in order, under a lock; views and roles as they stand in `sql/`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.errors import SourceContractError, UsageError
from pipeline.core.faults import reached
from pipeline.data.database import Database

SQL = Path(__file__).resolve().parents[2] / "sql"
INIT_LOCK = 0x6E69676874  # any number of ours; held only while the schema changes
VIEW_ORDER = (
    "begin_try",
    "hold_try",
    "lock_night",
    "lock_seals",
    "lock_entries",
    "lock_champions",
    "make_partition",
    "attach_partition",
    "champion_at",
    "current_prediction",
    "prediction_history",
    "require_kept",
    "prediction_as_of",
    "alert_reason",
    "alert",
    "night_summary",
    "model_scorecard",
    "decision_change",
    "what_if_prediction",
    "verdict",
    "alert_outcome",
    "score_calibration",
    "rejection",
)


@dataclass(frozen=True)
class Migration:
    """One numbered file of `sql/migrations`."""

    number: int
    name: str
    statements: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.statements.encode()).hexdigest()


def read_migrations(folder: Path = SQL / "migrations") -> tuple[Migration, ...]:
    """All migrations in order; a gap or a badly named file is a `UsageError`."""
    files = sorted(folder.glob("*.sql"))
    migrations = tuple(Migration(int(path.name[:4]), path.stem, path.read_text()) for path in files if re.match(r"\d{4}_", path.name))
    if [migration.number for migration in migrations] != list(range(1, len(files) + 1)):
        raise UsageError(
            f"{folder} must hold 0001_…sql, 0002_…sql and so on without a gap, but holds {', '.join(path.name for path in files)}"
        )
    return migrations


def migrate(database: Database, key: pa.DataType, migrations: Iterable[Migration] | None = None) -> list[str]:
    """Bring the schema to its newest form and return the names of what was applied now.

    `key` is the source's key type, which becomes the domain `scoring.transaction_key` for ever. An edited migration and a
    source whose key type changed are refused.
    """
    if not database.is_postgresql:
        raise UsageError(f"warehouse_url must name a PostgreSQL database, not {database.url.get_backend_name()}")
    with database.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": INIT_LOCK})
        _prepare(connection, "bigint" if pa.types.is_integer(key) else "text")
        _require_known(connection)
        applied = [_apply(connection, migration) for migration in (read_migrations() if migrations is None else migrations)]
        for path in (*(SQL / "views" / f"{view}.sql" for view in VIEW_ORDER), *sorted((SQL / "roles").glob("*.sql"))):
            run_script(connection, path.read_text())
    return [name for name in applied if name]


def _prepare(connection: sa.Connection, key: str) -> None:
    """The roles, the schema, its list of migrations, and the domain of the key."""
    run_script(connection, (SQL / "roles.sql").read_text())
    run_script(
        connection,
        """CREATE SCHEMA IF NOT EXISTS scoring;
        CREATE TABLE IF NOT EXISTS scoring.migration (
            number integer PRIMARY KEY,
            name text NOT NULL,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
        COMMENT ON SCHEMA scoring IS 'Predictions of the nightly pipeline. Analysts read its views.'""",
    )
    domain = (
        "SELECT format_type(typbasetype, NULL) FROM pg_type WHERE typname = 'transaction_key' AND typnamespace = 'scoring'::regnamespace"
    )
    found = connection.scalar(sa.text(domain))
    if found is None:
        run_script(connection, f"CREATE DOMAIN scoring.transaction_key AS {key}")
    elif found != key:
        raise SourceContractError(
            f"transaction_id is {key} in the source, but this warehouse was set up for {found}: use a new warehouse, or restore the column"
        )


def _apply(connection: sa.Connection, migration: Migration) -> str | None:
    recorded = connection.scalar(sa.text("SELECT sha256 FROM scoring.migration WHERE number = :number"), {"number": migration.number})
    if recorded == migration.checksum:
        return None
    if recorded is not None:
        raise UsageError(
            f"sql/migrations/{migration.name}.sql was edited after it was applied: restore it, and write the change as a new migration"
        )
    run_script(connection, migration.statements)
    insert = "INSERT INTO scoring.migration (number, name, sha256) VALUES (:number, :name, :sha256)"
    connection.execute(sa.text(insert), {"number": migration.number, "name": migration.name, "sha256": migration.checksum})
    reached("migration.applied")
    return migration.name


def run_script(connection: sa.Connection, statements: str) -> None:
    """Send statements of ours as they are: no bound values, so `%` and `:` mean themselves."""
    connection.exec_driver_sql(statements, execution_options={"no_parameters": True})


def _require_known(connection: sa.Connection) -> None:
    """Refuse a warehouse that a newer version has set up: what we do not know of it we would overlook, or put back."""
    newest = len(read_migrations())
    beyond = connection.scalar(sa.text("SELECT min(name) FROM scoring.migration WHERE number > :newest"), {"newest": newest})
    if beyond is not None:
        raise UsageError(f"this warehouse was set up by a newer version, which applied {beyond}: update nightshift here")


def schema_is_current(database: Database) -> bool:
    """Whether every migration, as it stands in `sql/` now, has been applied to the warehouse; one from a newer version is refused."""
    with database.begin() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('scoring.migration')")) is None:
            return False
        _require_known(connection)
        applied = set(connection.scalars(sa.text("SELECT sha256 FROM scoring.migration")))
    return applied >= {migration.checksum for migration in read_migrations()}
