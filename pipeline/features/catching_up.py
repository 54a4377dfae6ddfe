"""What the night before would have left, added up from the sealed nights within reach, a batch of rows at a time.

Nothing is sorted, and of the history no more is held than totals of its entities, strays and the transactions of suspects: so the memory
that a first night takes does not grow with the length of its windows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night
from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.carrying import Carried, last_instant, remembered_of
from pipeline.features.entity_standing import ENTITY_STANDING
from pipeline.features.labels import NO_TURNS, Told, Turns, heard
from pipeline.features.lookup import ABSENT, coded, places_in
from pipeline.features.remembered import Memory, as_remembered, strays
from pipeline.features.rows import Integers, instants, integers
from pipeline.features.totals import Standing, Totals, stood
from pipeline.features.view import FeatureView


@dataclass(frozen=True)
class Past:
    """A sealed night: its transactions by batches, each of the columns that the view reads."""

    night: Night
    batches: Iterable[pa.Table]


@dataclass
class _Adding:
    """What stands of the entities of one kind at an instant: flat arrays of (entity, age)."""

    at: int
    ages: Integers
    keys: pa.Array
    count: Integers
    cents: Integers

    @classmethod
    def nothing(cls, at: int, ages: list[int], key: pa.DataType) -> _Adding:
        return cls(at, np.array(ages, np.int64), pa.array([], key), np.zeros(0, np.int64), np.zeros(0, np.int64))

    def add(self, names: pa.ChunkedArray, occurred_at: Integers, amount_cents: Integers) -> None:
        self.keys, code = coded(self.keys, names)
        if more := len(self.keys) * len(self.ages) - len(self.count):
            self.count, self.cents = np.pad(self.count, (0, more)), np.pad(self.cents, (0, more))
        ENTITY_STANDING(code, occurred_at, amount_cents, len(code), self.at, self.ages, len(self.ages), self.count, self.cents)

    def standing(self, turns: Turns) -> Standing:
        shape = (len(self.keys), len(self.ages))
        nothing = np.zeros(0, np.int64)
        frauds = stood(self.at, self.ages, len(self.keys), nothing.astype(np.int32), nothing, nothing, turns)
        return Standing.of(self.keys, frauds.plus(Totals(self.count.reshape(shape), self.cents.reshape(shape), np.zeros(shape, np.int64))))


def caught_up(view: FeatureView, night: Night, since: Night, past: Iterable[Past], labels: pa.Table, transactions: pa.Schema) -> Carried:
    """What the night before `night` would have left, had it been computed of these nights since `since` and their `labels` (with `told`).

    `transactions` is the schema of sealed transactions. The totals and what is remembered are those of `carrying.anew`.
    """
    schema, at = remembered_of(view, transactions), last_instant(night.back(1))
    told = heard(labels, schema.field(TRANSACTION_ID).type)
    suspects = pc.unique(told[TRANSACTION_ID])
    kinds = {entity: _Adding.nothing(at, ages, schema.field(entity).type) for entity, ages in view.ages.items()}
    astray, found = [schema.empty_table()], [schema.empty_table()]
    for one in past:
        for rows in one.batches:
            occurred_at, amount_cents = instants(rows[OCCURRED_AT]), integers(rows[AMOUNT_CENTS])
            for entity, kind in kinds.items():
                kind.add(rows[entity], occurred_at, amount_cents)
            astray.append(as_remembered(strays(rows, one.night), schema))
            found.append(as_remembered(_of(suspects, rows), schema))
    beside = _beside(told, pa.concat_tables(found), view)
    nowhere = Told(beside, np.full(beside.num_rows, ABSENT, np.int64))
    turns = {entity: nowhere.turns(kind.keys, entity) if entity in view.suspected else NO_TURNS for entity, kind in kinds.items()}
    standing = {entity: kind.standing(turns[entity]) for entity, kind in kinds.items()}
    return Carried(standing, Memory(pa.concat_tables([*astray, as_remembered(beside, schema)]), since))


def _of(suspects: pa.Array, rows: pa.Table) -> pa.Table:
    return rows.take(pa.array(np.flatnonzero(places_in(suspects, rows[TRANSACTION_ID]) != ABSENT)))


def _beside(told: pa.Table, found: pa.Table, view: FeatureView) -> pa.Table:
    """Labels, each beside its transaction; nulls where that was not found."""
    place = pc.index_in(told[TRANSACTION_ID], found[TRANSACTION_ID].combine_chunks())
    where = {name: found[name].take(place) for name in (OCCURRED_AT, *view.entities)}
    return pa.table({**{name: told[name] for name in told.column_names}, **where})
