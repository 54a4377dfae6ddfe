"""A night computed from what the night before left: totals, what is remembered, and the rows that come into a window or leave one.

What stood at the last instant of the night before is known of every entity and every age. So of the history only rows count that have
crossed an age since: those of one night for each age at which a window begins or ends, however long the windows are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night, nights_between
from pipeline.data.names import AMOUNT_CENTS, IS_FRAUD, KNOWN_AT, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.labels import beside, heard, placed
from pipeline.features.remembered import (
    TOLD,
    Memory,
    Spans,
    as_remembered,
    may_turn,
    remembered_schema,
    strays,
    told_in,
    told_since,
    with_transaction,
)
from pipeline.features.rows import instants
from pipeline.features.totals import Standing
from pipeline.features.view import FeatureView
from pipeline.features.windows import Before, Given, Sealing

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LATE_NIGHTS = 4  # rows that are later cost a night that is computed anew
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Left:
    """What a night leaves: its features, what stands of each entity at its last instant, and what is to be remembered of it."""

    features: pa.Table
    standing: Mapping[str, Standing]
    remembered: pa.Table
    history_rows: int


@dataclass(frozen=True)
class Carried:
    """What the night before left, with all that is remembered."""

    standing: Mapping[str, Standing]
    memory: Memory


@dataclass(frozen=True)
class Tonight:
    """What a night sealed: rows that arrived, and labels; `first` is the first night that recomputation would read.

    Totals are to know of what was sealed `since` a night: not all that the night before remembered is needed by the next.
    """

    night: Night
    arrived: pa.Table
    labels: pa.Table
    first: Night
    since: Night

    @property
    def begins(self) -> int:
        """The instant of its earliest row, or its own first."""
        return int(instants(self.arrived[OCCURRED_AT]).min(initial=microseconds(self.night.start)))

    def spans(self, view: FeatureView) -> Spans:
        """Where rows lie that crossed an age since the night before, or since the earliest row."""
        latest = int(instants(self.arrived[OCCURRED_AT]).max(initial=last_instant(self.night)))
        return Spans.of(view.ages, self.begins - 1, latest)


class Shelf(Protocol):
    """The sealed nights before a night, as far back as the totals know of them."""

    def rows(self, night: Night, spans: Spans, *, with_ids: bool) -> pa.Table | None:
        """What the view reads of rows that a night sealed and that occurred in it, at least those in the spans; None of no such night."""

    def found(self, ids: pa.Array) -> pa.Table:
        """The transactions of these ids, of those that are sealed: their ids, instants and entities."""

    def labels(self, since: Night, ids: pa.Array) -> pa.Table:
        """What was sealed of labels from a night on about these ids, with the night that sealed each."""


def last_instant(night: Night) -> int:
    """Totals stand at the last microsecond of a night."""
    return microseconds(night.end) - 1


def microseconds(instant: dt.datetime) -> int:
    return (instant - EPOCH) // MICROSECOND


def night_at(instant: int) -> Night:
    return Night.of(EPOCH + instant * MICROSECOND)


def remembers_since(view: FeatureView, night: Night, before: Night) -> Night:
    """What need not be known for longer: the next night may have rows that are late by so many days without reading all anew."""
    return max(before, Night.of(night.start - view.reach).back(LATE_NIGHTS))


def nights_read(spans: Spans, night: Night) -> Iterator[Night]:
    """The nights before a night of which rows are read."""
    touched = {
        other
        for low, high in zip(spans.low.tolist(), spans.high.tolist(), strict=True)
        for other in nights_between(night_at(low + 1), night_at(high))
    }
    yield from sorted(other for other in touched if other < night)


def remembered_of(view: FeatureView, transactions: pa.Schema) -> pa.Schema:
    """Columns of what is remembered, by those of the transactions."""
    return remembered_schema(transactions.field(TRANSACTION_ID).type, {name: transactions.field(name).type for name in view.entities})


def anew(view: FeatureView, night: Night, history: pa.Table, astray: pa.Table, arrived: pa.Table, labels: pa.Table) -> Left:
    """From the whole history within reach, of which `astray` did not occur in the night that sealed it; labels with `told`."""
    rows = view.rows(history, arrived)
    told = beside(heard(labels, rows.transaction_id.type), rows)
    computed = view.night(Given(rows, told, None, Sealing(last_instant(night), told)), arrived)
    schema = remembered_of(view, arrived.schema)
    parts = [as_remembered(part, schema) for part in (astray, strays(arrived, night), told.rows)]
    return Left(computed.features, computed.standing, pa.concat_tables(parts), rows.own_from)


def carried_on(view: FeatureView, tonight: Tonight, carried: Carried, shelf: Shelf) -> Left:
    """From what the night before left; the features are, bit for bit, those of `anew` from the nights since `tonight.first`."""
    arrived, memory, schema = tonight.arrived, carried.memory, carried.memory.rows.schema
    rows = view.rows(_history(view, tonight, memory, shelf), arrived)
    news = _news(view, tonight, memory, shelf)
    then = with_transaction(memory.labels)
    turning = may_turn(then, news, tonight.spans(view), tonight.begins - 1, max(tonight.first, tonight.since))
    then = then.filter(pc.is_in(then[TRANSACTION_ID], turning))
    now = pa.concat_tables([then, with_transaction(news)])
    before = Before(last_instant(tonight.night.back(1)), carried.standing, placed(then, rows))
    sealing = Sealing(last_instant(tonight.night), placed(told_since(now, tonight.since), rows))
    computed = view.night(Given(rows, placed(told_since(now, tonight.first), rows), before, sealing), arrived)
    astray = as_remembered(strays(arrived, tonight.night), schema)
    return Left(computed.features, computed.standing, pa.concat_tables([astray, news]), rows.own_from)


def _history(view: FeatureView, tonight: Tonight, memory: Memory, shelf: Shelf) -> pa.Table:
    """The rows that crossed an age since; ids only where a row of the night's own may tie with them."""
    spans, tied = tonight.spans(view), night_at(tonight.begins)
    columns = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS, *view.entities]
    schema = pa.schema([tonight.arrived.schema.field(name).with_nullable(True) for name in columns])
    read = [shelf.rows(other, spans, with_ids=other >= tied) for other in nights_read(spans, tonight.night)]
    parts = [part.filter(pa.array(spans.hold(instants(part[OCCURRED_AT])))) for part in (*read, memory.strays) if part is not None]
    return pa.concat_tables([schema.empty_table(), *(as_remembered(part, schema) for part in parts)])


def _news(view: FeatureView, tonight: Tonight, memory: Memory, shelf: Shelf) -> pa.Table:
    """What is told tonight of transactions of which one label ever said fraud, and what was told of those that came only now."""
    key = memory.rows.schema.field(TRANSACTION_ID).type
    arrived = tonight.arrived
    told = told_in(tonight.labels.set_column(0, TRANSACTION_ID, tonight.labels[TRANSACTION_ID].cast(key)), tonight.night)
    known = memory.known(told[TRANSACTION_ID])
    frauds = told.filter(told[IS_FRAUD])
    fresh = frauds.filter(pc.invert(pc.is_in(frauds[TRANSACTION_ID], known)))
    suspects = pc.unique(fresh[TRANSACTION_ID])
    heard_of = pa.chunked_array([*_chunks(known), *_chunks(suspects)], key)
    heard_tonight = told.filter(pc.is_in(told[TRANSACTION_ID], heard_of.combine_chunks()))
    asked = pa.chunked_array([*_chunks(suspects), *_chunks(memory.unseen())], key).combine_chunks()
    own = arrived.filter(pc.is_in(arrived[TRANSACTION_ID], asked))
    elsewhere = suspects.filter(pc.invert(pc.is_in(suspects, own[TRANSACTION_ID].combine_chunks())))
    columns = [TRANSACTION_ID, OCCURRED_AT, *view.entities]
    found = pa.concat_tables([own.select(columns), shelf.found(elsewhere).select(columns)], promote_options="permissive")
    return memory.news(pa.concat_tables([heard_tonight, *_earlier(tonight.night, frauds, shelf)], promote_options="permissive"), found)


def _earlier(night: Night, frauds: pa.Table, shelf: Shelf) -> Iterator[pa.Table]:
    """What was told before of transactions of which a fraud is told late: a label that said genuine changed nothing then, and does now."""
    straggling = frauds.filter(pc.less(frauds[KNOWN_AT], pa.scalar(night.start, frauds[KNOWN_AT].type)))
    if straggling.num_rows:
        told = shelf.labels(Night.of(pc.min(straggling[KNOWN_AT]).as_py()), pc.unique(straggling[TRANSACTION_ID]))
        yield told.select([TRANSACTION_ID, IS_FRAUD, KNOWN_AT, TOLD])


def _chunks(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]
