"""What the source would hold: days of trade as Arrow tables, with the instants at which rows and labels arrive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.data.names import INSTANT, IS_FRAUD, KNOWN_AT, OCCURRED_AT, RECORDED_AT, TRANSACTION_ID
from pipeline.simulator.day import Day, draw_day
from pipeline.simulator.parameters import Simulation
from pipeline.simulator.world import Floats, Integers, Purpose, draws, make_world

IDS_A_DAY = 10_000_000  # an id reads YYYYMMDD and seven digits: 202611220000017 is the 18th transaction of that day
SECOND = 1_000_000  # microseconds
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
CENT = pa.scalar(Decimal("0.01"), pa.decimal128(2, 2))


@dataclass(frozen=True)
class Simulated:
    """Rows of a source.

    `transactions`: transaction_id int64, occurred_at, recorded_at, customer_id int64, terminal_id int64, amount decimal128(12, 2).
    `labels`: transaction_id, is_fraud, known_at; a dispute that came to nothing has two rows, true and later false.
    """

    transactions: pa.Table
    labels: pa.Table


def simulate(simulation: Simulation) -> Simulated:
    """The whole span in memory: 56 bytes a transaction. Days that do not fit are better taken one by one (`simulated_days`)."""
    days = list(simulated_days(simulation))
    return Simulated(pa.concat_tables(day.transactions for day in days), pa.concat_tables(day.labels for day in days))


def simulated_days(simulation: Simulation) -> Iterator[Simulated]:
    """Each day's transactions, in order of time, with their labels; only what `simulation.horizon` lets a source know."""
    world = make_world(simulation)
    for date in simulation.dates:
        yield _as_source(simulation, date, draw_day(simulation, world, date))


def _as_source(simulation: Simulation, date: dt.date, drawn: Day) -> Simulated:
    ids = _ids(date, len(drawn.second))
    occurred = _microseconds(Night(date).start) + drawn.second * SECOND
    recorded = occurred + _arrival_delays(simulation, date, len(ids))
    horizon = _microseconds(simulation.horizon)
    transactions = pa.table(
        {
            TRANSACTION_ID: ids,
            OCCURRED_AT: _instants(occurred),
            RECORDED_AT: _instants(recorded),
            "customer_id": drawn.customer,
            "terminal_id": drawn.terminal,
            "amount": _decimals(drawn.amount_cents),
        }
    )
    labels = _labels(simulation, date, ids, recorded, drawn.scenario)
    return Simulated(_before(transactions, RECORDED_AT, horizon), _before(labels, KNOWN_AT, horizon))


def _ids(date: dt.date, count: int) -> Integers:
    if count > IDS_A_DAY:
        raise UsageError(f"{count} transactions on {date}: ids are made for at most {IDS_A_DAY} a day, simulate fewer customers")
    return int(f"{date:%Y%m%d}") * IDS_A_DAY + np.arange(count)


def _arrival_delays(simulation: Simulation, date: dt.date, count: int) -> Integers:
    """Microseconds from occurrence to arrival: seconds to minutes for most, hours to days for the late share."""
    rng = draws(simulation.seed, Purpose.ARRIVALS, date.toordinal())
    prompt = _lognormal(rng, simulation.arrival_seconds_median, simulation.arrival_seconds_sigma, count) * SECOND
    late = np.exp(rng.uniform(np.log(simulation.late_hours_min), np.log(simulation.late_hours_max), count)) * HOUR
    return np.where(rng.random(count) < simulation.late_share, late, prompt).astype(np.int64)


def _labels(simulation: Simulation, date: dt.date, ids: Integers, recorded: Integers, scenario: npt.NDArray[np.int8]) -> pa.Table:
    """Frauds and disputes open as fraud days after arrival; a dispute of a genuine transaction is closed as none days later still."""
    rng = draws(simulation.seed, Purpose.LABELS, date.toordinal())
    disputed = (scenario == 0) & (rng.random(len(ids)) < simulation.dispute_share)
    opened = recorded + (_lognormal(rng, simulation.label_days_median, simulation.label_days_sigma, len(ids)) * DAY).astype(np.int64)
    closed = opened + (_lognormal(rng, simulation.dispute_days_median, simulation.dispute_days_sigma, len(ids)) * DAY).astype(np.int64)
    doubted = disputed | (scenario > 0)
    known = np.concatenate([opened[doubted], closed[disputed]])
    label_ids = np.concatenate([ids[doubted], ids[disputed]])
    is_fraud = np.arange(len(known)) < doubted.sum()
    return pa.table({TRANSACTION_ID: label_ids, IS_FRAUD: is_fraud, KNOWN_AT: _instants(known)}).sort_by(KNOWN_AT)


def _lognormal(rng: np.random.Generator, median: float, sigma: float, count: int) -> Floats:
    return rng.lognormal(np.log(median), sigma, count)


def _before(rows: pa.Table, instant: str, horizon: int) -> pa.Table:
    return rows.filter(pc.less(rows[instant], pa.scalar(horizon, INSTANT)))


def _microseconds(instant: dt.datetime) -> int:
    return (instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _instants(microseconds: Integers) -> pa.Array:
    return pa.array(microseconds).cast(INSTANT)


def _decimals(cents: Integers) -> pa.Array:
    """Whole cents as decimals of two places; Arrow multiplies them exactly."""
    return pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), CENT).cast(pa.decimal128(12, 2))
