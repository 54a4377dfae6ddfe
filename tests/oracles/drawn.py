"""Drawn transactions, labels and views for the feature kernel: few entities and coarse instants, so that ties and edges are common."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from hypothesis import strategies as st

from pipeline.data.names import INSTANT
from pipeline.features.declarations import Amount, AmountRatio, Count, FraudRate, MeanAmount, NightTime, Weekend
from pipeline.features.view import FeatureView

MONDAY = dt.datetime(2026, 3, 23, tzinfo=dt.UTC)  # its week ends with Europe's change to summer time
SPANS = [dt.timedelta(hours=hours) for hours in (1, 6, 24, 72)]
DELAYS = [dt.timedelta(hours=hours) for hours in (0, 1, 48)]
CUSTOMERS: dict[pa.DataType, list[int] | list[str]] = {pa.int64(): [-7, 0, 1, 2**40], pa.string(): ["", "b", "é", "𝄞"]}
KEYS = st.sampled_from([pa.int64(), pa.string()])


@dataclass(frozen=True)
class Past:
    """What a feature view is given."""

    history: pa.Table
    arrived: pa.Table
    labels: pa.Table


instants = st.builds(
    lambda hours, micros: MONDAY + dt.timedelta(hours=hours, microseconds=micros),
    st.integers(0, 24 * 8),
    st.sampled_from([0, 0, 0, 0, -1, 1]),
)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Up to thirty transactions, split at random between history and night, and labels of some of them and of strangers."""
    key = draw(KEYS)
    entity = draw(KEYS)
    rows = draw(st.lists(_rows(entity), max_size=30))
    ids = draw(st.permutations(_ids(key, len(rows))))
    split = draw(st.integers(0, len(rows)))
    told = draw(st.lists(st.tuples(st.sampled_from(_ids(key, len(rows) + 2)), st.booleans(), instants), max_size=20))
    table = transactions(key, entity, [(transaction_id, *row) for transaction_id, row in zip(ids, rows, strict=True)])
    return Past(table.slice(0, split), table.slice(split), labels(key, told))


@st.composite
def views(draw: st.DrawFn) -> FeatureView:
    """Every kind of declaration, over drawn windows and delays."""
    windows = st.lists(st.sampled_from(SPANS), min_size=1, max_size=3, unique=True).map(tuple)
    entities = st.sampled_from(["customer", "terminal"])
    kinds = st.sampled_from([Count, MeanAmount, AmountRatio, FraudRate])
    declared = draw(st.lists(st.tuples(kinds, entities, st.sampled_from(DELAYS)), min_size=1, max_size=6, unique=True))
    windowed = tuple(kind(entity, draw(windows), delay) for kind, entity, delay in declared)
    timezone = draw(st.sampled_from(["UTC", "Europe/Brussels", "Asia/Kolkata", "America/St_Johns"]))
    return FeatureView("drawn", (Amount(), Weekend(), NightTime(), *windowed), timezone, draw(st.integers(0, 3)))


def crowded(seed: int) -> Past:
    """Fifty transactions of two customers, most of them with a label or several: dense where a drawn table is mostly thin."""
    chance = random.Random(seed)
    ids = chance.sample(range(60), 50)
    some = [MONDAY + dt.timedelta(hours=chance.randrange(24 * 6)) for _ in range(30)]
    rows = [(one, chance.choice(some), chance.randrange(10**4), chance.choice([None, 1, 1, 2, 2]), chance.choice([1, 2, 3])) for one in ids]
    told = [(chance.randrange(60), chance.random() < 0.7, chance.choice(some)) for _ in range(60)]
    table = transactions(pa.int64(), pa.int64(), rows)
    split = chance.randrange(50)
    return Past(table.slice(0, split), table.slice(split), labels(pa.int64(), told))


def transactions(key: pa.DataType, entity: pa.DataType, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """A table of (transaction_id, occurred_at, amount_cents, customer, terminal)."""
    types = {"transaction_id": key, "occurred_at": INSTANT, "amount_cents": pa.int64(), "customer": entity, "terminal": pa.int64()}
    return _table(types, rows)


def labels(key: pa.DataType, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """A table of (transaction_id, is_fraud, known_at)."""
    return _table({"transaction_id": key, "is_fraud": pa.bool_(), "known_at": INSTANT}, rows)


def _table(types: dict[str, pa.DataType], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    return pa.table({name: pa.array([row[place] for row in rows], type=types[name]) for place, name in enumerate(types)})


def _rows(entity: pa.DataType) -> st.SearchStrategy[tuple[object, ...]]:
    customer = st.sampled_from([None, *CUSTOMERS[entity]])
    return st.tuples(instants, st.integers(-500, 10**6), customer, st.sampled_from([None, 1, 2]))


def _ids(key: pa.DataType, number: int) -> list[int] | list[str]:
    """Ids whose order as text differs from their order as numbers."""
    return list(range(number)) if key == pa.int64() else [f"t{index}" for index in range(number)]
