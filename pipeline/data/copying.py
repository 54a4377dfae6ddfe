"""Rows of Arrow into PostgreSQL by its binary COPY: encoded by columns, sent in blocks through psycopg."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
END = b"\xff\xff"
EPOCH = np.datetime64("2000-01-01")  # from which PostgreSQL counts days and microseconds
DAYS = int(EPOCH.astype("M8[D]").astype(np.int64))
MICROSECONDS = int(EPOCH.astype("M8[us]").astype(np.int64))
NULL = -1  # the size of a missing value
SIZE = np.dtype(">i4")


def copy_into(connection: sa.Connection, table: str, rows: pa.RecordBatchReader) -> None:
    """Append the rows to a table of ours that has their columns, of the types in `_values` or text.

    What the table refuses is a `psycopg.Error`.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"COPY speaks through psycopg, not {type(driver).__name__}")
    statement = f"COPY {table} ({', '.join(rows.schema.names)}) FROM STDIN (FORMAT binary)"
    with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        copy.write(SIGNATURE)
        for batch in rows:
            copy.write(encoded(batch))
        copy.write(END)


def encoded(batch: pa.RecordBatch) -> bytes:
    """The rows one after the other: the number of columns, then of each column the size of its value and the value, big-endian."""
    count = pa.scalar(batch.num_columns.to_bytes(2, "big"), pa.binary())
    parts = [part for whole, columns in groupby(batch.columns, _is_whole) for part in (_whole(columns) if whole else _others(columns))]
    rows = pc.binary_join_element_wise(count, *parts, pa.scalar(b"", pa.binary()))
    return b"".join(_values_of(rows))


def _is_whole(column: pa.Array) -> bool:
    """Whether all its values are of one width."""
    return not column.null_count and not pa.types.is_string(column.type)


def _whole(columns: Iterable[pa.Array]) -> Iterator[pa.Array]:
    """Sizes and values of columns that stand side by side, as one array of bytes."""
    values = [_values(column) for column in columns]
    kinds = [(f"{what}{place}", kind) for place, each in enumerate(values) for what, kind in (("size", SIZE), ("value", each.dtype))]
    cells = np.empty(len(values[0]), kinds)
    for place, each in enumerate(values):
        cells[f"size{place}"], cells[f"value{place}"] = each.dtype.itemsize, each
    yield _binary(np.arange(len(cells) + 1) * cells.dtype.itemsize, cells)


def _others(columns: Iterable[pa.Array]) -> Iterator[pa.Array]:
    """Of each column its sizes, then its values without those that are missing: arrays of bytes that belong one after the other."""
    for column in columns:
        values = column.cast(pa.binary()) if pa.types.is_string(column.type) else _bytes_of(_values(column), column)
        sizes = pc.fill_null(pc.binary_length(values), NULL).to_numpy().astype(SIZE)
        yield _binary(np.arange(len(sizes) + 1) * SIZE.itemsize, sizes)
        yield pc.fill_null(values, b"")


def _bytes_of(values: npt.NDArray[np.generic], column: pa.Array) -> pa.Array:
    """The values as bytes; missing where they are missing in the column."""
    offsets = np.arange(len(values) + 1) * values.dtype.itemsize
    return pc.if_else(column.is_valid(), _binary(offsets, values), pa.scalar(None, pa.binary()))


def _values(column: pa.Array) -> npt.NDArray[np.generic]:
    """The values as PostgreSQL stores them; of a missing one anything. `TypeError` for types that none of our tables has."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "us":
        return (_filled(column.view(pa.int64())) - MICROSECONDS).astype(">i8")
    if pa.types.is_date32(kind):
        return (_filled(column.view(pa.int32())) - DAYS).astype(">i4")
    if kind in {pa.int64(), pa.int32(), pa.float64()}:
        numbers = _filled(column)
        return numbers.astype(numbers.dtype.newbyteorder(">"))
    if pa.types.is_boolean(kind):
        return _filled(column.cast(pa.uint8()))
    raise TypeError(f"COPY knows no way to send {kind}")


def _filled(column: pa.Array) -> npt.NDArray[np.generic]:
    return np.asarray(pc.fill_null(column, 0).to_numpy())


def _binary(offsets: npt.NDArray[np.int64], values: npt.NDArray[np.generic]) -> pa.Array:
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def _values_of(rows: pa.Array) -> Iterator[memoryview]:
    """All bytes of an array of bytes."""
    _, offsets, values = rows.buffers()
    if len(rows):
        yield memoryview(values)[: np.frombuffer(offsets, np.int32)[len(rows)]]
