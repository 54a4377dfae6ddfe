"""The features of a night that has no room in memory: for each kind of entity its windows alone, and of that so many entities at a time.

What a window says of a transaction follows from the rows of its entity. So the rows of a kind are dealt into buckets by a hash of the
entity, each bucket is computed by itself, `FeatureView.compute` from Arrow to Arrow, and the columns that come out are put side by side
again in the order of the night's rows. History and columns wait on the disk meanwhile.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import key_hashes
from pipeline.core.kernels import Integers
from pipeline.core.key_ranges import Reading, Room, Spilled, in_order, side_by_side, writing
from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.view import FeatureView

ROWS_AT_ONCE = 131_072  # of the night, or of its history: a group of rows of a file
BYTES_A_ROW = 400  # of a bucket while it is computed, ids of 16 bytes among them
OF_THE_ROOM = 8  # a bucket may take an eighth: what is imported takes most of the least room
MOST_BUCKETS = 200  # a file each, and another for what comes of it, for each kind of entity: a process may have a thousand open
SEED = np.uint64(0)  # no model hangs on who shares a bucket
PLACE = "place"  # of a row among the night's own; of history NOT_OWN
NOT_OWN = -1

Batches = Callable[[], Iterable[pa.RecordBatch]]  # of one order, each time they are asked for


@dataclass(frozen=True)
class Large:
    """A night and what it looks back on, by batches; `labels` are those that `labels.heard` keeps, `rows` how many are in both."""

    history: Batches
    arrived: Batches
    labels: pa.Table
    rows: int
    transactions: pa.Schema


def has_room(rows: int, room: Room) -> bool:
    """Whether so many rows may be computed at once."""
    return rows * BYTES_A_ROW <= room.memory // 2


def in_buckets(view: FeatureView, night: Large, room: Room) -> Iterator[pa.Table]:
    """The rows of `view.compute`, bit for bit and in the order of the night's own, piece by piece."""
    schema = view.schema(night.transactions.field(TRANSACTION_ID).type)
    of_rows, nothing = view.of_rows, night.transactions.empty_table()
    with ExitStack() as files:
        windows = [_Columns(_computed(view.about(entity), night, room, files)) for entity in view.entities]
        for batch in night.arrived():
            rows = pa.Table.from_batches([batch])
            parts = [columns.take(rows.num_rows) for columns in windows]
            if of_rows is not None:
                parts.append(of_rows.compute(nothing, rows, night.labels.slice(0, 0)))
            known = {name: part[name] for part in parts for name in part.column_names if name in view.columns}
            own = [rows[TRANSACTION_ID], rows[OCCURRED_AT], rows[AMOUNT_CENTS]]
            yield pa.Table.from_arrays([*own, *(known[name] for name in view.columns)], schema=schema)


class _Columns:
    """Columns that come in ranges, taken by any number of rows."""

    def __init__(self, ranges: Iterator[pa.Table]) -> None:
        self.ranges = ranges
        self.left: list[pa.Table] = []

    def take(self, rows: int) -> pa.Table:
        """The next so many rows; there are as many as the night has."""
        while sum(part.num_rows for part in self.left) < rows:
            self.left.append(next(self.ranges))
        whole = pa.concat_tables(self.left)
        self.left = [whole.slice(rows)]
        return whole.slice(0, rows)


def _computed(view: FeatureView, night: Large, room: Room, files: ExitStack) -> Iterator[pa.Table]:
    """The columns of a view of one entity, in ranges of places."""
    (entity,) = view.entities
    number = min(MOST_BUCKETS, max(1, -(-night.rows * BYTES_A_ROW // (room.memory // OF_THE_ROOM))))
    chosen = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS, entity]
    schema = pa.schema([pa.field(PLACE, pa.int64()), *(night.transactions.field(name).with_nullable(True) for name in chosen)])
    runs = []
    with ExitStack() as dealt_files:
        for bucket in _dealt(night, entity, schema, [_Bucket(schema, room, dealt_files) for _ in range(number)]):
            rows = bucket.rows()
            own = pa.array(np.asarray(rows[PLACE].to_numpy()) != NOT_OWN)
            arrived = rows.filter(own)
            features = view.compute(rows.filter(pc.invert(own)), arrived, night.labels)
            run = pa.table({PLACE: arrived[PLACE], **{name: features[name] for name in view.columns}}).combine_chunks()
            del rows, arrived, features
            if run.num_rows:
                runs.append(Spilled.of(run, room.scratch, files))
    columns = pa.schema([pa.field(PLACE, pa.int64()), *(pa.field(name, pa.float64()) for name in view.columns)])
    for part in side_by_side([Reading(PLACE, run.batches()) for run in runs], columns):
        yield in_order(part.combine_chunks(), PLACE)


class _Bucket:
    """Rows of some entities, on the disk."""

    def __init__(self, schema: pa.Schema, room: Room, files: ExitStack) -> None:
        self.folder, self.schema = room.scratch, schema
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.file: IO[bytes] = files.enter_context(tempfile.TemporaryFile(dir=self.folder))  # noqa: SIM115  # the context is the caller's
        self.stream = pa.ipc.new_stream(self.file, schema)

    def add(self, rows: pa.RecordBatch) -> None:
        with writing(self.folder):
            self.stream.write_batch(rows)

    def rows(self) -> pa.Table:
        """All of them; the file is closed."""
        with writing(self.folder):
            self.stream.close()
            self.file.flush()
        self.file.seek(0)
        with self.file:
            return pa.ipc.open_stream(self.file).read_all()


def _dealt(night: Large, entity: str, schema: pa.Schema, buckets: list[_Bucket]) -> list[_Bucket]:
    """Every row of the night's own and of its history, in the bucket of its entity; of history without an entity nothing is asked."""
    for batch in night.history():
        known = batch.filter(batch.column(entity).is_valid())
        _deal(known, np.full(known.num_rows, NOT_OWN, np.int64), entity, schema, buckets)
    begin = 0
    for batch in night.arrived():
        _deal(batch, np.arange(begin, begin + batch.num_rows), entity, schema, buckets)
        begin += batch.num_rows
    return buckets


def _deal(rows: pa.RecordBatch, place: Integers, entity: str, schema: pa.Schema, buckets: list[_Bucket]) -> None:
    number = _bucket_of(rows.column(entity), place, len(buckets))
    order = np.argsort(number, kind="stable")
    columns = {name: rows.column(name).cast(schema.field(name).type) for name in schema.names if name != PLACE}
    sorted_rows = pa.RecordBatch.from_pydict({PLACE: place, **columns}, schema).take(pa.array(order))
    ends = np.searchsorted(number[order], np.arange(len(buckets)), side="right").tolist()
    for bucket, begin, end in zip(buckets, [0, *ends], ends, strict=False):
        if end > begin:
            bucket.add(sorted_rows.slice(begin, end - begin))


def _bucket_of(keys: pa.Array, place: Integers, buckets: int) -> Integers:
    """By a hash of the key; rows without a key are spread evenly."""
    number = place % buckets
    known = np.asarray(keys.is_valid().to_numpy(zero_copy_only=False))
    number[known] = (key_hashes(keys.drop_null(), SEED) % np.uint64(buckets)).astype(np.int64)
    return number
