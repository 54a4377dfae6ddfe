"""Keys of seals that are kept for the next look-up: as many as there is room for, and the answers are the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.night import Night
from pipeline.data import sealed_keys
from pipeline.data.lake import Lake, partition
from pipeline.data.names import TRANSACTION_ID, TRANSACTIONS
from pipeline.data.sealed_keys import SealedKeys
from pipeline.data.seals import Seal

KEYS = {day: list(range(day, 1_000 + day, 3)) for day in (1, 2, 3)}  # they lie between each other
ONE = len(KEYS[1]) * 8 + 64  # bytes of the keys of one seal, and of what says that none is missing


def seal(lake: Lake, day: int, keys: list[int]) -> Seal:
    night = Night(dt.date(2026, 3, day))
    stored = lake.write_table(partition(TRANSACTIONS, night), pa.table({TRANSACTION_ID: pa.array(keys, pa.int64())}))
    ends = {"first_key": str(keys[0]), "last_key": str(keys[-1]), "earliest": None, "complete": True, "figures": {}, "inputs": ()}
    none = dict.fromkeys(("rejected_rows", "collapsed_rows", "late_rows", "straggler_rows", "verdict_rows"), 0)
    file = {"path": stored.path, "row_count": stored.rows, "byte_count": stored.bytes, "sha256": stored.sha256, "source_checksum": ""}
    return Seal(
        seal_id=day,
        night=night,
        what=TRANSACTIONS,
        view="",
        version=1,
        source_rows=stored.rows,
        run_id=1,
        bound_at=None,
        **file,
        **none,
        **ends,
    )


@pytest.mark.parametrize("kept", [0, ONE, 2 * ONE, 2**30])
def test_whatever_there_is_room_for_the_same_keys_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    monkeypatch.setattr(sealed_keys, "KEPT", kept)
    lake = Lake(tmp_path.as_uri())
    owned = SealedKeys(lake, [seal(lake, day, keys) for day, keys in KEYS.items()])
    for _ in range(2):
        found = {each.night.day.day: keys.to_pylist() for each, keys in owned.found(pa.chunked_array([[5, 6, 7, 5_000]]))}
        assert found == {1: [7], 2: [5], 3: [6]}
        assert sum(column.nbytes for column in owned._columns.values()) <= kept
    assert len(owned._columns) == min(3, kept // ONE)
