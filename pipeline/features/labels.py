"""Labels as dated changes: from when on is a transaction known as fraud, and until when?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.kernels import Codes
from pipeline.data.names import INSTANT, IS_FRAUD, KNOWN_AT, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.lookup import ABSENT, places_in
from pipeline.features.rows import Bools, Integers, Rows, instants


@dataclass(frozen=True)
class Turns:
    """Turns in the lives of entities: a transaction of the entity `code` becomes (+1) or ceases to be (-1) a known fraud.

    Instants are microseconds since 1970. `row` is the transaction among the rows of the night, `ABSENT` where it is not among them:
    then it occurred before all rows of the night's own, and its order among others of its instant does not matter.
    """

    code: Codes
    row: Integers
    occurred_at: Integers
    known_at: Integers
    step: Integers

    def at(self, which: Integers | Bools) -> Turns:
        return Turns(self.code[which], self.row[which], self.occurred_at[which], self.known_at[which], self.step[which])


@dataclass(frozen=True)
class Changes:
    """Changes of what is known: at `known_at` the transaction of the row `told` becomes (+1) or ceases to be (-1) a known fraud."""

    told: Integers
    known_at: Integers
    step: Integers

    def at(self, which: Integers) -> Changes:
        return Changes(self.told[which], self.known_at[which], self.step[which])


@dataclass(frozen=True)
class Told:
    """Labels of transactions of which one ever said fraud, each beside its transaction: `rows` has `occurred_at`, the entities, `known_at`
    and `is_fraud`, and `row` is the transaction among the rows of the night (`ABSENT` where it is not)."""

    rows: pa.Table
    row: Integers

    def turns(self, keys: pa.Array, entity: str) -> Turns:
        """Those of the entities of one kind, coded as in `keys`."""
        changes = self._changes()
        code = places_in(keys, self.rows[entity])[changes.told]
        occurred_at = instants(self.rows[OCCURRED_AT].fill_null(EPOCH))[changes.told]
        turns = Turns(code, self.row[changes.told], occurred_at, changes.known_at, changes.step)
        return turns.at(np.flatnonzero(code != ABSENT))

    def _changes(self) -> Changes:
        suspect = np.asarray(self.rows[TRANSACTION_ID].combine_chunks().dictionary_encode().indices, dtype=np.int64)
        return label_changes(suspect, instants(self.rows[KNOWN_AT]), np.asarray(self.rows[IS_FRAUD].to_numpy(), dtype=np.int64))


EPOCH = pa.scalar(0, pa.int64()).cast(INSTANT)
NO_TURNS = Turns(np.zeros(0, np.int32), *(np.zeros(0, np.int64) for _ in range(4)))


def heard(labels: pa.Table, key: pa.DataType) -> pa.Table:
    """The labels of transactions of which one ever said fraud: what is genuine until told otherwise never changes."""
    told = labels[TRANSACTION_ID].cast(key)
    suspects = pc.unique(told.filter(labels[IS_FRAUD]))
    places = labels.schema.get_field_index(TRANSACTION_ID)
    return labels.set_column(places, TRANSACTION_ID, told).filter(pc.is_in(told, suspects))


def beside(labels: pa.Table, rows: Rows) -> Told:
    """Labels, each beside its transaction; one of a transaction that is not among the rows has nulls there."""
    suspects = pc.unique(labels[TRANSACTION_ID])
    row_of = _rows_of(suspects, rows.transaction_id)
    row = row_of[np.asarray(pc.index_in(labels[TRANSACTION_ID], suspects).to_numpy(), dtype=np.int64)]
    place = pa.array(row, mask=row == ABSENT)
    known = {OCCURRED_AT: pa.array(rows.occurred_at).cast(INSTANT).take(place)}
    known |= {name: values.take(place) for name, values in rows.entities.items()}
    return Told(pa.table({**{name: labels[name] for name in labels.column_names}, **known}), row)


def placed(told: pa.Table, rows: Rows) -> Told:
    """Labels that stand beside their transactions already: where among the rows are these?"""
    suspects = pc.unique(told[TRANSACTION_ID])
    place = np.asarray(pc.index_in(told[TRANSACTION_ID], suspects).to_numpy(), dtype=np.int64)
    return Told(told, _rows_of(suspects, rows.transaction_id)[place])


def label_changes(suspect: Integers, known_at: Integers, is_fraud: Integers) -> Changes:
    """What each label changes against the one before it of the same suspect, whatever the order of the labels.

    A transaction is genuine until a label says otherwise; the latest known label wins, and of two known at one instant the fraud.
    """
    order = np.lexsort((is_fraud, known_at, suspect))  # of one instant a fraud comes last, and what came between cancels out
    suspect, known_at, is_fraud = suspect[order], known_at[order], is_fraud[order]
    before = np.zeros_like(is_fraud)
    before[1:] = np.where(suspect[1:] == suspect[:-1], is_fraud[:-1], 0)
    return Changes(order, known_at, is_fraud - before).at(np.flatnonzero(is_fraud != before))


def _rows_of(suspects: pa.Array, transaction_id: pa.ChunkedArray) -> Integers:
    """The row of each suspect, `ABSENT` where it is none of ours."""
    found = places_in(suspects, transaction_id)
    rows = np.flatnonzero(found != ABSENT)
    row_of = np.full(len(suspects), ABSENT, dtype=np.int64)
    row_of[found[rows]] = rows
    return row_of
