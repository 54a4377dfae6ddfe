"""How many rows repeat an id, exactly, whatever order they come in; of ids that rise nothing is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import Keys, key_hashes

SEED = np.uint64(0)
FLAGS_A_ROW = 8  # numbers may lie so many apart to be marked: as many bytes as a sorted copy takes


@dataclass(frozen=True)
class Ids:
    """Of a column of ids: rows, nulls, and rows whose id an earlier row has."""

    rows: int
    nulls: int
    repeated: int


def ids_of(read: Callable[[], Iterable[pa.ChunkedArray]]) -> Ids:
    """Of ids that come by parts, the same each time they are read: all are held at once only where they do not rise."""
    rows = nulls = 0
    rise, last = True, None
    for ids in read():
        rows, nulls = rows + len(ids), nulls + ids.null_count
        rise = rise and not nulls and _rise(ids, last)
        last = ids[-1] if len(ids) else last
    return Ids(rows, nulls, 0 if rise else duplicate_rows(pa.chunked_array([chunk for ids in read() for chunk in ids.chunks])))


def _rise(ids: pa.ChunkedArray, last: pa.Scalar | None) -> bool:
    """Whether each is above the one before it, and the first above the last so far."""
    if not len(ids):
        return True
    begins_above = last is None or pc.less(last, ids[0]).as_py()
    return bool(begins_above and pc.all(pc.less(ids.slice(0, len(ids) - 1), ids.slice(1)), min_count=0).as_py())


def duplicate_rows(ids: Keys) -> int:
    """Rows whose id an earlier row has (`int64` or `string`; null counts as an id).

    It takes at most 24 bytes a row, where a table of all ids takes 98 to 116 (10M rows: 1.0 GB): numbers that lie close together are
    marked in an array of flags; others, or the hashes of texts, are sorted, and only texts whose hash comes twice are compared.
    """
    known = ids.drop_null() if ids.null_count else ids
    repeated = _repeated_numbers(known.to_numpy()) if known.type == pa.int64() else _repeated_texts(known)
    return int(max(ids.null_count - 1, 0)) + repeated


def _repeated_numbers(ids: npt.NDArray[np.int64]) -> int:
    if not len(ids):
        return 0
    lowest = int(ids.min())
    width = int(ids.max()) - lowest + 1
    if width > FLAGS_A_ROW * len(ids):
        return int(_again(np.sort(ids)).sum())
    seen = np.zeros(width, np.bool_)
    seen[ids - lowest] = True
    return len(ids) - int(np.count_nonzero(seen))


def _repeated_texts(ids: Keys) -> int:
    hashes = key_hashes(ids, SEED)
    in_order = np.sort(hashes)
    twice = in_order[1:][_again(in_order)]
    if not len(twice):
        return 0
    suspects = ids.filter(pa.array(np.isin(hashes, twice)))
    return len(suspects) - int(pc.count_distinct(suspects).as_py())


def _again(in_order: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Whether each of the values after the first equals the one before it."""
    return np.asarray(in_order[1:] == in_order[:-1], np.bool_)
