"""Drawn nights, labels and partitions for the reservoir: few transactions, so that each is told of often, taken back and told of again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.data.names import (
    AMOUNT_CENTS,
    ENTERED,
    INSTANT,
    IS_FRAUD,
    NIGHT,
    OCCURRED_AT,
    TRANSACTION_ID,
    labels_schema,
    reservoir_schema,
)
from pipeline.scoring.reservoir import Bounds
from tests.oracles.reservoir import Entry, Seen, Told
from tests.oracles.scoring import Key, Label

FIRST = Night.parse("2026-11-01")
NIGHTS = 6
KEYS = st.sampled_from([pa.int64(), pa.string()])
SHARES = st.sampled_from([0.2, 0.5, 1.0])
PLENTY = 1_000_000


def nth(number: int) -> Night:
    return FIRST.back(-number)


@dataclass(frozen=True)
class Walk:
    """Nights of transactions and the labels that come to be known about them."""

    key: pa.DataType
    nights: dict[Night, list[Seen]]
    told: list[Told]
    share: float


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """Few transactions and many labels, so that most are called fraud and genuine in turn, now and then late."""
    key = draw(KEYS)
    ids = draw(st.permutations(_ids(key, 12)))
    of_night = draw(st.lists(st.integers(0, NIGHTS - 1), max_size=12))
    nights: dict[Night, list[Seen]] = {nth(number): [] for number in range(NIGHTS)}
    for transaction_id, number in zip(ids, of_night, strict=False):
        nights[nth(number)].append(Seen(transaction_id, float(sum(map(len, nights.values())))))
    return Walk(key, nights, draw(st.lists(_told(ids), max_size=25)), draw(SHARES))


def _told(ids: Sequence[Key]) -> st.SearchStrategy[Told]:
    """A label becomes known at midnight, at noon or in the last microsecond of a night, and is sealed by it or by a later one."""
    moments = st.sampled_from([dt.timedelta(0), dt.timedelta(hours=12), dt.timedelta(days=1, microseconds=-1)])
    return st.builds(
        lambda one, fraud, number, moment, late: Told((one, fraud, nth(number).start + moment), nth(number + late)),
        st.sampled_from(ids),
        st.booleans(),
        st.integers(0, NIGHTS - 1),
        moments,
        st.sampled_from([0, 0, 0, 1, 3]),
    )


def _ids(key: pa.DataType, number: int) -> list[Key]:
    """Ids whose order as text differs from their order as numbers."""
    return list(range(number)) if key == pa.int64() else [f"é{one}" if one % 3 == 0 else f"t{one}" for one in range(number)]


@st.composite
def partitions(draw: st.DrawFn) -> tuple[pa.DataType, list[Entry]]:
    """Entries as they may lie in the reservoir: of one transaction one night, and one entry a night of entering."""
    key = draw(KEYS)
    entries: list[Entry] = []
    for transaction_id in draw(st.lists(st.sampled_from(_ids(key, 15)), unique=True)):
        night = draw(st.integers(0, NIGHTS - 1))
        nights_later = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
        entries += [
            Entry(transaction_id, nth(night), nth(night + later), draw(st.booleans()), 10.0 * len(entries) + later)
            for later in nights_later
        ]
    return key, draw(st.permutations(entries))


BOUNDS = st.builds(
    lambda first, share, rows, excluded: Bounds(nth(first), share, rows, frozenset(map(nth, excluded))),
    st.integers(-1, 3),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    st.integers(1, 10) | st.just(PLENTY),
    st.lists(st.integers(0, NIGHTS - 1), max_size=2),
)


def features_of(key: pa.DataType, seen: Sequence[Seen]) -> pa.Table:
    amounts = [one.amount for one in seen]
    return pa.table(
        {
            TRANSACTION_ID: pa.array([one.transaction_id for one in seen], key),
            OCCURRED_AT: pa.array([FIRST.start] * len(seen), INSTANT),
            AMOUNT_CENTS: pa.array([int(amount * 100) for amount in amounts], pa.int64()),
            "amount": pa.array(amounts, pa.float64()),
        }
    )


def labels_of(key: pa.DataType, labels: Sequence[Label]) -> pa.Table:
    columns = [list(column) for column in zip(*labels, strict=True)] or [[], [], []]
    return pa.table(dict(zip(labels_schema(key).names, columns, strict=True)), schema=labels_schema(key))


def table_of(key: pa.DataType, entries: Sequence[Entry]) -> pa.Table:
    features = features_of(key, [Seen(entry.transaction_id, entry.amount) for entry in entries])
    own = {NIGHT: [entry.night.day for entry in entries], ENTERED: [entry.entered.day for entry in entries]}
    columns = {**{name: features[name] for name in features.schema.names}, **own, IS_FRAUD: [entry.is_fraud for entry in entries]}
    schema = reservoir_schema(features.schema)
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def entries_of(table: pa.Table) -> list[Entry]:
    rows = zip(*(table[name].to_pylist() for name in (TRANSACTION_ID, NIGHT, ENTERED, IS_FRAUD, "amount")), strict=True)
    return [Entry(one, Night(night), Night(entered), is_fraud, amount) for one, night, entered, is_fraud, amount in rows]


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    """The same rows in another order and other chunks."""
    order = np.random.default_rng(seed).permutation(table.num_rows)
    cut = seed % (table.num_rows + 1)
    return pa.concat_tables([table.take(order[:cut]), table.take(order[cut:])])
