"""Rows in ranges of their keys: all of them, each key in one range, the same seal however they came and however little memory there is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.core import key_ranges
from pipeline.core.key_ranges import KeyRanges, Room
from pipeline.core.night import Night
from pipeline.data.contract import Contract, split_transactions
from pipeline.data.lake import Lake, Stored
from pipeline.data.names import INSTANT, transactions_schema
from pipeline.data.parquet_files import ROW_GROUP

NIGHT = Night.parse("2026-03-02")
MOMENTS = [NIGHT.start, NIGHT.start + dt.timedelta(hours=1)]
KEYS = {pa.int64(): [-(2**63), -1, 0, 1, 2, 3, 2**62, None], pa.string(): ["", "10", "3", "z", "é", "𝄞", None]}
Row = dict[str, object]


def schema_of(key: pa.DataType) -> pa.Schema:
    fixed = [("transaction_id", key), ("occurred_at", INSTANT), ("recorded_at", INSTANT), ("amount", pa.float64())]
    return pa.schema([*fixed, ("customer", pa.string())])


@st.composite
def nights(draw: st.DrawFn) -> tuple[pa.DataType, list[Row]]:
    """A key and up to forty rows, many of one id."""
    key = draw(st.sampled_from(list(KEYS)))
    fields = {
        "transaction_id": st.sampled_from(KEYS[key]),
        "occurred_at": st.just(NIGHT.start),
        "recorded_at": st.sampled_from(MOMENTS),
        "amount": st.sampled_from([1.0, 1.0, 1.0, 2.0]),
        "customer": st.sampled_from(["x", None]),
    }
    return key, draw(st.lists(st.fixed_dictionaries(fields), max_size=40))


def batches(rows: list[Row], schema: pa.Schema, size: int) -> list[pa.RecordBatch]:
    return pa.Table.from_pylist(rows, schema).to_batches(size)


def counted(rows: Iterable[Row]) -> Counter[tuple[tuple[str, object], ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


@contextmanager
def in_small_ranges(rows: Iterable[pa.RecordBatch], schema: pa.Schema, room: Room, range_rows: int) -> Iterator[KeyRanges]:
    with pytest.MonkeyPatch.context() as patch, KeyRanges("transaction_id", schema, room) as ranges:
        patch.setattr(key_ranges, "RANGE_ROWS", range_rows)
        patch.setattr(key_ranges, "BATCH_ROWS", 1 + range_rows // 2)
        for batch in rows:
            ranges.add(batch)
        yield ranges


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranges")


ROOMS = st.sampled_from([1, 1_000, 20_000, 2**31])  # bytes: every batch is a run of its own on the disk, …, none is
SOME = [{"transaction_id": 1, "occurred_at": NIGHT.start, "recorded_at": NIGHT.start, "amount": 1.0, "customer": "x"}] * 20


@given(drawn=nights(), size=st.integers(1, 12), memory=ROOMS, range_rows=st.integers(1, 12))
@example(drawn=(pa.int64(), SOME), size=3, memory=1, range_rows=1)  # one key fills all that is loaded
def test_every_row_lies_in_one_range_and_every_key_below_those_of_the_next(
    folder: Path, drawn: tuple[pa.DataType, list[Row]], size: int, memory: int, range_rows: int
) -> None:
    key, rows = drawn
    schema = schema_of(key)
    with in_small_ranges(batches(rows, schema, size), schema, Room(memory, folder), range_rows) as ranges:
        found = [part.to_pylist() for part in ranges.ranges()]
    assert counted(row for part in found for row in part) == counted(rows)
    keyed = [[row["transaction_id"] for row in part] for part in found if part and part[0]["transaction_id"] is not None]
    assert all(max(one) < min(other) for one, other in pairwise(keyed))
    assert all(None not in part for part in keyed)
    assert not any(folder.iterdir())


@given(drawn=nights(), shuffled=st.randoms(), size=st.integers(1, 12), memory=ROOMS, range_rows=st.integers(1, 12))
def test_a_night_in_ranges_is_the_same_seal_as_the_night_judged_whole(
    folder: Path, drawn: tuple[pa.DataType, list[Row]], shuffled: object, size: int, memory: int, range_rows: int
) -> None:
    key, rows = drawn
    schema, contract = schema_of(key), Contract(key, {"customer": pa.string()}, ("customer",), 2, negative_amounts=False)
    lake = Lake((folder.parent / "lake").as_uri())
    whole = split_transactions(pa.Table.from_pylist(rows, schema), contract, NIGHT)
    again = list(rows)
    shuffled.shuffle(again)  # type: ignore[attr-defined]
    with in_small_ranges(batches(again, schema, size), schema, Room(memory, folder), range_rows) as ranges:
        splits = [split_transactions(part, contract, NIGHT) for part in ranges.ranges()]
    sealed = lake.write_pieces("t", [split.accepted for split in splits], transactions_schema(key, contract.entities))
    assert sealed == lake.write_table("t", whole.accepted)
    assert sum(split.collapsed for split in splits) == whole.collapsed
    told = Counter(str(row) for split in splits for row in split.rejected.to_pylist())
    assert told == Counter(str(row) for row in whole.rejected.to_pylist())


def test_row_groups_are_cut_by_number_whatever_the_pieces(tmp_path: Path) -> None:
    lake, rows = Lake(tmp_path.as_uri()), pa.table({"transaction_id": range(2 * ROW_GROUP + 7), "word": ["w"] * (2 * ROW_GROUP + 7)})

    def written(*sizes: int) -> Stored:
        starts = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
        return lake.write_pieces("t", [rows.slice(start, size) for start, size in zip(starts, [*sizes, None], strict=True)], rows.schema)

    assert written() == written(1, 0, 5) == written(ROW_GROUP) == written(ROW_GROUP - 1, ROW_GROUP + 1, 7)


def test_a_file_whose_writing_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    lake, rows = Lake(tmp_path.as_uri()), pa.table({"transaction_id": [1]})

    def failing() -> Iterator[pa.Table]:
        yield rows
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lake.write_pieces("t", failing(), rows.schema)
    assert not any((tmp_path / "t").iterdir())
