"""Who there is and where: customers and terminals on a grid, and which terminals each customer can reach."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.simulator.parameters import Simulation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

GRID = 100.0
CUSTOMERS_AT_ONCE = 10_000  # at the book's density about 225 candidates each: some 100 MB while they are sifted


class Purpose(enum.IntEnum):
    """What a stream of draws is for: no two purposes share one, so that changing one leaves the others as they were."""

    CUSTOMERS = 0
    TERMINALS = 1
    TRANSACTIONS = 2
    COMPROMISED_TERMINALS = 3
    COMPROMISED_CUSTOMERS = 4
    ARRIVALS = 5
    LABELS = 6


def draws(seed: int, purpose: Purpose, day: int = 0) -> np.random.Generator:
    """The stream of one purpose and one day (`date.toordinal()`), whatever else is drawn."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, day)))


@dataclass(frozen=True)
class Available:
    """Terminals in reach of each customer: those of customer `c` are `terminals[offsets[c]:offsets[c + 1]]`."""

    offsets: Integers
    terminals: npt.NDArray[np.int32]

    @property
    def counts(self) -> Integers:
        return np.diff(self.offsets)


@dataclass(frozen=True)
class World:
    """Customers by number: mean amount (currency units), mean transactions a day, terminals in reach."""

    amount_mean: Floats
    daily_transactions: Floats
    available: Available


def make_world(simulation: Simulation) -> World:
    """Draw the world of a simulation; its size and its seed decide it, the days do not."""
    people = draws(simulation.seed, Purpose.CUSTOMERS)
    places = draws(simulation.seed, Purpose.TERMINALS)
    homes = people.uniform(0, GRID, (simulation.customers, 2))
    return World(
        amount_mean=people.uniform(simulation.amount_mean_min, simulation.amount_mean_max, simulation.customers),
        daily_transactions=people.random(simulation.customers) * simulation.daily_transactions_max,
        available=terminals_in_reach(homes, places.uniform(0, GRID, (simulation.terminals, 2)), simulation.radius),
    )


def terminals_in_reach(customers: Floats, terminals: Floats, radius: float) -> Available:
    """For each customer (a row x, y) the terminals at most `radius` away, found cell by cell of a grid of that width."""
    rows = int(GRID // radius) + 1
    cell = _cells(terminals, radius) @ np.array([rows, 1])
    order = np.argsort(cell, kind="stable")
    found = [
        _sift(customers[first : first + CUSTOMERS_AT_ONCE], terminals, cell[order], order, radius)
        for first in range(0, len(customers), CUSTOMERS_AT_ONCE)
    ]
    counts = np.concatenate([piece.counts for piece in found])
    return Available(np.concatenate([[0], np.cumsum(counts)]), np.concatenate([piece.terminals for piece in found]))


def _cells(points: Floats, radius: float) -> Integers:
    return (points // radius).astype(np.int64)


def _sift(customers: Floats, terminals: Floats, sorted_cells: Integers, order: Integers, radius: float) -> Available:
    """Keep, of the terminals in the nine cells around each customer, those within the circle."""
    starts, stops = _runs(_cells(customers, radius), sorted_cells, int(GRID // radius) + 1)
    lengths = stops - starts
    customer = np.repeat(np.repeat(np.arange(len(customers)), 3), lengths)
    skipped = np.cumsum(lengths) - lengths
    candidate = order[np.arange(lengths.sum()) + np.repeat(starts - skipped, lengths)]
    near = ((customers[customer] - terminals[candidate]) ** 2).sum(axis=1) <= radius**2
    counts = np.bincount(customer[near], minlength=len(customers))
    return Available(np.concatenate([[0], np.cumsum(counts)]), candidate[near].astype(np.int32))


def _runs(cells: Integers, sorted_cells: Integers, rows: int) -> tuple[Integers, Integers]:
    """Where the terminals of three neighbouring columns stand in cell order: three runs a customer, flat, customer by customer."""
    column = cells[:, :1] + np.array([-1, 0, 1])
    row = cells[:, 1:]
    starts = np.searchsorted(sorted_cells, column * rows + np.maximum(row - 1, 0), side="left")
    stops = np.searchsorted(sorted_cells, column * rows + np.minimum(row + 1, rows - 1), side="right")
    return starts.ravel(), stops.ravel()
