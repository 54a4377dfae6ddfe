"""Nights in memory, as they would lie in the lake, and what each would leave to the next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night
from pipeline.features.carrying import Carried, Left, Tonight, anew, carried_on, remembers_since
from pipeline.features.catching_up import Past, caught_up
from pipeline.features.remembered import Memory, Spans, strays, told_in
from pipeline.features.view import FeatureView

TOLERANCE = dt.timedelta(minutes=5)
MOST_PARTS = 3  # of what is remembered, before they are made one


@dataclass(frozen=True)
class Sealed:
    """What a night sealed."""

    night: Night
    transactions: pa.Table
    labels: pa.Table


@dataclass(frozen=True)
class InMemory:
    """The nights before a night."""

    nights: list[Sealed]

    def rows(self, night: Night, spans: Spans, *, with_ids: bool) -> pa.Table | None:
        rows = next((sealed.transactions for sealed in self.nights if sealed.night == night), None)
        if rows is None:
            return None
        own = rows.filter(pc.invert(pc.is_in(rows["transaction_id"], strays(rows, night)["transaction_id"].combine_chunks())))
        return own if with_ids else own.drop_columns(["transaction_id"])

    def found(self, ids: pa.Array) -> pa.Table:
        return pa.concat_tables([each.transactions.filter(pc.is_in(each.transactions["transaction_id"], ids)) for each in self.nights])

    def labels(self, since: Night, ids: pa.Array) -> pa.Table:
        told = [told_in(each.labels, each.night) for each in self.nights if each.night >= since]
        return pa.concat_tables([table.filter(pc.is_in(table["transaction_id"], ids)) for table in told])


@dataclass
class Chain:
    """Nights one after the other, each computed from what the one before left wherever that serves.

    Where it does not, or was forgotten, totals are added up batch by batch (`catches_up`), or all is computed at once.
    """

    view: FeatureView
    catches_up: bool = False
    nights: list[Sealed] = field(default_factory=list)
    left: Left | None = None
    since: Night | None = None
    remembered: list[tuple[Night, pa.Table]] = field(default_factory=list)
    carried: int = 0

    def begins(self, sealed: Sealed) -> Night:
        occurred = [sealed.night.start, *sealed.transactions["occurred_at"].to_pylist()]
        return Night.of(min(occurred) - self.view.reach - TOLERANCE)

    def recomputed(self, sealed: Sealed) -> pa.Table:
        """The slow and obvious way: everything within reach, every time."""
        first = self.begins(sealed)
        within = [each for each in self.nights if each.night >= first]
        history = pa.concat_tables([sealed.transactions.slice(0, 0), *(each.transactions for each in within)])
        return self.view.compute(history, sealed.transactions, pa.concat_tables([sealed.labels, *(each.labels for each in within)]))

    def run(self, sealed: Sealed) -> pa.Table:
        first = self.begins(sealed)
        within = [each for each in self.nights if each.night >= first]
        if self.left is not None and self.since is not None and self.since <= first:
            since = remembers_since(self.view, sealed.night, self.since)
            memory = Memory(pa.concat_tables([rows for _, rows in self.remembered]), self.since)
            tonight = Tonight(sealed.night, sealed.transactions, sealed.labels, first, since)
            self.left = carried_on(self.view, tonight, Carried(self.left.standing, memory), InMemory(self.nights))
            self.carried += 1
            if len(self.remembered) >= MOST_PARTS:
                self.remembered = [(sealed.night, memory.needed(since))]
        elif self.catches_up and within:
            since = remembers_since(self.view, sealed.night, first)
            carried = self.caught_up(sealed, first, within)
            tonight = Tonight(sealed.night, sealed.transactions, sealed.labels, first, since)
            self.left = carried_on(self.view, tonight, carried, InMemory(within))
            self.remembered = [(sealed.night, carried.memory.needed(since))]
        else:
            since = first
            nothing = sealed.transactions.slice(0, 0)
            history = pa.concat_tables([nothing, *(each.transactions for each in within)])
            astray = pa.concat_tables([nothing, *(strays(each.transactions, each.night) for each in within)])
            labels = pa.concat_tables([told_in(each.labels, each.night) for each in [*within, sealed]])
            self.left = anew(self.view, sealed.night, history, astray, sealed.transactions, labels)
            self.remembered = []
        self.nights.append(sealed)
        self.since = since
        self.remembered = [part for part in [*self.remembered, (sealed.night, self.left.remembered)] if part[0] >= since]
        return self.left.features

    def caught_up(self, sealed: Sealed, first: Night, within: list[Sealed]) -> Carried:
        """What the nights before come to, in batches of three rows."""
        past = (Past(each.night, (each.transactions.slice(at, 3) for at in range(0, each.transactions.num_rows, 3))) for each in within)
        labels = [told_in(each.labels, each.night) for each in within]
        nothing = told_in(sealed.labels.slice(0, 0), sealed.night)
        return caught_up(self.view, sealed.night, first, past, pa.concat_tables([nothing, *labels]), sealed.transactions.schema)

    def forget(self) -> None:
        """What the last night left serves no more."""
        self.left = None
