"""What was seen after publication: entered by the step `monitor`, anew each time it is done, and read by the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.core.plan import Plan

Stored = sa.Row[*tuple[Any, ...]]
COLUMN = "name, effect, stands_out, mean, mean_before, missing, missing_before"
BIN = "upper_end, share, share_before"
PART = "measure, name, kind, size"


@dataclass(frozen=True)
class Published:
    """The current publication of a night."""

    night: Night
    run_id: int
    model_version: str


@dataclass(frozen=True)
class Seen:
    """Rows to enter: `columns`, `bins` and `parts` as mappings of the names in `COLUMN`, `BIN` and `PART`, in order; sentences by kind."""

    columns: tuple[Mapping[str, object], ...]
    bins: tuple[Mapping[str, object], ...]
    parts: tuple[Mapping[str, object], ...]
    notes: Mapping[str, tuple[str, ...]]


def before(connection: sa.Connection, night: Night) -> Published | None:
    """The newest night before this one that was published as-of, with a model: what a correction of it knows, this night did not."""
    statement = """SELECT publication.night, run_id, model_version FROM scoring.publication JOIN scoring.run USING (run_id)
        WHERE publication.night < :night AND in_chain AND model_version IS NOT NULL
        ORDER BY publication.night DESC, publication_id DESC LIMIT 1"""
    row = connection.execute(sa.text(statement), {"night": night.day}).one_or_none()
    return None if row is None else Published(Night(row.night), row.run_id, row.model_version)


def figures_of_nights(connection: sa.Connection, first: Night, last: Night) -> list[tuple[Night, Mapping[str, Mapping[str, float | None]]]]:
    """The figures of the nights from `first` to `last` as last published as-of, by step, in order."""
    statement = """SELECT shown.night, jsonb_object_agg(step, figures) AS figures
        FROM (
            SELECT DISTINCT ON (publication.night) publication.night, run_id FROM scoring.publication JOIN scoring.run USING (run_id)
            WHERE publication.night BETWEEN :first AND :last AND in_chain ORDER BY publication.night, publication_id DESC
        ) AS shown JOIN scoring.run_step USING (run_id)
        WHERE step IN ('extract', 'build_features', 'score') GROUP BY shown.night ORDER BY shown.night"""
    rows = connection.execute(sa.text(statement), {"first": first.day, "last": last.day})
    return [(Night(row.night), row.figures) for row in rows]


def enter(connection: sa.Connection, plan: Plan, seen: Seen) -> None:
    """Replace what the run entered before."""
    notes = [
        {"kind": kind, "position": place, "sentence": sentence}
        for kind, said in seen.notes.items()
        for place, sentence in enumerate(said, start=1)
    ]
    columns, bins = ([{"position": place, **row} for place, row in enumerate(rows, start=1)] for rows in (seen.columns, seen.bins))
    _replace(connection, plan, "live_column", f"position, {COLUMN}", columns)
    _replace(connection, plan, "live_score", f"position, {BIN}", bins)
    _replace(connection, plan, "change_part", PART, seen.parts)
    _replace(connection, plan, "night_note", "kind, position, sentence", notes)


def columns_of(connection: sa.Connection, run_id: int) -> list[Stored]:
    """The columns of a run beside training, the score first: `COLUMN`."""
    return _rows(connection, run_id, f"SELECT {COLUMN} FROM scoring.live_column WHERE run_id = :run_id ORDER BY position")  # noqa: S608  # ours


def bins_of(connection: sa.Connection, run_id: int) -> list[Stored]:
    """The scores of a run over the bins of its model's reference, lowest first: `BIN`."""
    return _rows(connection, run_id, f"SELECT {BIN} FROM scoring.live_score WHERE run_id = :run_id ORDER BY position")  # noqa: S608  # ours


def parts_of(connection: sa.Connection, run_id: int) -> list[Stored]:
    """The parts of the change, largest first: `PART`."""
    statement = f"SELECT {PART} FROM scoring.change_part WHERE run_id = :run_id ORDER BY measure, abs(size) DESC, name"  # noqa: S608  # ours
    return _rows(connection, run_id, statement)


def notes_of(connection: sa.Connection, run_id: int, kind: str) -> tuple[str, ...]:
    """The sentences of one kind, in order."""
    statement = "SELECT sentence FROM scoring.night_note WHERE run_id = :run_id AND kind = :kind ORDER BY position"
    return tuple(connection.scalars(sa.text(statement), {"run_id": run_id, "kind": kind}))


def _rows(connection: sa.Connection, run_id: int, statement: str) -> list[Stored]:
    return list(connection.execute(sa.text(statement), {"run_id": run_id}))


def _replace(connection: sa.Connection, plan: Plan, table: str, columns: str, rows: Iterable[Mapping[str, object]]) -> None:
    fixed = {"run_id": plan.run_id, "night": plan.night.day}
    values = ", ".join(f":{name}" for name in columns.split(", "))
    connection.execute(sa.text(f"DELETE FROM scoring.{table} WHERE run_id = :run_id"), {"run_id": plan.run_id})  # noqa: S608  # ours
    entered = [{**fixed, **row} for row in rows]
    if entered:
        statement = f"INSERT INTO scoring.{table} (run_id, night, {columns}) VALUES (:run_id, :night, {values})"  # noqa: S608  # ours
        connection.execute(sa.text(statement), entered)
