"""A night computed bucket by bucket has the bits that it has at once, however its rows are cut and however many buckets there are."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import WorldError
from pipeline.core.key_ranges import Room
from pipeline.features.declarations import Amount, Count, Weekend
from pipeline.features.in_buckets import BYTES_A_ROW, OF_THE_ROOM, Large, has_room, in_buckets
from pipeline.features.labels import heard
from pipeline.features.view import FeatureView
from tests.oracles.drawn import Past, crowded, pasts, views

DAY = dt.timedelta(days=1)


def bucketed(view: FeatureView, past: Past, buckets: int, batch: int, folder: Path) -> pa.Table:
    """Through some buckets, from batches of some size."""
    rows = past.history.num_rows + past.arrived.num_rows
    told = heard(past.labels, past.arrived["transaction_id"].type)
    large = Large(
        lambda: past.history.to_batches(max_chunksize=batch),
        lambda: past.arrived.to_batches(max_chunksize=batch),
        told,
        rows,
        past.arrived.schema,
    )
    room = Room(max(rows, 1) * BYTES_A_ROW * OF_THE_ROOM // buckets, folder)
    pieces = list(in_buckets(view, large, room))
    return pa.concat_tables([view.schema(past.arrived["transaction_id"].type).empty_table(), *pieces])


def agree(view: FeatureView, past: Past, buckets: int, batch: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        found = bucketed(view, past, buckets, batch, Path(folder)).combine_chunks()
        assert not list(Path(folder).iterdir())
    return bool(found.equals(view.compute(past.history, past.arrived, past.labels).combine_chunks()))


@settings(max_examples=150, deadline=None)
@given(pasts(), views(), st.integers(1, 7), st.integers(1, 12))
def test_buckets_and_batches_change_no_bit(past: Past, view: FeatureView, buckets: int, batch: int) -> None:
    assert agree(view, past, buckets, batch)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), views(), st.integers(1, 7), st.integers(1, 60))
def test_nor_do_they_where_tables_are_crowded(seed: int, view: FeatureView, buckets: int, batch: int) -> None:
    assert agree(view, crowded(seed), buckets, batch)


def test_a_view_may_know_of_rows_alone_or_of_windows_alone() -> None:
    for features in ((Amount(), Weekend()), (Count("terminal", (DAY,)),)):
        assert agree(FeatureView("alone", features), crowded(3), 3, 5)


def test_what_has_room_is_said_by_its_rows() -> None:
    room = Room(2 * 10**6 * BYTES_A_ROW, Path("scratch"))
    assert has_room(10**6, room)
    assert not has_room(10**6 + 1, room)


def test_rows_that_find_no_place_on_the_disk_end_the_step_with_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.write_text("a file where the folder should be")
    with pytest.raises(WorldError, match=r"rows that the memory has no room for cannot be put into .*scratch: File exists"):
        bucketed(FeatureView("alone", (Count("terminal", (DAY,)),)), crowded(3), 3, 5, folder)
