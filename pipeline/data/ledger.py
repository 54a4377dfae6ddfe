"""The training ledger: what training did for each night, in order, and which night comes next.

The chain of models begins with the first night that was ever run. While no model exists, an earlier night that is run moves the beginning
back, and entries made without knowing of it are void. Once a model exists the beginning stays: nothing is trained in hindsight.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night

FOREVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
UNTRAINED = {"skipped", "failed"}  # outcomes that a mended night may try again, as long as no later night was trained


@dataclass(frozen=True)
class Entry:
    """What stands in the ledger for a night; `version` is the challenger that was trained, promoted or not."""

    night: Night
    outcome: str
    version: str | None
    reason: str


@dataclass(frozen=True)
class Begun:
    """A night that was run; `passed`: some run of it passed its gates, so that its seals bind. `ended`: no run of it is under way."""

    night: Night
    passed: bool
    ended: bool


@dataclass(frozen=True)
class Ready:
    """The night that is to be trained next; `passed` is False for one that its gates stopped, `excluded`: it never ran and never will."""

    night: Night
    passed: bool
    excluded: bool = False


def lock_training(connection: sa.Connection) -> None:
    """One training at a time; held until the transaction ends, while others may still enter that they gave up waiting."""
    connection.execute(sa.text("SELECT FROM scoring.training_lock FOR UPDATE"))


def lock_entries(connection: sa.Connection) -> None:
    """One entry at a time, for a moment: whoever trained and whoever gave up waiting see each other's entry."""
    connection.execute(sa.text("SELECT scoring.lock_entries()"))


def enter(connection: sa.Connection, run_id: int, entry: Entry) -> None:
    """Append what training did for a night."""
    statement = """INSERT INTO scoring.training_ledger (night, outcome, version, reason, run_id, chain_from)
        VALUES (:night, :outcome, :version, :reason, :run_id, :chain_from)"""
    begins = begins_with(connection) or entry.night
    values = {"night": entry.night.day, "outcome": entry.outcome, "version": entry.version, "reason": entry.reason, "run_id": run_id}
    connection.execute(sa.text(statement), {**values, "chain_from": begins.day})


def begins_with(connection: sa.Connection) -> Night | None:
    """The first night of the chain; None where no night was ever run."""
    statement = """SELECT coalesce(
        (SELECT min(chain_from) FROM scoring.training_ledger WHERE version IS NOT NULL),
        (SELECT min(night) FROM scoring.run WHERE in_chain))"""
    day = connection.scalar(sa.text(statement))
    return None if day is None else Night(day)


def entries(connection: sa.Connection) -> dict[Night, Entry]:
    """The entry that counts for each night of the chain, in order."""
    statement = """SELECT DISTINCT ON (night) night, outcome, version, reason FROM scoring.training_ledger
        WHERE chain_from = :begins ORDER BY night, entry_id DESC"""
    begins = begins_with(connection)
    rows = connection.execute(sa.text(statement), {"begins": begins.day}) if begins else ()
    return {Night(row.night): Entry(Night(row.night), row.outcome, row.version, row.reason) for row in rows}


def begun(connection: sa.Connection) -> dict[Night, Begun]:
    """Every night that was ever run."""
    statement = """SELECT night, bool_or(state IN ('judged', 'published', 'unscored')) AS passed,
        (array_agg(state ORDER BY run_id DESC))[1] <> 'open' AS ended FROM scoring.run WHERE in_chain GROUP BY night"""
    return {Night(row.night): Begun(Night(row.night), row.passed, row.ended) for row in connection.execute(sa.text(statement))}


def next_ready(connection: sa.Connection) -> Ready | None:
    """The first night without an entry, if it is ready: it passed its gates, or was stopped and nobody is at it.

    None where all that is ready has been trained: up to date, or up to the first gap (`gap`).
    """
    night, ran = first_open(connection, entries(connection)), begun(connection)
    if night is None or night > max(ran):
        return None
    if night not in ran:
        return Ready(night, passed=False, excluded=True) if night in excluded(connection, FOREVER) else None
    return Ready(night, ran[night].passed) if ran[night].passed or ran[night].ended else None


def may_try_again(connection: sa.Connection, own: Night) -> bool:
    """Whether `own` has an entry but no challenger, passed its gates, and no later night has an entry: it may be trained after all."""
    done = entries(connection)
    return own in done and done[own].outcome in UNTRAINED and own == max(done) and begun(connection)[own].passed


def first_open(connection: sa.Connection, done: dict[Night, Entry]) -> Night | None:
    """The first night of the chain that has no entry."""
    night = begins_with(connection)
    while night is not None and night in done:
        night = night.next()
    return night


def gap(connection: sa.Connection, own: Night) -> Night | None:
    """The night before `own`, or `own` itself, at which training stands; None where `own` has its entry or lies before the chain."""
    begins, done = begins_with(connection), entries(connection)
    if begins is None or own < begins or own in done:
        return None
    return first_open(connection, done)


def trained_by(connection: sa.Connection, run_id: int) -> str | None:
    """The newest model that a run trained; None where it trained none."""
    statement = """SELECT version FROM scoring.training_ledger
        WHERE run_id = :run_id AND version IS NOT NULL ORDER BY entry_id DESC LIMIT 1"""
    found: str | None = connection.scalar(sa.text(statement), {"run_id": run_id})
    return found


def members(connection: sa.Connection) -> dict[Night, str]:
    """The challenger of each night of the chain that trained one, in order."""
    return {night: entry.version for night, entry in entries(connection).items() if entry.version is not None}


def exclude(connection: sa.Connection, night: Night, at: dt.datetime, by: str, reason: str) -> None:
    """Keep a night's transactions out of every training from `at` on."""
    statement = """INSERT INTO scoring.excluded_night (night, excluded_at, excluded_by, reason) VALUES (:night, :at, :by, :reason)"""
    connection.execute(sa.text(statement), {"night": night.day, "at": at, "by": by, "reason": reason})


def excluded(connection: sa.Connection, known_at: dt.datetime) -> frozenset[Night]:
    """The nights kept out, as known at an instant."""
    statement = "SELECT night FROM scoring.excluded_night WHERE excluded_at <= :known_at"
    return frozenset(Night(day) for day in connection.scalars(sa.text(statement), {"known_at": known_at}))
