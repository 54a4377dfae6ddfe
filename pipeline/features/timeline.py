"""The order in which entities lived: rows sorted by (entity, occurred_at, transaction_id), searched by instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.features.labels import Changes
from pipeline.features.rows import Codes, Integers, Rows

NOWHERE = -1  # no row


@dataclass(frozen=True)
class PlacedChanges:
    """Changes of labels, each with the place in a timeline at which its row stands."""

    place: Integers
    known_at: Integers
    step: Integers


@dataclass(frozen=True)
class Timeline:
    """Some rows in order. `key` is `entity * span + (occurred_at - origin)`, ascending; `row` is the row that stands at each place."""

    key: Integers
    row: Integers
    origin: int
    span: int

    @classmethod
    def of(cls, rows: Rows, code: Codes, members: Integers) -> Timeline:
        """Sort the rows `members`, whose entities are numbered by `code` (one number a member; number × span must fit 63 bits)."""
        occurred_at = rows.occurred_at[members]
        origin = int(occurred_at.min())
        span = int(occurred_at.max()) - origin + 1
        key = code.astype(np.int64) * span + (occurred_at - origin)
        order = np.argsort(key)
        return cls(key[order], _ties_ordered(key[order], members[order], rows.transaction_id), origin, span)

    def occurred_at(self, places: Integers) -> Integers:
        return self.origin + self.key[places] % self.span

    def first_after(self, places: Integers, instant: Integers) -> Integers:
        """For each place the first place of the same entity whose row occurred after `instant`; the entity's end where none did."""
        within = np.clip(instant - self.origin, -1, self.span - 1)
        return np.searchsorted(self.key, self._first_key(places) + within, side="right")

    def standing(self, places: Integers, ago: int) -> Integers:
        """How many rows of the timeline stand no later than `ago` microseconds before each place (0: up to the place itself)."""
        return places + 1 if ago == 0 else self.first_after(places, self.occurred_at(places) - ago)

    def placed(self, changes: Changes, changed: Integers) -> PlacedChanges:
        """Those of the changes whose rows stand here; `changed` lists the places of all rows that have changes."""
        by_row = changed[np.argsort(self.row[changed])]
        nearest = np.searchsorted(self.row[by_row], changes.row)
        here = np.flatnonzero(np.append(self.row[by_row], NOWHERE)[nearest] == changes.row)
        return PlacedChanges(by_row[nearest[here]], changes.known_at[here], changes.step[here])

    def known_frauds(self, places: Integers, changes: PlacedChanges, ago: int) -> Integers:
        """How many rows of the same entity, standing no later than `ago` before each place, are known as fraud at its instant.

        A change counts from the later of its `known_at` and the instant at which its row has become `ago` old, never for the row itself:
        that is one place of the timeline, and a prefix sum over these places answers for every row.
        """
        instant = np.maximum(changes.known_at, self.occurred_at(changes.place) + ago)
        counts_from = np.maximum(self.first_after(changes.place, instant - 1), changes.place + 1)
        in_time = np.flatnonzero(counts_from < self._end(changes.place))
        order = in_time[np.argsort(counts_from[in_time])]
        total = np.concatenate(([0], np.cumsum(changes.step[order])))
        until = np.searchsorted(counts_from[order], places, side="right")
        before = np.searchsorted(counts_from[order], self._start(places), side="left")
        return np.asarray(total[until] - total[before], dtype=np.int64)

    def _first_key(self, places: Integers) -> Integers:
        return self.key[places] // self.span * self.span

    def _start(self, places: Integers) -> Integers:
        return np.searchsorted(self.key, self._first_key(places), side="left")

    def _end(self, places: Integers) -> Integers:
        return np.searchsorted(self.key, self._first_key(places) + self.span, side="left")


def _ties_ordered(key: Integers, row: Integers, transaction_id: pa.ChunkedArray) -> Integers:
    """The rows of ascending `key`, those of one entity and one instant in the order of their ids."""
    same = key[1:] == key[:-1]
    tied = np.zeros(len(key), dtype=np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    ties = pa.table({"key": key[tied], "id": transaction_id.take(pa.array(row[tied]))})
    order = pc.sort_indices(ties, sort_keys=[("key", "ascending"), ("id", "ascending")])
    ordered = row.copy()
    ordered[tied] = row[tied][order.to_numpy()]
    return ordered
