"""Loading of files into the source's tables: all or nothing, and never the same rows twice by mistake."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from psycopg import sql
from pyarrow import csv
from sqlalchemy.exc import DBAPIError

from pipeline.core.errors import UsageError
from pipeline.core.settings import Source
from pipeline.data.database import Database
from pipeline.data.load_files import Contract, SourceFile, find_file, open_file
from pipeline.data.load_tables import Existing, Loading, make_empty_labels, prepare, refresh_statistics

Progress = Callable[[str, int, int | None], None]  # table, rows loaded so far, rows in all where they are known
Send = Callable[[pa.RecordBatch], None]


@dataclass(frozen=True)
class LoadCounts:
    """Rows loaded into each table, and extra columns that no table could hold."""

    transactions: int
    labels: int
    left_out: tuple[str, ...] = ()


def load(database: Database, source: Source, path: Path, progress: Progress, existing: Existing = Existing.REFUSE) -> LoadCounts:
    """Load `transactions` and `labels` (Parquet or CSV) from a folder, or one such file, in one transaction.

    Missing tables are made: `bigint` or `text` keys, `timestamptz`, `numeric(18, minor units)`, an index on the arrival of rows.
    A table that holds rows already is refused unless `existing` says what to do with them (`UsageError`).
    """
    files = _files(source, path)
    with database.begin() as connection:
        loadings = {name: prepare(connection, source, name, file, existing) for name, file in files.items()}
        counts = {name: _fill(database, connection, loading, progress) for name, loading in loadings.items()}
        if path.is_dir() and "labels" not in files:
            make_empty_labels(connection, source, loadings["transactions"])
    left_out = tuple(column for file in files.values() for column in file.left_out)
    return LoadCounts(counts.get("transactions", 0), counts.get("labels", 0), left_out)


def _files(source: Source, path: Path) -> dict[str, SourceFile]:
    """The files to load, all looked at before a row is written."""
    if not path.exists():
        raise UsageError(f"{path} does not exist: name a folder with transactions.parquet (or .csv) and labels.parquet (or .csv)")
    contracts = {"transactions": Contract.of_transactions(source.transactions), "labels": Contract.of_labels(source.labels)}
    found = {name: find_file(path, name) for name in contracts}
    if path.is_dir() and found["transactions"] is None:
        raise UsageError(f"{path} holds neither transactions.parquet nor transactions.csv")
    if not any(found.values()):
        raise UsageError(f"{path.name} is not clear: call the file transactions.parquet, transactions.csv, labels.parquet or labels.csv")
    return {name: open_file(file, contracts[name]) for name, file in found.items() if file is not None}


def _fill(database: Database, connection: sa.Connection, loading: Loading, progress: Progress) -> int:
    """Send every row of the file; the count comes back."""
    rows = 0
    with database.in_words(loading.table.fullname), _sender(connection, loading.table) as send:
        for batch in loading.file.batches():
            send(batch)
            rows += batch.num_rows
            progress(loading.table.fullname, rows, loading.file.rows)
    refresh_statistics(connection, loading.table)
    return rows


def _sender(connection: sa.Connection, table: sa.Table) -> AbstractContextManager[Send]:
    return _copying(connection, table) if connection.dialect.driver == "psycopg" else _inserting(connection, table)


@contextmanager
def _copying(connection: sa.Connection, table: sa.Table) -> Iterator[Send]:
    """COPY within the open transaction; CSV carries every type, and quotes tell empty text from null."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    place = sql.Identifier(table.schema, table.name) if table.schema else sql.Identifier(table.name)
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # SQLAlchemy does not know its type
    try:
        with driver.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(place, columns)) as copy:
            yield lambda batch: copy.write(_csv_lines(batch))
    except psycopg.Error as error:
        raise DBAPIError("COPY", None, error) from None


def _csv_lines(batch: pa.RecordBatch) -> bytes:
    lines = io.BytesIO()
    csv.write_csv(batch, lines, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return lines.getvalue()


@contextmanager
def _inserting(connection: sa.Connection, table: sa.Table) -> Iterator[Send]:
    """Plain inserts, for dialects without COPY."""
    amounts = [column.name for column in table.columns if isinstance(column.type, sa.Numeric) and not isinstance(column.type, sa.Float)]

    def send(batch: pa.RecordBatch) -> None:
        rows = batch.to_pylist()
        for row in rows:
            row.update({name: Decimal(row[name]) for name in amounts if row[name] is not None})
        if rows:
            connection.execute(sa.insert(table), rows)

    yield send
