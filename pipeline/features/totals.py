"""What adds up: transactions, minor units and known frauds, by age; whole numbers, so that the order of adding changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.core.kernels import Codes, Integers
from pipeline.features.entity_standing import ENTITY_STANDING
from pipeline.features.labels import Turns

SECOND = 1_000_000  # microseconds
SUMS = ("count", "cents", "frauds")


@dataclass(frozen=True)
class Totals:
    """Transactions, minor units and known frauds; the three are of one shape. A sum may wrap around 2^63: differences come out right."""

    count: Integers
    cents: Integers
    frauds: Integers

    @classmethod
    def none(cls, *shape: int) -> Totals:
        return cls(*(np.zeros(shape, np.int64) for _ in range(3)))

    def plus(self, other: Totals) -> Totals:
        return Totals(self.count + other.count, self.cents + other.cents, self.frauds + other.frauds)

    def less(self, other: Totals) -> Totals:
        return Totals(self.count - other.count, self.cents - other.cents, self.frauds - other.frauds)

    def at(self, which: Integers | slice) -> Totals:
        """Of these entities alone."""
        return Totals(self.count[which], self.cents[which], self.frauds[which])

    def to(self, entities: int) -> Totals:
        """With nothing for the entities that are more."""
        more = ((0, entities - len(self.count)), (0, 0))
        return Totals(*(np.pad(part, more) for part in (self.count, self.cents, self.frauds)))


@dataclass(frozen=True)
class Standing:
    """What stands no later than each age before an instant: `totals` of (entity, age), the entities in the order of `keys`.

    The oldest age is taken off all of them: a window is a difference of two ages, and who did nothing within reach is left out.
    """

    keys: pa.Array
    totals: Totals

    @classmethod
    def of(cls, keys: pa.Array, totals: Totals) -> Standing:
        within = Totals(*(part - part[:, -1:] for part in (totals.count, totals.cents, totals.frauds)))
        alive = np.flatnonzero((within.count != 0).any(1) | (within.cents != 0).any(1) | (within.frauds != 0).any(1))
        return cls(keys.take(pa.array(alive)), within.at(alive))


def stood(at: int, ages: Integers, entities: int, code: Codes, occurred_at: Integers, amount_cents: Integers, turns: Turns) -> Totals:
    """What rows and turns come to at an instant, (entities, ages): no later than each of the rising ages before it."""
    count, cents = (np.zeros(entities * len(ages), np.int64) for _ in range(2))
    ENTITY_STANDING(code, occurred_at, amount_cents, len(code), at, ages, len(ages), count, cents)
    frauds = np.zeros((entities, len(ages)), np.int64)
    for place, age in enumerate(ages):
        had = np.maximum(turns.known_at, turns.occurred_at + age) <= at
        np.add.at(frauds[:, place], turns.code[had], turns.step[had])
    return Totals(count.reshape(frauds.shape), cents.reshape(frauds.shape), frauds)


def as_table(standing: Mapping[str, Standing], ages: Mapping[str, Sequence[int]], keys: Mapping[str, pa.DataType]) -> pa.Table:
    """The entities of all kinds in one table: a column of keys for each kind, null in the rows of the others, and three for each age."""
    schema = totals_schema(ages, keys)
    return pa.concat_tables([_kind(standing[entity], entity, ages[entity], schema) for entity in standing])


def totals_schema(ages: Mapping[str, Sequence[int]], keys: Mapping[str, pa.DataType]) -> pa.Schema:
    every = sorted({age for of_kind in ages.values() for age in of_kind[:-1]})  # the oldest is nothing by definition
    sums = [pa.field(_column(statistic, age), pa.int64()) for statistic in SUMS for age in every]
    return pa.schema([*(pa.field(entity, keys[entity]) for entity in ages), *sums])


def from_table(table: pa.Table, entity: str, ages: Sequence[int]) -> Standing:
    """The entities of one kind again."""
    rows = table.filter(table[entity].is_valid())
    parts = []
    for statistic in SUMS:
        part = np.zeros((rows.num_rows, len(ages)), np.int64)
        for place, age in enumerate(ages[:-1]):
            part[:, place] = rows[_column(statistic, age)].to_numpy()
        parts.append(part)
    return Standing(rows[entity].combine_chunks(), Totals(*parts))


def _kind(standing: Standing, entity: str, ages: Sequence[int], schema: pa.Schema) -> pa.Table:
    totals = standing.totals
    own = {entity: standing.keys}
    for statistic, part in zip(SUMS, (totals.count, totals.cents, totals.frauds), strict=True):
        own |= {_column(statistic, age): pa.array(np.ascontiguousarray(part[:, place])) for place, age in enumerate(ages[:-1])}
    columns = [own[field.name] if field.name in own else pa.nulls(len(standing.keys), field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(statistic: str, age: int) -> str:
    return f"{statistic}_{age // SECOND}s"
