"""What computing features costs, in memory: by the length of the longest window, and by the number of entities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from bench.parts.growth_points import Point
from bench.parts.measure import Cost, Stopwatch, medians, say
from pipeline.core.night import Night
from pipeline.data.names import INSTANT, labels_schema, transactions_schema
from pipeline.features.declarations import Amount, Count, FraudRate, MeanAmount
from pipeline.features.view import FeatureView

NIGHT = Night(dt.date(2026, 6, 30))
DELAY = dt.timedelta(days=7)
FRAUDS = 0.01
MICROSECONDS = 86_400 * 1_000_000
CUSTOMERS = 50_000
REPEATS = 3


def by_window(days: Sequence[int], daily: int) -> list[Point]:
    """A night of `daily` rows over as much history as the longest window reaches back, at the same pace."""
    return [_computed(longest, daily, daily * (longest + DELAY.days), CUSTOMERS, longest) for longest in days]


def by_entities(counts: Sequence[int], rows: int) -> list[Point]:
    """A night of a tenth of the rows, the rest its history of 37 days, by more and more customers and terminals."""
    return [_computed(entities, rows // 10, rows - rows // 10, entities, 30) for entities in counts]


def _computed(at: int, own: int, before: int, entities: int, longest: int) -> Point:
    say(f"features: {before + own:,} rows, {entities:,} entities, {longest} days")
    view, rng = view_of(longest), np.random.default_rng(at)
    history = made_rows(rng, 0, before, NIGHT.start - view.reach, NIGHT.start, entities)
    arrived = made_rows(rng, before, own, NIGHT.start, NIGHT.end, entities)
    labels = made_labels(rng, history)
    view.compute(history.slice(0, 1_000), arrived.slice(0, 1_000), labels.slice(0, 10))  # what is done once a process is not of the rows
    costs = medians([_once(view, history, arrived, labels) for _ in range(REPEATS)])
    return Point(at, before + own, costs["features"])


def _once(view: FeatureView, history: pa.Table, arrived: pa.Table, labels: pa.Table) -> dict[str, Cost]:
    stopwatch = Stopwatch()
    with stopwatch.stage("features"):
        view.compute(history, arrived, labels)
    return stopwatch.costs


def view_of(longest: int) -> FeatureView:
    """The default view's windows, the longest replaced."""
    windows = tuple(dt.timedelta(days=days) for days in (1, 7, longest))
    customer = (Count("customer", windows), MeanAmount("customer", windows))
    return FeatureView("growth", (Amount(), *customer, Count("terminal", windows, DELAY), FraudRate("terminal", windows, DELAY)))


def made_rows(rng: np.random.Generator, first: int, count: int, start: dt.datetime, end: dt.datetime, entities: int) -> pa.Table:
    begins, span = int(start.timestamp()) * 1_000_000, int((end - start).total_seconds()) * 1_000_000
    instants = pa.array(np.sort(begins + rng.integers(0, span, count)), pa.int64()).cast(pa.timestamp("us")).cast(INSTANT)
    drawn = [pa.array(rng.integers(0, entities, count)) for _ in ("customer", "terminal")]
    amounts = pa.array(rng.integers(100, 20_000, count))
    schema = transactions_schema(pa.int64(), {"customer": pa.int64(), "terminal": pa.int64()})
    return pa.Table.from_arrays([pa.array(np.arange(first, first + count)), instants, instants, amounts, *drawn], schema=schema)


def made_labels(rng: np.random.Generator, history: pa.Table) -> pa.Table:
    """Frauds known a few days after they occurred."""
    frauds = history.filter(pa.array(rng.random(history.num_rows) < FRAUDS))
    known = frauds["occurred_at"].cast(pa.int64()).to_numpy() + rng.integers(MICROSECONDS, 6 * MICROSECONDS, frauds.num_rows)
    columns = [frauds["transaction_id"], pa.array(np.ones(frauds.num_rows, bool)), pa.array(known).cast(pa.timestamp("us")).cast(INSTANT)]
    return pa.Table.from_arrays(columns, schema=labels_schema(pa.int64()))
