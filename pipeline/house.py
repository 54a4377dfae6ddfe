"""The house of a run: settings read once, and what they name, opened."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from pipeline.core.errors import UsageError
from pipeline.core.key_ranges import Room
from pipeline.core.night import Night
from pipeline.core.progress import Progress, log_progress
from pipeline.core.settings import Settings, config_path, load_settings
from pipeline.data import server
from pipeline.data.contract import CLOCK_TOLERANCE
from pipeline.data.database import Database
from pipeline.data.lake import Lake, Stored
from pipeline.data.migrations import schema_is_current
from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, TRANSACTION_ID
from pipeline.data.seals import Seal
from pipeline.data.source import Source
from pipeline.evaluation.frames import ROWS_AT_ONCE, Filed
from pipeline.features.view import FeatureView, load_view


def wall_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class House:
    """Everything a step touches, opened once."""

    settings: Settings
    warehouse: Database
    source: Source
    lake: Lake
    view: FeatureView
    clock: Callable[[], dt.datetime] = wall_clock
    progress: Progress = log_progress

    @property
    def columns_read(self) -> list[str]:
        """Columns of history that the view reads."""
        return [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS, *self.view.entities]

    @property
    def reach(self) -> dt.timedelta:
        """How far back sealed nights are read: a row may have occurred a little after the end of the night that sealed it."""
        return self.view.reach + CLOCK_TOLERANCE

    @property
    def room(self) -> Room:
        """What a step may take of the memory, and where on the disk it puts what is more."""
        return Room(self.settings.memory_limit, self.settings.home / "scratch")

    def filed(self, stored: Stored | Seal, schema: pa.Schema) -> Filed:
        """A table of the lake that stays in its file, to be looked at by so many rows at a time."""
        return Filed(schema, lambda columns: self.lake.read_batches(stored.path, stored.sha256, ROWS_AT_ONCE, columns))

    def view_begins(self, arrived: Seal, night: Night) -> Night:
        """The first night whose rows the view can see from the night's earliest row."""
        return Night.of(min(night.start, arrived.earliest or night.start) - self.reach)

    @cached_property
    def signing_key(self) -> bytes:
        """The key that signs models; `init` made it."""
        path = self.settings.signing_key_path
        try:
            return path.read_bytes()
        except OSError as error:
            raise UsageError(
                f"the signing key {path} cannot be read ({error.strerror}): run 'nightshift init', or set signing_key_file"
            ) from None


def warehouse_of(settings: Settings) -> Database:
    """The warehouse that is set, or the embedded one where `init --embedded` made it."""
    if settings.warehouse_url is not None:
        return _postgresql(Database(settings.warehouse_url.get_secret_value(), "warehouse"))
    embedded = server.existing(settings.home)
    if embedded is None:
        raise UsageError("no warehouse: set warehouse_url in nightshift.toml, or run 'nightshift init --embedded'")
    return Database(embedded.url, "warehouse")


def _postgresql(database: Database) -> Database:
    if not database.is_postgresql:
        backend = database.url.get_backend_name()
        raise UsageError(f"{database.kind}_url must name a PostgreSQL database, not {backend}: it is source_url that may name any other")
    return database


def require_schema(warehouse: Database) -> None:
    """Refuse a warehouse that was never set up, or for an older version."""
    if not schema_is_current(warehouse):
        raise UsageError(f"the warehouse {warehouse.name} is not set up for this version: run 'nightshift init'")


def source_of(settings: Settings, warehouse: Database) -> Source:
    """The source that is set; the warehouse where none is."""
    database = Database(settings.source_url.get_secret_value(), "source") if settings.source_url else warehouse
    return Source(database, settings.source)


def view_of(settings: Settings) -> FeatureView:
    """The feature view of the settings; a module beside the settings file is found too."""
    beside = os.fspath(config_path().parent)
    if beside not in sys.path:
        sys.path.append(beside)
    view = load_view(settings.view)
    mapped = settings.source.transactions.entities
    unmapped = [entity for entity in view.entities if entity not in mapped]
    if unmapped:
        raise UsageError(
            f"view '{settings.view}' needs the entity {', '.join(unmapped)}, but source.transactions.entities maps {', '.join(mapped)}: "
            "map it to a column, or name another view"
        )
    return view.in_place(settings.timezone, settings.source.transactions.minor_units)


@contextmanager
def open_house(*, clock: Callable[[], dt.datetime] = wall_clock, progress: Progress = log_progress) -> Iterator[House]:
    """Read the settings and open what they name; a warehouse that was never set up is refused."""
    settings = load_settings()
    warehouse = warehouse_of(settings)
    house = House(settings, warehouse, source_of(settings, warehouse), Lake(settings.lake), view_of(settings), clock, progress)
    try:
        require_schema(warehouse)
        yield house
    finally:
        for database in {house.warehouse, house.source.database}:
            database.engine.dispose()
