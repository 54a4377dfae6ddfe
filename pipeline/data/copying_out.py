"""Rows of a PostgreSQL source in blocks, over SQLAlchemy's own connection and in a snapshot that another one holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType

import psycopg
import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.errors import SourceContractError
from pipeline.data.copy_stream import KINDS, CopyStream
from pipeline.data.database import WORK_PATIENCE
from pipeline.data.source import Query

PSYCOPG = sa.make_url("postgresql+psycopg://").get_dialect()()
BEGINNING = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    f"SET LOCAL idle_in_transaction_session_timeout = '{WORK_PATIENCE}'",  # the server may have a shorter one
)


class Copying:
    """Puts statements in words, and copies their rows out where there is nothing but numbers and instants and no cipher on the way."""

    def __init__(self, connection: sa.Connection) -> None:
        driver = connection.connection.driver_connection
        if not isinstance(driver, psycopg.Connection):
            raise SourceContractError("a PostgreSQL source needs the driver psycopg: write postgresql+psycopg://…")
        self.connection = connection
        self.driver = driver
        self.quoting = psycopg.ClientCursor(driver)
        self.has_begun = False

    def __enter__(self) -> Copying:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the connection back as it was; where anything failed, let nobody have it."""
        if error is not None:
            self.connection.invalidate()
        elif self.has_begun:
            self.driver.execute("COMMIT")

    def begin(self, snapshot: str) -> None:
        """From here on see what the owner of the snapshot sees, unless the socket carries cipher or leads to another server than his."""
        if self.driver.pgconn.ssl_in_use or self.driver.pgconn.used_gssapi:
            return
        for statement in ("BEGIN", *BEGINNING):
            self.driver.execute(statement)
        try:
            self.driver.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            self.has_begun = True
        except (psycopg.DataError, psycopg.ProgrammingError):
            self.driver.execute("ROLLBACK")

    def sql(self, select: Query) -> str:
        """The statement with its values in place."""
        compiled = select.compile(dialect=PSYCOPG, compile_kwargs={"render_postcompile": True})
        return self.quoting.mogrify(str(compiled), compiled.params)

    def blocks(self, select: Query, schema: pa.Schema) -> Iterator[pa.RecordBatch] | None:
        """The rows, under PostgreSQL's own types; None where they cannot be read so."""
        if not self.has_begun or any(pa.types.is_string(field.type) for field in schema):
            return None
        as_kept = select.with_only_columns(*map(_as_kept, select.selected_columns))
        types = self._types(as_kept)
        if not set(types.values()) <= set(KINDS):
            return None
        return CopyStream(self.driver, types).batches(f"COPY ({self.sql(as_kept)}) TO STDOUT (FORMAT binary)")

    def _types(self, select: Query) -> Mapping[str, int]:
        """PostgreSQL's number of the type of each column; the tables stay as they are until the snapshot ends."""
        described = self.driver.execute(self.sql(select.limit(0))).description or ()
        return {column.name: column.type_code for column in described}


def _as_kept(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """A numeric as the server keeps it: making doubles of them costs it a third of all that it does for a row."""
    cast = column.element if isinstance(column, sa.Label) else None
    if isinstance(cast, sa.Cast) and isinstance(cast.clause.type, sa.Numeric) and not isinstance(cast.clause.type, sa.Float):
        return cast.clause.label(column.name)
    return column
