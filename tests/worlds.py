"""A small world for tests: a source of a few rows, a home, settings, and the steps run for real."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from pipeline import commands, steps
from pipeline.core.night import ONE_DAY, Night
from pipeline.core.plan import Asked, Known, Request, resolve
from pipeline.core.settings import CONFIG_VARIABLE, load_settings
from pipeline.data.database import Database
from pipeline.data.migrations import migrate
from pipeline.features.declarations import Amount, Count, FraudRate, MeanAmount
from pipeline.features.view import FeatureView
from pipeline.house import House, open_house, source_of

SMALL_VIEW = FeatureView(
    "small", (Amount(), Count("customer", (ONE_DAY,)), MeanAmount("customer", (ONE_DAY,)), FraudRate("terminal", (ONE_DAY,)))
)
SMALL = {"view": "tests.worlds:SMALL_VIEW", "label_maturity": "1d", "subsample": 1.0, "alert_budget": 5}  # with `trade`: a champion soon
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)  # a clock that finds every night over

TABLES = """
    CREATE TABLE transactions (transaction_id {key}, occurred_at timestamptz, recorded_at timestamptz, customer_id {entity},
        terminal_id {entity}, amount numeric);
    CREATE TABLE labels (transaction_id {key}, is_fraud boolean, known_at timestamptz);
"""


@dataclass(frozen=True)
class Trade:
    """Rows of a source."""

    transactions: list[dict[str, object]]
    labels: list[dict[str, object]]


@dataclass(frozen=True)
class World:
    """A warehouse that is also the source, with settings in a file."""

    url: str
    home: Path
    database: Database

    @classmethod
    def make(cls, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
        monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "nightshift.toml"))
        world = cls(url, folder, Database(url, "warehouse"))
        world.configure()
        return world

    def configure(self, **changes: object) -> None:
        """Write the settings; `transactions` changes that table, everything else the top level."""
        transactions = {"recorded_at": "recorded_at", "entities": {"customer": "customer_id", "terminal": "terminal_id"}}
        transactions |= changes.pop("transactions", {})  # type: ignore[arg-type, call-overload]
        top = {"warehouse_url": self.url, "settle": "0s", **changes}
        lines = [f"{name} = {json.dumps(value)}" for name, value in top.items()]
        table = [f"{name} = {_toml(value)}" for name, value in transactions.items() if value is not None]
        config = self.home / "nightshift.toml"
        config.touch(0o600)  # it holds a password
        config.write_text("\n".join([*lines, "[source.transactions]", *table]))

    def make_tables(self, key: str = "bigint", entity: str = "bigint") -> None:
        """Empty source tables and the schema."""
        with self.database.begin() as connection:
            connection.exec_driver_sql(TABLES.format(key=key, entity=entity), execution_options={"no_parameters": True})
        self.set_up()

    def set_up(self) -> None:
        """What `nightshift init` does for a warehouse with tables."""
        settings = load_settings()
        migrate(self.database, source_of(settings, self.database).shape.key)
        commands.make_key(settings.signing_key_path)

    def insert(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Add rows to a source table."""
        rows = list(rows)
        if rows:
            names = list(rows[0])
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
            with self.database.begin() as connection:
                connection.execute(sa.text(statement), rows)

    def bring(self, trade: Trade) -> None:
        """Add rows to both source tables."""
        self.insert("transactions", trade.transactions)
        self.insert("labels", trade.labels)

    def load_table(self, table: str, rows: pa.Table) -> None:
        """Add many rows to a source table."""
        with self.database.arrow() as carrier:
            with carrier.cursor() as cursor:
                cursor.adbc_ingest(table, rows, mode="append")
            carrier.commit()

    @contextmanager
    def house(self, now: dt.datetime = LATER) -> Iterator[House]:
        """The house under these settings, at an instant: long after every night where none is named."""
        with open_house(clock=lambda: now) as house:
            yield house

    def run(self, day: str, mode: str = "as-of", model_version: str | None = None, reason: str | None = None) -> int:
        """Run a night from extract to retrain; returns its run."""
        asked = Asked(mode, model_version, reason)
        with self.house() as house:
            for _ in steps.run_night(house, Night.parse(day), scheduled=False, requested_by="test", asked=asked):
                pass
        return int(self.scalar("SELECT max(run_id) FROM scoring.run"))  # type: ignore[arg-type]

    def change(self, *statements: str) -> None:
        """Statements of a test's own upon the database."""
        with self.database.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    def rows(self, query: str) -> Sequence[sa.Row[tuple[object, ...]]]:
        """Ask the warehouse as its owner."""
        with self.database.begin() as connection:
            return connection.exec_driver_sql(query, execution_options={"no_parameters": True}).fetchall()

    def scalar(self, query: str) -> object:
        """The single value of an answer."""
        return self.rows(query)[0][0]


def trade(first: str, nights: int) -> Trade:
    """140 transactions a night, of which 110 are dear frauds that are known six hours later: the fourth night has a champion.

    The n-th transaction of the k-th night (both from 0) has the id 1000 k + n.
    """
    moments = [
        (1000 * place + number, number, Night.parse(first).back(-place).start + number * dt.timedelta(minutes=10))
        for place in range(nights)
        for number in range(140)
    ]
    frauds = [(key, moment) for key, number, moment in moments if number < 110]
    return Trade(
        [transaction(key, moment, amount=900 + number if number < 110 else 10 + number % 7) for key, number, moment in moments],
        [label(key, moment + dt.timedelta(hours=6)) for key, moment in frauds],
    )


def as_of(day: str) -> Request:
    """What a night asks for that runs as a backfill does."""
    night = Night.parse(day)
    return Request(night, "as-of", None, resolve(night, Asked(), Known(LATER)), scheduled=False, requested_by="test", backtestable=True)


def label(key: object, known_at: dt.datetime | None, *, is_fraud: bool | None = True) -> dict[str, object]:
    """A label of the source."""
    return {"transaction_id": key, "is_fraud": is_fraud, "known_at": known_at}


def transaction(key: object, occurred_at: dt.datetime, **changes: object) -> dict[str, object]:
    """A good row of the source, arrived when it occurred."""
    row = {"transaction_id": key, "occurred_at": occurred_at, "recorded_at": occurred_at, "customer_id": 1, "terminal_id": 2, "amount": 10}
    return row | changes


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {json.dumps(column)}" for name, column in value.items()) + " }"
    return json.dumps(value)


def at(text: str) -> dt.datetime:
    """An instant in UTC.

    >>> at("2026-11-22 10:30").isoformat()
    '2026-11-22T10:30:00+00:00'
    """
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
