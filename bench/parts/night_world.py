"""The world in which all sides of bench/night.py run: a server, a source with its history, and one model in two forms."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa
from rich.console import Console

from bench.parts.measure import say
from bench.parts.plain_model import PlainModel
from pipeline import champions, commands
from pipeline.core.night import Night
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import registry, server
from pipeline.data.load_tables import Existing
from pipeline.data.names import AMOUNT_CENTS, KNOWN_AT, OCCURRED_AT
from pipeline.house import House, open_house
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.manifest import Lineage
from pipeline.scoring.reservoir import matured_rows
from pipeline.scoring.training import TrainingSet, training_set
from pipeline.simulator import Simulated, Simulation, simulated_days
from pipeline.terminal import Terminal

NIGHT = Night(dt.date(2026, 6, 30))
HISTORY_DAYS = 37  # the reach of the default view
HISTORY_SHARE = 9  # the history holds nine times the night's rows: 10 million in all for a night of one
USUAL_ROWS = 8_114  # a day of the simulator's default size
SHARE = 0.1  # of the genuine transactions that both models learn from
TRAINED_DAYS = 7
MATURITY = dt.timedelta(days=7)
FRESH = "warehouse"  # the database as it was set up


@dataclass(frozen=True)
class World:
    """What all sides are given; `warehouse` and `lake` are ours as set up, with a champion and nothing sealed: each run has a copy."""

    home: Path
    data: Path
    source: str
    warehouse: str
    night: Night = NIGHT

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def config(self) -> Path:
        return self.home / "nightshift.toml"

    @property
    def plain_model(self) -> Path:
        return self.home / "plain-model.pickle"

    @property
    def is_ready(self) -> bool:
        """Whether everything is there already: the models come last."""
        return self.plain_model.exists()

    def use(self) -> None:
        """Let this process, and its children, find the settings."""
        os.environ[CONFIG_VARIABLE] = str(self.config)


def open_world(home: Path) -> World:
    """Start the server of `home`, with one database for the source and one for the warehouse."""
    embedded = server.start(home / "server")
    source, warehouse = (server.create_database(embedded, name) for name in ("source", FRESH))
    world = World(home, embedded.data, source, warehouse)
    world.config.write_text(_settings(world))
    world.use()
    return world


def close_world(world: World) -> None:
    server.stop(world.home / "server")


def prepare(world: World, rows: int, history: int | None = None) -> None:
    """Source and model, unless they are there; the history holds nine times as many rows where nothing else is said."""
    if world.is_ready:
        return
    before = HISTORY_SHARE * rows if history is None else history
    say(f"simulating and loading {before + rows:,} rows")
    fill_source(world, rows, before)
    load_source(world)
    say("training the model")
    give_model(world)


def fill_source(world: World, rows: int, before: int) -> None:
    """History and night, loaded; no row later than minutes and no label later than the week that terminal windows leave out.

    So the windows that a plain script can compute are those of the view.
    """
    daily = before / HISTORY_DAYS
    calm = Simulation(world.night.day, late_share=0.0, dispute_share=0.0, label_days_sigma=0.0).scaled(daily / USUAL_ROWS)
    history = replace(calm, days=HISTORY_DAYS, last_day=world.night.back(1).day, until=world.night.end)
    busy = replace(calm, days=1, daily_transactions_max=calm.daily_transactions_max * rows / daily)
    _write([*simulated_days(history), *simulated_days(busy)], world.home / "files")


def _write(days: Sequence[Simulated], folder: Path) -> None:
    """The days as two files."""
    folder.mkdir()
    for name in ("transactions", "labels"):
        tables = [getattr(day, name) for day in days]
        with pq.ParquetWriter(folder / f"{name}.parquet", tables[0].schema) as file:
            for table in tables:
                file.write_table(table)


def load_source(world: World) -> None:
    """Load the files, set up our warehouse, and let the server come to rest."""
    quiet = Terminal(Console(quiet=True), Console(quiet=True))
    commands.load(quiet, world.home / "files", Existing.REFUSE)
    commands.init(quiet, embedded=False)
    engine = sa.create_engine(world.source, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
        connection.execute(sa.text("CHECKPOINT"))
    engine.dispose()


def give_model(world: World) -> None:
    """Train a model on a matured week, make it champion of the night, and keep what a plain script needs of it."""
    eve = world.night.back(1)
    with open_house() as house:
        training = _training_set(house, world)
        first, last = map(str, (_first_trained(world), _last_trained(world)))
        lineage = Lineage(str(eve), house.view.fingerprint, eve.end, MATURITY, first, last, len(training.rows), SHARE)
        with house.warehouse.begin() as connection:
            trained = champions.fitted(training, lineage, BoostedTrees().name, 0, None)
            version = champions.save(house, connection, trained).version
            registry.promote(connection, registry.Promotion(version, eve.end, eve.end, "bench", "the model of the bench"))
    fitted = trained.model.fitted
    places, above = fitted.column_of[len(fitted.columns) :].tolist(), [tail.above for tail in fitted.tails]
    world.plain_model.write_bytes(pickle.dumps(PlainModel(fitted.classifier, places, above, training.share)))


def copy_for_run(world: World, name: str, of: str = FRESH) -> dict[str, str]:
    """A warehouse and a lake for one run, copies of `of`; the environment that names them."""
    embedded = server.start(world.home / "server")
    engine = sa.create_engine(embedded.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(sa.text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :of"), {"of": of})
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {of}"))  # which nobody may be connected to
        connection.execute(sa.text("CHECKPOINT"))
    engine.dispose()
    lake = _lake_of(world, name)
    shutil.rmtree(lake, ignore_errors=True)
    shutil.copytree(_lake_of(world, of), lake, copy_function=os.link)
    url = sa.make_url(world.warehouse).set(database=name).render_as_string(hide_password=False)
    return {"NIGHTSHIFT_WAREHOUSE_URL": url, "NIGHTSHIFT_LAKE_URI": lake.as_uri()}


def _lake_of(world: World, name: str) -> Path:
    return world.lake if name == FRESH else world.home / f"lake-{name}"


def _settings(world: World) -> str:
    return f"""warehouse_url = "{world.warehouse}"
source_url = "{world.source}"
home = "."
[source.transactions]
recorded_at = "recorded_at"
entities = {{ customer = "customer_id", terminal = "terminal_id" }}
"""


def _first_trained(world: World) -> Night:
    return _last_trained(world).back(TRAINED_DAYS - 1)


def _last_trained(world: World) -> Night:
    return world.night.back(MATURITY.days + 1)


def _training_set(house: House, world: World) -> TrainingSet:
    """A matured week of the history with the labels known when the night begins."""
    rows = pq.read_table(world.home / "files" / "transactions.parquet")
    cents = pc.cast(pc.multiply(rows["amount"], 100), pa.int64())
    rows = rows.append_column(AMOUNT_CENTS, cents).rename_columns({"customer_id": "customer", "terminal_id": "terminal"}).drop(["amount"])
    labels = pq.read_table(world.home / "files" / "labels.parquet")
    labels = labels.filter(pc.less(labels[KNOWN_AT], pa.scalar(world.night.start, labels[KNOWN_AT].type)))
    first, end = (pa.scalar(night, rows[OCCURRED_AT].type) for night in (_first_trained(world).start, _last_trained(world).end))
    history = rows.filter(pc.less(rows[OCCURRED_AT], first))
    week = rows.filter(pc.and_(pc.greater_equal(rows[OCCURRED_AT], first), pc.less(rows[OCCURRED_AT], end)))
    matured = matured_rows(house.view.compute(history, week, labels), _last_trained(world), labels, world.night.back(1), SHARE)
    return training_set(matured, house.view.columns, SHARE)
