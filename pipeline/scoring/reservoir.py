"""The reservoir: what models learn from, grown night by night.

A night's transactions enter it when they mature, with the features as they were computed on their night: every known fraud and a
hash-chosen share of the genuine. Nothing that entered is rewritten: a label that changes later brings a newer row of its transaction,
from the night on in which the change became known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night
from pipeline.data.names import ENTERED, IS_FRAUD, NIGHT, TRANSACTION_ID, reservoir_schema
from pipeline.scoring.sampling import Bools, Floats, chosen, unit_hash
from pipeline.scoring.training import TrainingSet, known_frauds, training_set

DISTANT_PAST = Night.parse("0001-01-01")


@dataclass(frozen=True)
class Bounds:
    """What a training set takes of the reservoir: nights from `first` on, none of `excluded`, at most `rows` rows, `share` of the genuine.

    Too many rows lower the share, since the rows of a smaller one are part of those of a larger; where frauds alone fill more than half
    of `rows`, the oldest nights go.
    """

    first: Night
    share: float
    rows: int
    excluded: frozenset[Night] = frozenset()


def matured_rows(features: pa.Table, night: Night, labels: pa.Table, entered: Night, share: float) -> pa.Table:
    """What enters of the `features` of one night when it matures at the end of the night `entered`: `names.reservoir_schema`, by id.

    `labels` is everything known by then. A fraud is a transaction whose latest known label says so; any other is genuine.
    """
    is_fraud = pc.is_in(features[TRANSACTION_ID], value_set=known_frauds(labels, entered.end))
    kept = is_fraud.to_numpy() | chosen(features[TRANSACTION_ID], share)
    return _entering(features, night, is_fraud, entered).filter(pa.array(kept)).sort_by(TRANSACTION_ID)


def changed_rows(features: pa.Table, night: Night, before: pa.Table, labels: pa.Table, entered: Night) -> pa.Table:
    """Newer rows of transactions of a night that matured earlier, for those whose label is another by `labels` than it was by `before`.

    A genuine row comes too where it was not chosen: it takes the place of the fraud that it seemed to be, and is then left out.
    """
    ids = features[TRANSACTION_ID]
    was, is_fraud = (pc.is_in(ids, value_set=known_frauds(known, entered.end)) for known in (before, labels))
    return _entering(features, night, is_fraud, entered).filter(pc.not_equal(was, is_fraud)).sort_by(TRANSACTION_ID)


def standing(partitions: pa.Table) -> pa.Table:
    """Of each transaction the row that entered last, by id, whatever the order of the partitions."""
    rows = partitions.sort_by([(TRANSACTION_ID, "ascending"), (ENTERED, "ascending")]).combine_chunks()
    if rows.num_rows == 0:
        return rows
    ids = rows[TRANSACTION_ID]
    last = np.append(pc.not_equal(ids[:-1], ids[1:]).to_numpy(), True)
    return rows.filter(pa.array(last))


def drawn(rows: pa.Table, columns: tuple[str, ...], bounds: Bounds, fresh_after: Night = DISTANT_PAST) -> TrainingSet:
    """The training set of these standing rows; `fresh` are those that entered after the night `fresh_after`."""
    within = _not_older(_without(rows, bounds.excluded), bounds.first)
    within = _not_older(within, _first_that_fits(within, bounds))
    share = fitting(within, bounds).share
    kept = within.filter(pa.array(_fraud(within) | (unit_hash(within[TRANSACTION_ID]) < share)))
    return training_set(kept, columns, share, fresh=_true(pc.greater(kept[ENTERED], fresh_after.day)))


def between(rows: pa.Table, first: Night, last: Night, bounds: Bounds) -> pa.Table:
    """The standing rows of the nights from `first` to `last`, both included: frauds and `bounds.share` of the genuine, none excluded."""
    chosen_too = _true(pc.less_equal(rows[NIGHT], last.day)) & (_fraud(rows) | (unit_hash(rows[TRANSACTION_ID]) < bounds.share))
    return _not_older(_without(rows.filter(pa.array(chosen_too)), bounds.excluded), first)


def weight_of(rows: pa.Table, share: float) -> Floats:
    """How many matured transactions each row stands for, float64 (n,)."""
    return np.where(_fraud(rows), 1.0, 1.0 / share)


def _entering(features: pa.Table, night: Night, is_fraud: pa.ChunkedArray, entered: Night) -> pa.Table:
    schema = reservoir_schema(features.schema)
    days = {NIGHT: night.day, ENTERED: entered.day}
    fixed = {name: pa.repeat(pa.scalar(day, pa.date32()), features.num_rows) for name, day in days.items()}
    columns = [is_fraud if name == IS_FRAUD else fixed[name] if name in fixed else features[name] for name in schema.names]
    return pa.Table.from_arrays(columns, schema=schema)


def _first_that_fits(rows: pa.Table, bounds: Bounds) -> Night:
    """The oldest night from which on the frauds fill at most half of the rows allowed."""
    nights = rows.filter(rows[IS_FRAUD])[NIGHT].sort("descending")
    room = bounds.rows // 2
    return bounds.first if len(nights) <= room else Night(nights[room].as_py()).next()


def fitting(rows: pa.Table, bounds: Bounds) -> Bounds:
    """The bounds with the share lowered, where these rows would be more than `bounds.rows`."""
    genuine = np.sort(unit_hash(rows.filter(pc.invert(rows[IS_FRAUD]))[TRANSACTION_ID]))
    room = max(0, bounds.rows - (rows.num_rows - len(genuine)))
    return replace(bounds, share=min(bounds.share, float(genuine[room]))) if len(genuine) > room else bounds


def _not_older(rows: pa.Table, first: Night) -> pa.Table:
    return rows.filter(pc.greater_equal(rows[NIGHT], first.day))


def _without(rows: pa.Table, nights: frozenset[Night]) -> pa.Table:
    days = pa.array([night.day for night in nights], pa.date32())
    return rows.filter(pc.invert(pc.is_in(rows[NIGHT], value_set=days))) if nights else rows


def _fraud(rows: pa.Table) -> Bools:
    return np.asarray(rows[IS_FRAUD].to_numpy(), dtype=np.bool_)


def _true(mask: pa.ChunkedArray) -> Bools:
    return np.asarray(mask.to_numpy(), dtype=np.bool_)
