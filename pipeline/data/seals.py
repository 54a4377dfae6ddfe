"""Seals: the rows of the warehouse that make files of the lake count."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from pipeline.core.errors import BusyError, GateError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data.lake import Stored
from pipeline.data.names import FEATURES, LABELS, TRANSACTIONS

COLUMNS = """seal_id, night, what, view, version, path, row_count, byte_count, sha256, source_checksum, source_rows,
    rejected_rows, collapsed_rows, late_rows, straggler_rows, verdict_rows, first_key, last_key, earliest, complete, figures, inputs,
    run_id, bound_at"""

BINDING_SOON = """SELECT DISTINCT ON (night, what, view) seal_id FROM scoring.seal AS mine
    WHERE run_id = :run_id AND (night = :night OR NOT EXISTS (SELECT FROM scoring.run WHERE run.night = mine.night))
        AND NOT EXISTS (SELECT FROM scoring.seal AS other
            WHERE other.night = mine.night AND other.what = mine.what AND other.view = mine.view AND other.bound_at IS NOT NULL)
    ORDER BY night, what, view, version DESC"""


RACED = """SELECT other.night FROM scoring.seal AS mine JOIN scoring.seal AS other
    ON other.what = mine.what AND other.night <> mine.night AND other.bound_at > mine.sealed_at
    WHERE mine.run_id = :run_id AND mine.night = :night AND mine.bound_at IS NULL
        AND (mine.straggler_rows > 0 AND other.straggler_rows > 0 OR EXISTS (
            SELECT transaction_id, reason FROM scoring.rejected_transaction WHERE seal_id = mine.seal_id AND occurred_at IS NULL
            INTERSECT
            SELECT transaction_id, reason FROM scoring.rejected_transaction WHERE seal_id = other.seal_id AND occurred_at IS NULL))
    LIMIT 1"""


@dataclass(frozen=True)
class Seal:
    """A sealed file: what it holds, for which night, and whether it binds."""

    seal_id: int
    night: Night
    what: str
    view: str
    version: int
    path: str
    row_count: int
    byte_count: int
    sha256: str
    source_checksum: str
    source_rows: int
    rejected_rows: int
    collapsed_rows: int
    late_rows: int
    straggler_rows: int
    verdict_rows: int
    first_key: str | None
    last_key: str | None
    earliest: dt.datetime | None
    complete: bool
    figures: Mapping[str, float | None]
    inputs: tuple[int, ...]
    run_id: int
    bound_at: dt.datetime | None

    @property
    def binds(self) -> bool:
        return self.bound_at is not None


@dataclass(frozen=True)
class Counted:
    """What a step knows of the rows it seals; `source_rows` = sealed + rejected + collapsed."""

    source_rows: int
    rejected_rows: int = 0
    collapsed_rows: int = 0
    late_rows: int = 0
    straggler_rows: int = 0
    verdict_rows: int = 0
    source_checksum: str = ""
    source_query: str = ""
    first_key: str | None = None
    last_key: str | None = None
    earliest: dt.datetime | None = None
    complete: bool = True
    figures: Mapping[str, float | None] = field(default_factory=dict)
    inputs: tuple[int, ...] = ()


def lock(connection: sa.Connection) -> None:
    """One extraction or binding at a time; held until the transaction ends."""
    connection.execute(sa.text("SELECT scoring.lock_seals()"))


def record(connection: sa.Connection, run_id: int, night: Night, what: str, stored: Stored, counted: Counted, view: str = "") -> Seal:
    """Enter a new version of a night's file, not yet binding; rows that do not add up are a `GateError`."""
    _require_balance(night, what, stored.rows, counted)
    lock(connection)  # two runs of a night at once would both count up to the same version
    statement = f"""
        INSERT INTO scoring.seal (
            night, what, view, version, path, row_count, byte_count, sha256, columns, source_query, source_checksum, source_rows,
            rejected_rows, collapsed_rows, late_rows, straggler_rows, verdict_rows, first_key, last_key, earliest, complete, figures,
            inputs, run_id)
        SELECT
            :night, :what, :view, 1 + coalesce(max(version), 0), :path, :rows, :bytes, :sha256, :columns, :source_query, :source_checksum,
            :source_rows, :rejected_rows, :collapsed_rows, :late_rows, :straggler_rows, :verdict_rows, :first_key, :last_key, :earliest,
            :complete, cast(:figures AS jsonb), :inputs, :run_id
        FROM scoring.seal WHERE night = :night AND what = :what AND view = :view
        RETURNING {COLUMNS}"""  # noqa: S608  # COLUMNS is ours
    values = {
        **vars(counted),
        **{name: getattr(stored, name) for name in ("path", "rows", "bytes", "sha256", "columns")},
        "figures": json.dumps(dict(counted.figures)),
        "inputs": list(counted.inputs),
    }
    row = connection.execute(sa.text(statement), {**values, "night": night.day, "what": what, "view": view, "run_id": run_id}).one()
    return _seal(row)


def _require_balance(night: Night, what: str, sealed: int, counted: Counted) -> None:
    """Every row that came was sealed, rejected or collapsed."""
    accounted = sealed + counted.rejected_rows + counted.collapsed_rows
    if accounted != counted.source_rows:
        raise GateError(
            f"night {night}, {what}: {counted.source_rows:,} rows came, but {sealed:,} sealed + {counted.rejected_rows:,} rejected + "
            f"{counted.collapsed_rows:,} collapsed = {accounted:,}: nothing was sealed, report it as a bug"
        )


def set_aside(connection: sa.Connection, seal: Seal) -> int:
    """How many rejected rows lie beside a seal."""
    statement = "SELECT count(*) FROM scoring.rejected_transaction WHERE seal_id = :seal_id"
    return int(connection.execute(sa.text(statement), {"seal_id": seal.seal_id}).scalar_one())


def describe(connection: sa.Connection, seal: Seal, figures: Mapping[str, float | None]) -> None:
    """Store the figures of a seal that does not bind yet."""
    statement = "UPDATE scoring.seal SET figures = cast(:figures AS jsonb) WHERE seal_id = :seal_id AND bound_at IS NULL"
    connection.execute(sa.text(statement), {"figures": json.dumps(dict(figures)), "seal_id": seal.seal_id})


def bound(connection: sa.Connection, what: str, first: Night, last: Night, view: str = "") -> list[Seal]:
    """Binding seals of the nights from `first` to `last`, in order."""
    where = "what = :what AND view = :view AND night BETWEEN :first AND :last AND bound_at IS NOT NULL ORDER BY night"
    return _select(connection, where, {"what": what, "view": view, "first": first.day, "last": last.day})


def every_bound(connection: sa.Connection) -> list[Seal]:
    """All binding seals, whatever they are of."""
    return _select(connection, "bound_at IS NOT NULL ORDER BY night, what, view", {})


def latest_bound(connection: sa.Connection, before: Night, nights: int) -> list[Seal]:
    """The last `nights` binding seals of transactions before a night, newest first."""
    where = "what = :what AND night < :night AND bound_at IS NOT NULL ORDER BY night DESC LIMIT :nights"
    return _select(connection, where, {"what": TRANSACTIONS, "night": before.day, "nights": nights})


def usable(connection: sa.Connection, run_id: int, what: str, first: Night, last: Night) -> list[Seal]:
    """For each night from `first` to `last` the binding seal, or the newest that the run made itself, in order."""
    where = """seal_id IN (SELECT DISTINCT ON (night) seal_id FROM scoring.seal
        WHERE what = :what AND view = '' AND night BETWEEN :first AND :last AND (bound_at IS NOT NULL OR run_id = :run_id)
        ORDER BY night, (bound_at IS NULL), version DESC) ORDER BY night"""
    return _select(connection, where, {"what": what, "first": first.day, "last": last.day, "run_id": run_id})


def of_ids(connection: sa.Connection, what: str, ids: Sequence[int]) -> list[Seal]:
    """Those of these seals that are of one kind, in the order of the nights."""
    return _select(connection, "seal_id = ANY(:ids) AND what = :what ORDER BY night", {"ids": list(ids), "what": what})


def first_bound(connection: sa.Connection) -> Night | None:
    """The earliest night with binding transactions."""
    day = connection.scalar(sa.text("SELECT min(night) FROM scoring.seal WHERE what = 'transactions' AND bound_at IS NOT NULL"))
    return None if day is None else Night(day)


def first_known(connection: sa.Connection, run_id: int) -> Night:
    """The earliest night of transactions that a run can read."""
    statement = "SELECT min(night) FROM scoring.seal WHERE what = 'transactions' AND (bound_at IS NOT NULL OR run_id = :run_id)"
    return Night(connection.execute(sa.text(statement), {"run_id": run_id}).scalar_one())


def all_bound(connection: sa.Connection, what: str) -> list[Seal]:
    """Every binding seal of one kind, in the order of the nights."""
    return _select(connection, "what = :what AND bound_at IS NOT NULL ORDER BY night, view", {"what": what})


def of_run(connection: sa.Connection, run_id: int, night: Night, what: str, view: str = "") -> Seal | None:
    """The seal that a run works with: the binding one of its night, or the newest that it made itself."""
    where = """what = :what AND view = :view AND night = :night AND (bound_at IS NOT NULL OR run_id = :run_id)
        ORDER BY (bound_at IS NULL), version DESC LIMIT 1"""
    return next(iter(_select(connection, where, {"what": what, "view": view, "night": night.day, "run_id": run_id})), None)


def of_plan(connection: sa.Connection, plan: Plan, what: str, view: str = "") -> Seal | None:
    """The seal that a run works with; one that knows later rows has features of its own, which never bind."""
    if what != FEATURES or not plan.knows_later:
        return of_run(connection, plan.run_id, plan.night, what, view)
    where = "what = :what AND view = :view AND night = :night AND run_id = :run_id ORDER BY version DESC LIMIT 1"
    return next(iter(_select(connection, where, {"what": what, "view": view, "night": plan.night.day, "run_id": plan.run_id})), None)


def read_by(connection: sa.Connection, plan: Plan, what: str, first: Night) -> list[Seal]:
    """The seals from the night `first` on that a run's features are computed from: later nights only where rows of theirs reach back."""
    own = usable(connection, plan.run_id, what, first, plan.night)
    later = usable(connection, plan.run_id, what, plan.night.next(), plan.knowledge.known_through) if plan.knows_later else []
    return own + [seal for seal in later if what == LABELS or (seal.earliest is not None and seal.earliest < plan.night.end)]


def bind(connection: sa.Connection, run_id: int, night: Night) -> None:
    """Make the run's seals binding: its own night's, and the history that it sealed for nights that never ran.

    A night that once ran and did not pass binds only by passing. Stragglers and undated rows are taken by one night only: where
    another night bound its seal meanwhile, the run must look again (`BusyError`).
    """
    lock(connection)
    other = connection.scalar(sa.text(RACED), {"run_id": run_id, "night": night.day})
    if other is not None:
        raise BusyError(f"night {night} took stragglers or undated rows while night {other} took some too: run the night again")
    newest = f"UPDATE scoring.seal SET bound_at = clock_timestamp() WHERE seal_id IN ({BINDING_SOON})"  # noqa: S608  # ours
    connection.execute(sa.text(newest), {"run_id": run_id, "night": night.day})


def bind_at_once(connection: sa.Connection, seal: Seal) -> Seal:
    """Make a seal binding that no gate judges: what enters the reservoir was judged on its own night."""
    statement = f"UPDATE scoring.seal SET bound_at = clock_timestamp() WHERE seal_id = :seal_id RETURNING {COLUMNS}"  # noqa: S608  # ours
    return _seal(connection.execute(sa.text(statement), {"seal_id": seal.seal_id}).one())


def unbind(connection: sa.Connection, seal: Seal) -> None:
    """Let a seal bind no longer that nothing was ever made of."""
    connection.execute(sa.text("UPDATE scoring.seal SET bound_at = NULL WHERE seal_id = :seal_id"), {"seal_id": seal.seal_id})


def binding_soon(connection: sa.Connection, run_id: int, night: Night) -> list[Seal]:
    """The seals that `bind` would make binding."""
    return _select(connection, f"seal_id IN ({BINDING_SOON}) ORDER BY night, what", {"run_id": run_id, "night": night.day})


def bound_since_extraction(connection: sa.Connection, run_id: int) -> list[Seal]:
    """Seals of transactions that other runs made binding after this one began to seal."""
    where = """what = 'transactions' AND run_id <> :run_id AND bound_at > (
        SELECT min(sealed_at) FROM scoring.seal WHERE run_id = :run_id AND what = 'transactions' AND bound_at IS NULL) ORDER BY night"""
    return _select(connection, where, {"run_id": run_id})


def _select(connection: sa.Connection, where: str, values: Mapping[str, object]) -> list[Seal]:
    statement = f"SELECT {COLUMNS} FROM scoring.seal WHERE {where}"  # noqa: S608  # both are ours, values are bound
    return [_seal(row) for row in connection.execute(sa.text(statement), values)]


def _seal(row: sa.Row[tuple[object, ...]]) -> Seal:
    values = dict(row._mapping)
    return Seal(**{**values, "night": Night(values["night"]), "inputs": tuple(values["inputs"])})
