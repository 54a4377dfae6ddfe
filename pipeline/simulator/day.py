"""One day of trade: who paid what, when and where, and which of it is fraud."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.simulator.parameters import Simulation
from pipeline.simulator.world import Floats, Integers, Purpose, World, draws

DAY_SECONDS = 86_400
NOON = 43_200
NOON_DEVIATION = 20_000  # seconds; about 3 % of the draws fall outside the day and are dropped, as in the book


@dataclass(frozen=True)
class Day:
    """Transactions of one day in order of time; `second` counts from midnight, `scenario` is 0 (genuine) to 3."""

    second: Integers
    customer: Integers
    terminal: Integers
    amount_cents: Integers
    scenario: npt.NDArray[np.int8]


def draw_day(simulation: Simulation, world: World, day: dt.date) -> Day:
    """All transactions that occur on `day`."""
    rng = draws(simulation.seed, Purpose.TRANSACTIONS, day.toordinal())
    customer = np.repeat(np.arange(len(world.daily_transactions)), rng.poisson(world.daily_transactions))
    second = np.floor(rng.normal(NOON, NOON_DEVIATION, len(customer))).astype(np.int64)
    cents = np.rint(_amounts(rng, world.amount_mean[customer]) * 100).astype(np.int64)
    pick, luck = rng.random(len(customer)), rng.random(len(customer))
    kept = np.flatnonzero((second > 0) & (second < DAY_SECONDS) & (world.available.counts[customer] > 0))
    kept = kept[np.argsort(second[kept], kind="stable")]
    terminal = _choose(world, customer[kept], pick[kept])
    genuine = Day(second[kept], customer[kept], terminal, cents[kept], np.zeros(len(kept), np.int8))
    return _with_fraud(simulation, day, genuine, luck[kept])


def _amounts(rng: np.random.Generator, mean: Floats) -> Floats:
    """Normal around each customer's mean, deviation half of it; what would be negative is drawn again, evenly."""
    amount = rng.normal(mean, mean / 2)
    return np.where(amount < 0, rng.uniform(0, 2 * mean), amount)


def _choose(world: World, customer: Integers, pick: Floats) -> Integers:
    """A terminal in reach of each customer, all equally likely; `pick` is U(0, 1)."""
    place = world.available.offsets[customer] + np.floor(pick * world.available.counts[customer]).astype(np.int64)
    return world.available.terminals[place].astype(np.int64)


def _with_fraud(simulation: Simulation, day: dt.date, genuine: Day, luck: Floats) -> Day:
    """Mark the three scenarios, the later one winning; `luck` is U(0, 1) and decides which rows of a compromised customer are misused."""
    terminals = _compromised_terminals(simulation, day)
    misused = np.isin(genuine.customer, _compromised_customers(simulation, day)) & (luck < simulation.customers_compromised_share)
    large = genuine.amount_cents > 100 * simulation.fraud_amount
    scenario = np.select([misused, np.isin(genuine.terminal, terminals), large], [3, 2, 1], default=0).astype(np.int8)
    cents = np.where(misused, genuine.amount_cents * simulation.customers_compromised_factor, genuine.amount_cents)
    return replace(genuine, amount_cents=cents, scenario=scenario)


def _compromised_terminals(simulation: Simulation, day: dt.date) -> Integers:
    days = _days_ending(day, simulation.terminals_compromised_days)
    streams = [draws(simulation.seed, Purpose.COMPROMISED_TERMINALS, earlier) for earlier in days]
    return _chosen(streams, simulation.terminals, simulation.terminals_compromised_daily)


def _compromised_customers(simulation: Simulation, day: dt.date) -> Integers:
    days = _days_ending(day, simulation.customers_compromised_days)
    streams = [draws(simulation.seed, Purpose.COMPROMISED_CUSTOMERS, earlier) for earlier in days]
    return _chosen(streams, simulation.customers, simulation.customers_compromised_daily)


def _days_ending(day: dt.date, count: int) -> range:
    """Ordinals of `day` and the `count - 1` days before it: what was compromised then still is."""
    return range(day.toordinal() - count + 1, day.toordinal() + 1)


def _chosen(streams: list[np.random.Generator], among: int, daily: int) -> Integers:
    return np.unique([rng.choice(among, min(daily, among), replace=False) for rng in streams])
