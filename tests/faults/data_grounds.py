"""Sources that data faults ruin: the four nights with numbers for keys, and again with text, in PostgreSQL and elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
import pytest
import sqlalchemy as sa

from pipeline.data import server
from tests.commanding import FIRST, SCORED, Template, nightshift
from tests.faults.grounds import Grounds
from tests.faults.reading import conninfo
from tests.worlds import SMALL, Trade, World, trade

Row = dict[str, object]
KEYS = ("transaction_id", "customer_id", "terminal_id")


def tables_of(instant: str) -> tuple[str, str]:
    """Both tables with text for keys."""
    return (
        f"""CREATE TABLE transactions (transaction_id text, occurred_at {instant}, recorded_at {instant}, customer_id text,
            terminal_id text, amount numeric)""",
        f"CREATE TABLE labels (transaction_id text, is_fraud boolean, known_at {instant})",
    )


@dataclass(frozen=True)
class Place:
    """Where a trial's source lies: `url` is None where it is the warehouse; `text` where its keys are text."""

    name: str
    text: bool
    url: Callable[[Grounds, World], str] | None = None
    tables: tuple[str, ...] = ()
    arguments: Mapping[str, object] = field(default_factory=dict)


def sqlite_file(_: Grounds, world: World) -> str:
    return f"sqlite:///{world.home / 'source.db'}"


def unchecked_database(grounds: Grounds, _: World) -> str:
    """A PostgreSQL database of the encoding SQL_ASCII, which takes any bytes for text."""
    name = f"bytes_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(conninfo(grounds.postgres.url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")
    return sa.make_url(grounds.postgres.url).set(database=name).render_as_string(hide_password=False)


NUMBERS = Place("PostgreSQL, keys are numbers", text=False)
TEXTS = Place("PostgreSQL, keys are text", text=True)
SQLITE_TEXTS = Place("SQLite, keys are text", text=True, url=sqlite_file, tables=tables_of("TIMESTAMP"))
UNCHECKED_TEXTS = Place(
    "PostgreSQL of encoding SQL_ASCII, keys are text",
    text=True,
    url=unchecked_database,
    tables=tables_of("timestamptz"),
    arguments={"client_encoding": "utf8"},
)


@dataclass(frozen=True)
class Ground:
    """One trial's world and its source."""

    world: World
    place: Place
    source: sa.Engine

    def change(self, *statements: str) -> None:
        """Statements upon the source."""
        with self.source.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    def insert(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Add rows to a table of the source."""
        rows = [self._as_stored(row) for row in rows]
        if rows:
            names = list(rows[0])
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
            with self.source.begin() as connection:
                connection.execute(sa.text(statement), rows)

    def _as_stored(self, row: Mapping[str, object]) -> Row:
        """SQLite keeps instants as text, of which all must be of one form."""
        if self.source.dialect.name != "sqlite":
            return dict(row)
        return {name: f"{value:%Y-%m-%d %H:%M:%S.%f+00:00}" if hasattr(value, "strftime") else value for name, value in row.items()}


@dataclass(frozen=True)
class DataGrounds:
    """The grounds of all trials, and the four nights with text for keys."""

    grounds: Grounds
    texts: Template

    @contextmanager
    def copy(self, place: Place) -> Iterator[Ground]:
        """The four nights again, and their source where the trial wants it."""
        grounds = replace(self.grounds, template=self.texts) if place.text else self.grounds
        with grounds.copy() as world:
            if place.url is None:
                yield Ground(world, place, world.database.engine)
                return
            yield self._elsewhere(grounds, world, place)

    def _elsewhere(self, grounds: Grounds, world: World, place: Place) -> Ground:
        """The source moved out of the warehouse, with the same rows."""
        assert place.url is not None
        url = place.url(grounds, world)
        world.configure(**SMALL, source_url=url)
        ground = Ground(world, place, sa.create_engine(url, poolclass=sa.NullPool, connect_args=place.arguments))
        ground.change(*place.tables)
        rows = own_trade(place)
        ground.insert("transactions", rows.transactions)
        ground.insert("labels", rows.labels)
        return ground


def make_data_grounds(grounds: Grounds) -> DataGrounds:
    """Run the four nights once more, over keys that are text; all of it goes with the grounds."""
    home = grounds.folder / "texts"
    home.mkdir(mode=0o755)
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(grounds.postgres, f"texts_{uuid.uuid4().hex[:12]}"), home, monkeypatch)
        world.configure(**SMALL)
        world.make_tables("text", "text")
        world.bring(own_trade(TEXTS))
        assert nightshift("backfill", FIRST, SCORED).code == 0
    world.database.engine.dispose()
    return DataGrounds(grounds, Template(world, grounds.postgres))


def own_trade(place: Place, nights: int = 6) -> Trade:
    """What the source holds, under keys as this source has them."""
    rows = trade(FIRST, nights)
    return Trade([as_text(row) for row in rows.transactions], [as_text(row) for row in rows.labels]) if place.text else rows


def as_text(row: Row) -> Row:
    """The row with text for its keys, in the order of the numbers."""
    return {name: f"{value:06}" if name in KEYS and isinstance(value, int) else value for name, value in row.items()}
