"""The order in which entities lived: rows sorted by (entity, occurred_at, transaction_id)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.features.entity_sort import ENTITY_SORT
from pipeline.features.labels import Turns
from pipeline.features.lookup import ABSENT
from pipeline.features.rows import Codes, Integers, Rows

NOWHERE = -1  # no row


@dataclass(frozen=True)
class Timeline:
    """Rows in order: `starts` of the entities and the end of the last, and of each place the `instant` and the `row` that stand there."""

    starts: Integers
    instant: Integers
    row: Codes

    @classmethod
    def of(cls, rows: Rows, code: Codes, after: int) -> Timeline:
        """Of all rows that occurred later than `after` and whose entity has a code of 0 or more."""
        count, entities = len(code), int(code.max(initial=NOWHERE)) + 1
        starts = np.zeros(entities + 1, np.int64)
        instant, spare_instant = (np.empty(count, np.int64) for _ in range(2))  # untouched room costs no memory
        row, spare_row = (np.empty(count, np.int32) for _ in range(2))
        ENTITY_SORT(code, rows.occurred_at, count, after, entities, starts, instant, row, spare_instant, spare_row)
        placed = int(starts[-1])
        order_ties(starts, instant[:placed], row[:placed], rows.transaction_id)
        return cls(starts, instant[:placed], row[:placed])

    @property
    def entities(self) -> int:
        return len(self.starts) - 1

    @property
    def largest(self) -> int:
        """How many rows the entity with most of them has."""
        return int(np.diff(self.starts).max(initial=0))

    def places(self, rows: Integers) -> Integers:
        """The place of each of these rows; `NOWHERE` where it does not stand here."""
        asked = np.zeros(max(int(rows.max(initial=0)), int(self.row.max(initial=0))) + 1, dtype=np.bool_)
        asked[rows] = True
        places = np.flatnonzero(asked[self.row])
        by_row = places[np.argsort(self.row[places])]
        nearest = np.searchsorted(self.row[by_row], rows)
        found = np.append(self.row[by_row], NOWHERE)[nearest] == rows
        return np.where(found, np.append(by_row, NOWHERE)[nearest], NOWHERE)

    def lows(self, turns: Turns) -> Integers:
        """The place from which on each of these turns may count: behind its own transaction, or the first of its entity."""
        low = self.starts[turns.code]
        here = np.flatnonzero(turns.row != ABSENT)
        place = self.places(turns.row[here])
        low[here] = np.where(place == NOWHERE, low[here], place + 1)
        return low


def order_ties(starts: Integers, instant: Integers, row: Codes, transaction_id: pa.ChunkedArray) -> None:
    """Put the rows of one entity and one instant in the order of their ids, where they stand in `row`."""
    again = np.flatnonzero(instant[1:] == instant[:-1]) + 1
    again = again[starts[np.searchsorted(starts, again)] != again]  # the first row of an entity repeats nothing
    if len(again) == 0:
        return
    tied = np.union1d(again - 1, again)
    run = np.cumsum(~np.isin(tied, again))  # a tie begins where a row does not repeat the one before it
    ties = pa.table({"run": run, "id": transaction_id.take(pa.array(row[tied]))})
    order = pc.sort_indices(ties, sort_keys=[("run", "ascending"), ("id", "ascending")])
    row[tied] = row[tied][order.to_numpy()]
