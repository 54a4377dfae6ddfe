"""Models in the warehouse: every version, who was champion when, and the ledger of training."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night


@dataclass(frozen=True)
class ModelRecord:
    """A row of `scoring.model_version`: what the signature covers, and where the file lies."""

    version: str
    night: Night
    view: str
    learner: str
    path: str
    sha256: str
    hmac: str
    manifest: str


def register(connection: sa.Connection, record: ModelRecord) -> None:
    """Enter a model version; entering the same one twice changes nothing."""
    statement = """INSERT INTO scoring.model_version (version, night, view, learner, path, sha256, hmac, manifest)
        VALUES (:version, :night, :view, :learner, :path, :sha256, :hmac, :manifest) ON CONFLICT (version) DO NOTHING"""
    connection.execute(sa.text(statement), {**vars(record), "night": record.night.day})


def model(connection: sa.Connection, version: str) -> ModelRecord:
    """The row of a version."""
    statement = "SELECT version, night, view, learner, path, sha256, hmac, manifest FROM scoring.model_version WHERE version = :version"
    row = connection.execute(sa.text(statement), {"version": version}).one()
    return ModelRecord(row.version, Night(row.night), *row[2:])


def assign(connection: sa.Connection, version: str, valid_from: dt.datetime, assigned_at: dt.datetime, reason: str) -> None:
    """Make a version champion from `valid_from` on, as known from `assigned_at` on."""
    statement = (
        "INSERT INTO scoring.champion (version, valid_from, assigned_at, reason) VALUES (:version, :valid_from, :assigned_at, :reason)"
    )
    connection.execute(sa.text(statement), {"version": version, "valid_from": valid_from, "assigned_at": assigned_at, "reason": reason})


def champion(connection: sa.Connection, night: Night) -> str | None:
    """The champion of a night: the latest assignment with valid_from < end and assigned_at <= end."""
    statement = """SELECT version FROM scoring.champion WHERE valid_from < :end AND assigned_at <= :end
        ORDER BY valid_from DESC, assigned_at DESC, assignment_id DESC LIMIT 1"""
    version: str | None = connection.scalar(sa.text(statement), {"end": night.end})
    return version


def champion_after(connection: sa.Connection, night: Night) -> str | None:
    """The champion that the night after this one will find, as far as it is known."""
    return champion(connection, night.next())


def enter(connection: sa.Connection, run_id: int, night: Night, outcome: str, reason: str, version: str | None = None) -> None:
    """Enter what training did for a night."""
    statement = """INSERT INTO scoring.training_ledger (night, outcome, version, reason, run_id)
        VALUES (:night, :outcome, :version, :reason, :run_id)"""
    connection.execute(sa.text(statement), {"night": night.day, "outcome": outcome, "version": version, "reason": reason, "run_id": run_id})


def entered(connection: sa.Connection, night: Night) -> str | None:
    """The outcome that stands in the ledger for a night; None where nothing was entered."""
    statement = "SELECT outcome FROM scoring.training_ledger WHERE night = :night ORDER BY entry_id DESC LIMIT 1"
    outcome: str | None = connection.scalar(sa.text(statement), {"night": night.day})
    return outcome


def lock_training(connection: sa.Connection) -> None:
    """One training at a time; held until the transaction ends."""
    connection.execute(sa.text("LOCK TABLE scoring.training_ledger IN SHARE ROW EXCLUSIVE MODE"))
