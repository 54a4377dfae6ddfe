"""The demo's source and warehouse: made, filled, and asked what they hold."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ops.demo_nights import first_to_simulate, needs_rows
from pipeline import commands
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.core.settings import CONFIG_VARIABLE, Settings, config_path, load_settings
from pipeline.data.load_tables import Existing
from pipeline.house import House, source_of, warehouse_of
from pipeline.simulator import Simulation
from pipeline.simulator.__main__ import write
from pipeline.terminal import Terminal

SIMULATED_ROWS = "simulated"
OTHER_SETTINGS = f"give the demo settings of its own, for example {CONFIG_VARIABLE}=demo/nightshift.toml make demo"


@dataclass(frozen=True)
class Span:
    """First and last night in which rows of the source arrived."""

    first: Night
    last: Night


def set_up(terminal: Terminal) -> Settings:
    """Settings, embedded server and schema; refuses settings that name another warehouse, lest simulated rows end up there."""
    if config_path().exists():
        settings = load_settings()
        if settings.warehouse_url is not None or settings.source_url is not None:
            raise UsageError(f"{config_path()} names a database of yours, and the demo brings its own rows: {OTHER_SETTINGS}")
    config_path().parent.mkdir(parents=True, exist_ok=True)
    commands.init(terminal, embedded=True)
    return load_settings()


def fill(terminal: Terminal, settings: Settings, newest: Night, yesterday: Night) -> None:
    """Bring the simulated rows of every night up to yesterday into the source, those that it lacks: enough of them up to `newest`, the
    last night that may run now; yesterday's own, if it is not that one, wait for the schedule."""
    claim(settings, SIMULATED_ROWS)
    held = span(settings)
    if not needs_rows(held.last if held else None, yesterday, states(settings)):
        return
    first = first_to_simulate(held.first if held else None, newest)
    days = (yesterday.day - first.day).days + 1
    with tempfile.TemporaryDirectory() as folder:
        transactions, _ = write(Simulation(yesterday.day, days), Path(folder))
        terminal.say(f"simulated  {transactions:,} transactions of {days} nights, {first} to {yesterday}")
        commands.load(terminal, Path(folder), Existing.REPLACE)  # the same rows as before, and those of the nights since


def fill_from(terminal: Terminal, settings: Settings, folder: Path) -> None:
    """Load a person's own files, once."""
    claim(settings, str(folder.resolve()))
    if span(settings) is None:
        commands.load(terminal, folder, Existing.REFUSE)


def claim(settings: Settings, origin: str) -> None:
    """Note where the demo's rows come from, before they come; rows from elsewhere are never mixed with or replaced (`UsageError`)."""
    note = settings.home / "demo"
    known = note.read_text() if note.exists() else None
    if known != origin and span(settings) is not None:
        raise UsageError(f"the source holds rows from elsewhere ({known or 'no demo loaded them'}): {OTHER_SETTINGS}")
    note.write_text(origin)


def span(settings: Settings) -> Span | None:
    """What the source holds; None where its tables are missing or empty."""
    source = source_of(settings, warehouse_of(settings))
    if not source.has_tables():
        return None
    ours = settings.source.transactions
    table = sa.table(ours.table.split(".")[-1], schema=ours.table.rpartition(".")[0] or None)
    arrived: sa.ColumnClause[dt.datetime] = sa.column(ours.recorded_at or ours.occurred_at, sa.DateTime(timezone=True))
    with source.database.begin() as connection:
        first, last = connection.execute(sa.select(sa.func.min(arrived), sa.func.max(arrived)).select_from(table)).one()
    return Span(Night.of(first), Night.of(last)) if first else None


def states(settings: Settings) -> dict[Night, str]:
    """State of every night that was ever run, in the words of `scoring.night_summary`."""
    warehouse = warehouse_of(settings)
    with warehouse.begin() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('scoring.night_summary')")) is None:
            return {}
        return {Night(row.night): row.state for row in connection.execute(sa.text("SELECT night, state FROM scoring.night_summary"))}


def summary(house: House, night: Night) -> sa.Row[tuple[object, ...]]:
    """The night's row of `scoring.night_summary`."""
    with house.warehouse.begin() as connection:
        return connection.execute(sa.text("SELECT * FROM scoring.night_summary WHERE night = :night"), {"night": night.day}).one()


def top_alerts(house: House, night: Night) -> Sequence[sa.Row[tuple[object, ...]]]:
    """The ten most suspicious transactions of the night."""
    statement = """SELECT alert_rank, transaction_id, occurred_at, score FROM scoring.alert
        WHERE night = :night AND alert_rank <= 10 ORDER BY alert_rank"""
    with house.warehouse.begin() as connection:
        return connection.execute(sa.text(statement), {"night": night.day}).all()
