"""Tables that are looked at by so many rows at a time: held in memory, or lying in a file that has no room there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

ROWS_AT_ONCE = 65_536  # half a megabyte of a column: it stays in the processor's cache through all steps of a profile


@dataclass(frozen=True)
class Filed:
    """A table in a file: its columns, and how to read some of them by `ROWS_AT_ONCE` rows, from the first row on each time."""

    schema: pa.Schema
    read: Callable[[Sequence[str]], Iterable[pa.RecordBatch]]


Frame: TypeAlias = pa.Table | Filed


def in_batches(frame: Frame, columns: Iterable[str]) -> Iterator[pa.Table]:
    """Those of the columns that there are, by the same number of rows however the table is chunked; once without rows where none are."""
    schema = frame.schema
    known = [name for name in dict.fromkeys(columns) if name in schema.names]
    if isinstance(frame, Filed):
        read = (pa.Table.from_batches([batch]) for batch in frame.read(known))
    else:
        chosen = frame.select(known)
        read = (chosen.slice(start, ROWS_AT_ONCE) for start in range(0, frame.num_rows, ROWS_AT_ONCE))
    first = next(read, None)
    yield pa.schema([schema.field(name) for name in known]).empty_table() if first is None else first
    yield from read
