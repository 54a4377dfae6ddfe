"""Models in the warehouse: every version, and who was champion when, on two time axes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.core.errors import UsageError
from pipeline.core.night import Night

COLUMNS = "version, night, view, learner, path, sha256, hmac, manifest, parent, training_seconds"


@dataclass(frozen=True)
class ModelRecord:
    """A row of `scoring.model_version`: what the signature covers, where the file lies, and what its training took (CPU seconds)."""

    version: str
    night: Night
    view: str
    learner: str
    path: str
    sha256: str
    hmac: str
    manifest: str
    parent: str | None
    training_seconds: float | None


@dataclass(frozen=True)
class Promotion:
    """A version made champion from `valid_from` on, as known from `assigned_at` on; where its rule fires, the night trains (`retrains`)."""

    version: str
    valid_from: dt.datetime
    assigned_at: dt.datetime
    assigned_by: str
    reason: str
    expires_when: str | None = None
    retrains: bool = False


def register(connection: sa.Connection, record: ModelRecord, reference: Mapping[str, Any] | None) -> None:
    """Enter a model version and the plain form of its reference; entering the same one twice changes nothing."""
    statement = f"""INSERT INTO scoring.model_version ({COLUMNS}, reference)
        VALUES (:version, :night, :view, :learner, :path, :sha256, :hmac, :manifest, :parent, :training_seconds, cast(:reference AS jsonb))
        ON CONFLICT (version) DO NOTHING"""  # noqa: S608  # COLUMNS is ours
    values = {**vars(record), "night": record.night.day, "reference": None if reference is None else json.dumps(reference, allow_nan=False)}
    connection.execute(sa.text(statement), values)


def reference(connection: sa.Connection, version: str) -> Mapping[str, Any] | None:
    """The plain form of a version's reference; None where it was registered without one."""
    statement = "SELECT reference FROM scoring.model_version WHERE version = :version"
    found: Mapping[str, Any] | None = connection.scalar(sa.text(statement), {"version": version})
    return found


def model(connection: sa.Connection, version: str) -> ModelRecord:
    """The row of a version; an unknown one is a `UsageError`."""
    statement = f"SELECT {COLUMNS} FROM scoring.model_version WHERE version = :version"  # noqa: S608  # COLUMNS is ours
    row = connection.execute(sa.text(statement), {"version": version}).one_or_none()
    if row is None:
        raise UsageError(f"there is no model '{version}': 'nightshift models' lists them")
    return ModelRecord(row.version, Night(row.night), *row[2:])


def promote(connection: sa.Connection, promotion: Promotion) -> None:
    """Append a promotion."""
    statement = """INSERT INTO scoring.champion (kind, version, valid_from, assigned_at, assigned_by, reason, expires_when, retrains)
        VALUES ('promotion', :version, :valid_from, :assigned_at, :assigned_by, :reason, :expires_when, :retrains)"""
    connection.execute(sa.text(statement), asdict(promotion))


def withdraw(connection: sa.Connection, version: str, at: dt.datetime, by: str, reason: str) -> None:
    """Append a withdrawal: from `at` on, whoever was champion before the version's promotions is champion again."""
    statement = """INSERT INTO scoring.champion (kind, version, valid_from, assigned_at, assigned_by, reason)
        VALUES ('withdrawal', :version, :at, :at, :by, :reason)"""
    connection.execute(sa.text(statement), {"version": version, "at": at, "by": by, "reason": reason})


def by_run(run_id: int) -> str:
    """Who assigned, where it was a run."""
    return f"run {run_id}"


def withdrawn_by(connection: sa.Connection, night: Night) -> list[tuple[str, str]]:
    """The versions that the runs of a night withdrew, each with its reason, in order: a night run again tells what it told before."""
    statement = """SELECT version, reason FROM scoring.champion
        WHERE kind = 'withdrawal' AND assigned_by IN (SELECT 'run ' || run_id FROM scoring.run WHERE night = :night)
        GROUP BY version, reason ORDER BY min(assignment_id)"""
    return [(row.version, row.reason) for row in connection.execute(sa.text(statement), {"night": night.day})]


def champion_at(
    connection: sa.Connection, valid_at: dt.datetime, known_at: dt.datetime, withdrawals: dt.datetime | None = None
) -> Promotion | None:
    """Who was champion just before `valid_at`, as known at `known_at`; withdrawals made later count up to `withdrawals`."""
    statement = "SELECT * FROM scoring.champion_at(:valid_at, :known_at, :withdrawals)"
    row = connection.execute(sa.text(statement), {"valid_at": valid_at, "known_at": known_at, "withdrawals": withdrawals}).one_or_none()
    return None if row is None else Promotion(*row)


def champion(connection: sa.Connection, night: Night, withdrawals: dt.datetime | None = None) -> Promotion | None:
    """The champion of a night, as known at its end."""
    return champion_at(connection, night.end, night.end, withdrawals)


def any_promotion(connection: sa.Connection, night: Night) -> bool:
    """Whether some model was ever promoted before the end of a night, withdrawn since or not."""
    statement = """SELECT EXISTS (SELECT FROM scoring.champion
        WHERE kind = 'promotion' AND valid_from < :end AND assigned_at <= :end)"""
    return bool(connection.scalar(sa.text(statement), {"end": night.end}))


def first_promotion(connection: sa.Connection) -> Promotion | None:
    """The first champion that there ever was."""
    statement = """SELECT version, valid_from, assigned_at, assigned_by, reason, expires_when, retrains FROM scoring.champion
        WHERE kind = 'promotion' ORDER BY valid_from, assigned_at, assignment_id LIMIT 1"""
    row = connection.execute(sa.text(statement)).one_or_none()
    return None if row is None else Promotion(*row)


@dataclass(frozen=True)
class Made:
    """A night's publication by some model, current or superseded."""

    night: Night
    run_id: int
    published_at: dt.datetime
    current: bool
    alerts: int


def publications_of(connection: sa.Connection, version: str) -> list[Made]:
    """The publications that a model made, by night."""
    statement = """SELECT publication.night, run_id, published_at, superseded_at IS NULL, alert_count
        FROM scoring.publication JOIN scoring.run USING (run_id) WHERE model_version = :version ORDER BY publication.night, published_at"""
    return [Made(Night(row[0]), *row[1:]) for row in connection.execute(sa.text(statement), {"version": version})]


@dataclass(frozen=True)
class Listed:
    """A line of `nightshift models`."""

    version: str
    night: Night
    learner: str
    champion: bool
    promotions: int
    withdrawn: bool
    training_seconds: float | None


def listed(connection: sa.Connection, now: dt.datetime) -> list[Listed]:
    """Every model, newest first; `champion` is who stands now."""
    statement = """
        SELECT model.version, model.night, model.learner,
            model.version = (SELECT version FROM scoring.champion_at(:now, :now)) AS is_champion,
            count(*) FILTER (WHERE champion.kind = 'promotion') AS promotions,
            coalesce((array_agg(champion.kind ORDER BY champion.assigned_at DESC, champion.assignment_id DESC))[1] = 'withdrawal', false),
            model.training_seconds
        FROM scoring.model_version AS model LEFT JOIN scoring.champion USING (version)
        GROUP BY model.version ORDER BY model.night DESC, model.recorded_at DESC"""
    rows = connection.execute(sa.text(statement), {"now": now})
    return [Listed(row[0], Night(row[1]), row[2], bool(row[3]), *row[4:]) for row in rows]
