"""Labels as dated changes: from when on is a transaction known as fraud, and until when?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.names import IS_FRAUD, KNOWN_AT, TRANSACTION_ID
from pipeline.features.lookup import ABSENT, places_in
from pipeline.features.rows import Integers, instants


@dataclass(frozen=True)
class Changes:
    """Changes of what is known: at `known_at` (microseconds since 1970) the row becomes (+1) or ceases to be (-1) a known fraud."""

    row: Integers
    known_at: Integers
    step: Integers

    def at(self, which: Integers) -> Changes:
        return Changes(self.row[which], self.known_at[which], self.step[which])


NO_CHANGES = Changes(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


def label_changes(transaction_id: pa.ChunkedArray, labels: pa.Table) -> Changes:
    """The changes of all rows of `transaction_id`, whatever the order of the labels.

    A transaction is genuine until a label says otherwise; the latest known label wins, and of two known at one instant the
    fraud. So a transaction without any fraud label never changes, and labels of unknown transactions say nothing.
    """
    suspects = pc.unique(labels[TRANSACTION_ID].filter(labels[IS_FRAUD])).cast(transaction_id.type)
    told = labels[TRANSACTION_ID].cast(transaction_id.type)
    heard = labels.filter(pc.is_in(told, suspects))
    suspect = np.asarray(pc.index_in(heard[TRANSACTION_ID].cast(transaction_id.type), suspects).to_numpy(), dtype=np.int64)
    changes = _steps(suspect, instants(heard[KNOWN_AT]), np.asarray(heard[IS_FRAUD].to_numpy(), dtype=np.int64))
    row = _rows_of(suspects, transaction_id)[changes.row]
    return Changes(row, changes.known_at, changes.step).at(np.flatnonzero(row >= 0))


def _steps(suspect: Integers, known_at: Integers, is_fraud: Integers) -> Changes:
    """What each label changes against the one before it, with the suspect's number as its row."""
    order = np.lexsort((is_fraud, known_at, suspect))  # of one instant a fraud comes last, and what came between cancels out
    suspect, known_at, is_fraud = suspect[order], known_at[order], is_fraud[order]
    before = np.zeros_like(is_fraud)
    before[1:] = np.where(suspect[1:] == suspect[:-1], is_fraud[:-1], 0)
    return Changes(suspect, known_at, is_fraud - before).at(np.flatnonzero(is_fraud != before))


def _rows_of(suspects: pa.Array, transaction_id: pa.ChunkedArray) -> Integers:
    """The row of each suspect, -1 where it is none of ours."""
    found = places_in(suspects, transaction_id)
    rows = np.flatnonzero(found != ABSENT)
    row_of = np.full(len(suspects), ABSENT, dtype=np.int64)
    row_of[found[rows]] = rows
    return row_of
