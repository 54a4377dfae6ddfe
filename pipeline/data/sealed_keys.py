"""Which transactions are sealed already: one belongs for ever to the first night that sealed it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.key_ranges import AS_VALUE
from pipeline.core.night import Night
from pipeline.data.contract import CONFLICT, Split, rejected_rows
from pipeline.data.lake import Lake, concatenated
from pipeline.data.names import OCCURRED_AT, RECORDED_AT, TRANSACTION_ID
from pipeline.data.seals import Seal

Key: TypeAlias = Any  # a whole number or a text, as the ids are

KEPT = 128 * 2**20  # bytes of keys kept for the next look-up: a quarter of the least memory that may be had, 16 million whole numbers


class SealedKeys:
    """Looks ids up in seals of transactions; a seal whose keys lie elsewhere is not even opened."""

    def __init__(self, lake: Lake, seals: Iterable[Seal]) -> None:
        self.lake = lake
        self.seals = list(seals)
        self._columns: dict[int, pa.ChunkedArray] = {}  # of seals that were opened, as many as there is room for

    def add(self, seal: Seal) -> None:
        """From now on this seal owns its rows too."""
        self.seals.append(seal)

    def without_sealed(self, night: Night, split: Split) -> Split:
        """Take out of a night's rows those that another night sealed: the same payload collapses, another one is rejected."""
        ids = split.accepted[TRANSACTION_ID]
        others = [self._rows(seal, keys) for seal, keys in self.found(ids) if seal.night != night]
        if not others:
            return split
        sealed = concatenated(others, others[0].schema)
        known = pc.is_in(ids, sealed[TRANSACTION_ID].combine_chunks())
        again, fresh = split.accepted.filter(known), split.accepted.filter(pc.invert(known))
        same = _same_payload(again, sealed)
        conflicting = again.filter(pa.array(~same))
        reasons = pa.array([CONFLICT] * conflicting.num_rows, pa.string())
        rejected = rejected_rows(conflicting[TRANSACTION_ID], conflicting[OCCURRED_AT], reasons)
        return Split(fresh, pa.concat_tables([split.rejected, rejected]), split.collapsed + int(same.sum()))

    def holding(self, ids: pa.ChunkedArray) -> pa.ChunkedArray:
        """Those of `ids` that some seal holds."""
        chunks = [chunk for _, keys in self.found(ids) for chunk in keys.chunks]
        return pa.chunked_array(chunks, ids.type)

    def found(self, ids: pa.ChunkedArray) -> Iterator[tuple[Seal, pa.ChunkedArray]]:
        """Each seal that holds some of `ids`, with those it holds."""
        least, greatest = (end.as_py() for end in pc.min_max(ids).values())
        for seal in self.seals:
            ends = ends_of(seal, ids.type)
            if least is not None and ends is not None and ends[0] <= greatest and ends[1] >= least:
                near = _between(ids, *ends)
                keys = _near(self._keys(seal), near) if len(near) else near
                held = keys.filter(pc.is_in(keys, near.combine_chunks()))
                if len(held):
                    yield seal, held

    def _keys(self, seal: Seal) -> pa.ChunkedArray:
        """All keys of a seal: read again each time where the first ones took the room, since they would be asked for again before these."""
        if seal.seal_id in self._columns:
            return self._columns[seal.seal_id]
        keys = self.lake.read_table(seal.path, seal.sha256, [TRANSACTION_ID])[TRANSACTION_ID]
        if keys.nbytes + sum(column.nbytes for column in self._columns.values()) <= KEPT:
            self._columns[seal.seal_id] = keys
        return keys

    def _rows(self, seal: Seal, keys: pa.ChunkedArray) -> pa.Table:
        rows = self.lake.read_table(seal.path, seal.sha256)
        return rows.filter(pc.is_in(rows[TRANSACTION_ID], keys.combine_chunks()))


def _near(keys: pa.ChunkedArray, ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of sorted keys those from the least to the greatest of the ids."""
    ends = pc.min_max(ids).as_py()
    first = bisect_left(keys, ends["min"], key=AS_VALUE)
    return keys[first : bisect_right(keys, ends["max"], lo=first, key=AS_VALUE)]


def ends_of(seal: Seal, key: pa.DataType) -> tuple[Key, Key] | None:
    """The first and the last key of a sealed file; None of one without rows."""
    if not seal.row_count or seal.first_key is None or seal.last_key is None:
        return None
    ends = (seal.first_key, seal.last_key)
    return (int(ends[0]), int(ends[1])) if pa.types.is_integer(key) else ends


def _between(ids: pa.ChunkedArray, first: Key, last: Key) -> pa.ChunkedArray:
    """The ids that can lie in a sorted file whose first and last keys these are."""
    low, high = pa.scalar(first, ids.type), pa.scalar(last, ids.type)
    return ids.filter(pc.and_(pc.greater_equal(ids, low), pc.less_equal(ids, high)))


def _same_payload(again: pa.Table, sealed: pa.Table) -> npt.NDArray[np.bool_]:
    """For each row of `again`, whether the sealed row of its id says the same in all but its arrival."""
    first = sealed.take(pc.index_in(again[TRANSACTION_ID], sealed[TRANSACTION_ID].combine_chunks()))
    same = np.ones(again.num_rows, dtype=np.bool_)
    for name in again.column_names:
        if name in {TRANSACTION_ID, RECORDED_AT}:
            continue
        equal = pc.fill_null(pc.equal(again[name], first[name]), False)
        both_null = pc.and_(again[name].is_null(), first[name].is_null())
        same &= np.asarray(pc.or_(equal, both_null).to_numpy(), dtype=np.bool_)
    return same
