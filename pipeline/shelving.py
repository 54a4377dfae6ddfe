"""What the night before left, and the sealed nights behind it, as they lie in the lake."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from pipeline.core.key_ranges import AS_VALUE
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data import seals
from pipeline.data.lake import Lake, concatenated
from pipeline.data.names import AMOUNT_CENTS, INSTANT, LABELS, OCCURRED_AT, REMEMBERED, TOTALS, TRANSACTION_ID, TRANSACTIONS, labels_schema
from pipeline.data.sealed_keys import ends_of
from pipeline.features.carrying import Carried, microseconds, remembered_of
from pipeline.features.catching_up import Past, caught_up
from pipeline.features.remembered import Memory, Spans, told_in
from pipeline.features.rows import instants
from pipeline.features.totals import from_table
from pipeline.features.view import FeatureView
from pipeline.house import House

ROWS_AT_ONCE = 1_048_576  # rows of history held at a time: 40 MB
SINCE = "since"  # figure of totals: the first night whose seals they know of, as a proleptic ordinal


@dataclass(frozen=True)
class LeftSeals:
    """Seals that stand for all sealed nights since a night: the totals, all that is remembered, and the nights themselves."""

    totals: seals.Seal
    remembered: Sequence[seals.Seal]
    since: Night
    transactions: Sequence[seals.Seal]
    labels: Sequence[seals.Seal]

    @classmethod
    def before(cls, connection: sa.Connection, house: House, plan: Plan, first: Night) -> LeftSeals | None:
        """What the night before left, if it was made of exactly the seals that computing anew would read; None where it was not.

        A night sealed behind it meanwhile, a gap, another view, or rows that are late by more days than totals know of: all these show in
        the seals, and so does a run that knows later ones.
        """
        eve = plan.night.back(1)
        totals = seals.of_run(connection, plan.run_id, eve, TOTALS, house.view.fingerprint)
        if totals is None or plan.knows_later:
            return None
        since = Night(dt.date.fromordinal(int(totals.figures[SINCE] or 1)))
        remembered = seals.of_ids(connection, REMEMBERED, totals.inputs)
        transactions, labels = (seals.usable(connection, plan.run_id, what, since, eve) for what in (TRANSACTIONS, LABELS))
        made_of = {seal.seal_id for seal in (*remembered, *transactions, *labels)}
        return cls(totals, remembered, since, transactions, labels) if since <= first and made_of == set(totals.inputs) else None

    def read(self, lake: Lake, view: FeatureView, transactions: pa.Schema) -> Carried:
        """The totals of each kind of entity, and the memory; a file that is not what was written is a `CorruptionError`."""
        table = lake.read_table(self.totals.path, self.totals.sha256)
        remembered = [lake.read_table(seal.path, seal.sha256) for seal in self.remembered]
        standing = {entity: from_table(table, entity, ages) for entity, ages in view.ages.items()}
        return Carried(standing, Memory(concatenated(remembered, remembered_of(view, transactions)), self.since))


@dataclass(frozen=True)
class NothingLeft:
    """Sealed nights since a night, before the night `before`, that left nothing, or nothing that serves: totals are added up from them."""

    before: Night
    since: Night
    transactions: Sequence[seals.Seal]
    labels: Sequence[seals.Seal]
    remembered: None = None

    def read(self, lake: Lake, view: FeatureView, transactions: pa.Schema) -> Carried:
        """What the last of these nights would have left; of no file more than `ROWS_AT_ONCE` rows are held."""
        told = [told_in(lake.read_table(seal.path, seal.sha256), seal.night) for seal in self.labels]
        nothing = told_in(labels_schema(transactions.field(TRANSACTION_ID).type).empty_table(), self.before)
        past = (Past(seal.night, _by_batches(lake, view, seal)) for seal in self.transactions)
        return caught_up(view, self.before, self.since, past, concatenated(told, nothing.schema), transactions)


def _by_batches(lake: Lake, view: FeatureView, seal: seals.Seal) -> Iterator[pa.Table]:
    columns = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS, *view.entities]
    for batch in lake.read_batches(seal.path, seal.sha256, ROWS_AT_ONCE, columns):
        yield pa.Table.from_batches([batch])


@dataclass(frozen=True)
class LakeShelf:
    """A `Shelf` of sealed nights; of a file only those groups of rows are decoded in which something may lie."""

    lake: Lake
    entities: Sequence[str]
    schema: pa.Schema
    transactions: Mapping[Night, seals.Seal]
    told: Sequence[seals.Seal]

    def rows(self, night: Night, spans: Spans, *, with_ids: bool) -> pa.Table | None:
        """What the view reads of the rows that a night sealed and that occurred in it, at least those within the spans."""
        seal = self.transactions.get(night)
        if seal is None:
            return None
        file = self.lake.open_table(seal.path, seal.sha256)
        columns = [*([TRANSACTION_ID] if with_ids else []), OCCURRED_AT, AMOUNT_CENTS, *self.entities]
        rows = file.read_row_groups(_groups(file, spans), columns=columns)
        start, end = microseconds(night.start), microseconds(night.end)
        occurred_at = instants(rows[OCCURRED_AT])
        return rows.filter(pa.array((occurred_at >= start) & (occurred_at < end)))

    def found(self, ids: pa.Array) -> pa.Table:
        """The transactions of these ids, looked up in the newest nights first."""
        columns = [TRANSACTION_ID, OCCURRED_AT, *self.entities]
        found, missing = [], ids.take(pc.array_sort_indices(ids))
        for seal in reversed(list(self.transactions.values())):
            if not len(missing):
                break
            if _may_hold(seal, missing):
                rows = self.lake.read_table(seal.path, seal.sha256, columns)
                rows = rows.filter(pc.is_in(rows[TRANSACTION_ID], missing))
                missing = missing.filter(pc.invert(pc.is_in(missing, rows[TRANSACTION_ID].combine_chunks())))
                found.append(rows)
        return concatenated(found, pa.schema([self.schema.field(name) for name in columns]))

    def labels(self, since: Night, ids: pa.Array) -> pa.Table:
        """What was sealed of labels from a night on about these ids, with the night that sealed each."""
        told = [told_in(self.lake.read_table(seal.path, seal.sha256), seal.night) for seal in self.told if seal.night >= since]
        nothing = told_in(labels_schema(self.schema.field(TRANSACTION_ID).type).empty_table(), since)
        return pa.concat_tables([nothing, *(table.filter(pc.is_in(table[TRANSACTION_ID], ids)) for table in told)])


def _groups(file: pq.ParquetFile, spans: Spans) -> list[int]:
    """The groups of rows in which some row may lie within the spans, by the least and the greatest instant that the file notes of each."""
    place = file.schema_arrow.get_field_index(OCCURRED_AT)
    groups = []
    for group in range(file.num_row_groups):
        noted = file.metadata.row_group(group).column(place).statistics
        if noted is None or not noted.has_min_max or spans.touch(*(_instant(bound) for bound in (noted.min, noted.max))):
            groups.append(group)
    return groups


def _instant(value: object) -> int:
    return int(pa.scalar(value, INSTANT).cast(pa.int64()).as_py())


def _may_hold(seal: seals.Seal, ids: pa.Array) -> bool:
    """Whether one of some sorted ids may lie in a seal, whose file is sorted by them."""
    ends = ends_of(seal, ids.type)
    if ends is None:
        return False
    place = bisect_left(ids, ends[0], key=AS_VALUE)
    return bool(place < len(ids) and ids[place].as_py() <= ends[1])
