"""Carry the answer of a `select()` as Arrow: ADBC where the source is PostgreSQL, a streamed cursor elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi as adbc
from sqlalchemy.sql import visitors

from pipeline.core.errors import SourceContractError
from pipeline.data.copying_out import BEGINNING, Copying
from pipeline.data.database import Database
from pipeline.data.source import Query, as_instant

CURSOR_ROWS = 50_000  # rows held as Python objects at a time; ADBC streams by itself


class Fetch(Protocol):
    """Questions to the source: where `is_snapshot` all answered as of the same instant, else one after the other."""

    is_snapshot: bool

    def batches(self, select: Query, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The answer under `schema`, as it comes; a type that does not fit is a `SourceContractError`. Ask nothing else meanwhile."""

    def text(self, select: Query) -> str:
        """The first row of a small answer as one line of text."""

    def sql(self, select: Query) -> str:
        """The statement with its values in place, as it is sent."""


@contextmanager
def snapshot(database: Database) -> Iterator[Fetch]:
    """A read-only snapshot of `database`, as far as its dialect gives one."""
    if not database.is_postgresql:
        with database.begin() as connection:
            yield CursorFetch(database, connection)
        return
    with database.idle() as beside, database.arrow() as connection, Copying(beside) as copying:
        fetch = ArrowFetch(database, connection, copying)
        fetch.begin()
        yield fetch


class ArrowFetch:
    """PostgreSQL: rows of numbers and instants in blocks where they can be read so, in half the time; all else through ADBC.

    Values are put in by psycopg's own quoting: ADBC does not stream with bound parameters.
    """

    is_snapshot = True

    def __init__(self, database: Database, connection: adbc.Connection, copying: Copying) -> None:
        self.database = database
        self.connection = connection
        self.copying = copying

    def begin(self) -> None:
        """Have a snapshot, and share it where the server lets us."""
        self._tell(*BEGINNING)
        try:
            snapshot = self._tell("SELECT pg_export_snapshot()")
        except adbc.Error:  # a server that is PostgreSQL in most, or a pool of servers
            self.connection.rollback()
            self._tell(*BEGINNING)
        else:
            self.copying.begin(snapshot)

    def _tell(self, *statements: str) -> str:
        """Execute them one by one; what the last one answered, if it did."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return str((cursor.fetchone() or [""])[0]) if cursor.description else ""

    def sql(self, select: Query) -> str:
        return self.copying.sql(select)

    def batches(self, select: Query, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self._asking(select) as cursor:
            blocks = self.copying.blocks(select, schema)
            if blocks is not None:
                yield from (fitted(batch, schema) for batch in blocks)
                return
            cursor.execute(self.sql(select))
            for batch in cursor._results.reader:  # fetch_record_batch() tells what the server says halfway without a state
                yield fitted(batch, schema)

    def text(self, select: Query) -> str:
        with self._asking(select) as cursor:
            cursor.execute(self.sql(select))
            row = cursor.fetchone()
        return " ".join(str(value) for value in row or ())

    @contextmanager
    def _asking(self, select: Query) -> Iterator[adbc.Cursor]:
        with self.database.in_words(asked_table(select)), self.connection.cursor() as cursor:
            yield cursor


class CursorFetch:
    """Any other dialect, streamed through SQLAlchemy."""

    is_snapshot = False

    def __init__(self, database: Database, connection: sa.Connection) -> None:
        self.database = database
        self.connection = connection

    def sql(self, select: Query) -> str:
        return str(select.compile(self.connection, compile_kwargs={"literal_binds": True}))

    def batches(self, select: Query, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self.database.in_words(asked_table(select)):
            result = self.connection.execution_options(stream_results=True).execute(select)
            for rows in result.partitions(CURSOR_ROWS):
                yield _from_rows(rows, schema)

    def text(self, select: Query) -> str:
        with self.database.in_words(asked_table(select)):
            return " ".join(str(value) for value in self.connection.execute(select).one())


def whole(fetch: Fetch, select: Query, schema: pa.Schema) -> pa.Table:
    """All rows of a small answer as one table."""
    return pa.Table.from_batches(fetch.batches(select, schema), schema)


def asked_table(select: Query) -> str:
    """The table that a question is about, for messages."""
    return next(part.fullname for part in visitors.iterate(select) if isinstance(part, sa.TableClause))


def fitted(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch under `schema`, without copying what fits already."""
    columns = [_fitted(batch.column(field.name), field) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _fitted(column: pa.Array, field: pa.Field) -> pa.Array:
    if pa.types.is_boolean(field.type) and pa.types.is_integer(column.type):
        return pc.not_equal(column, 0)
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(field.type) and column.type.tz is None:
        raise SourceContractError(f"'{field.name}' is a timestamp without time zone: the source must give one")
    try:
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise SourceContractError(
            f"'{field.name}' came as {column.type}, which does not fit {field.type}: was the column retyped?"
        ) from None


def _from_rows(rows: Iterable[sa.Row[Any]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True))
    return pa.RecordBatch.from_arrays([_from_values(column, field) for column, field in zip(columns, schema, strict=True)], schema=schema)


def _from_values(values: tuple[object, ...], field: pa.Field) -> pa.Array:
    if pa.types.is_timestamp(field.type):
        values = tuple(None if value is None else as_instant(value, f"'{field.name}'") for value in values)
    elif pa.types.is_boolean(field.type):
        values = tuple(None if value is None else bool(value) for value in values)
    try:
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        raise SourceContractError(f"'{field.name}' holds values that do not fit {field.type}: was the column retyped?") from None
