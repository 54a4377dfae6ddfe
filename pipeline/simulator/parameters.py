"""The parameters of a simulation, with their units; the defaults are the book's, for about 8,000 transactions a day."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace

from pipeline.core.errors import UsageError
from pipeline.core.night import Night


@dataclass(frozen=True)
class Simulation:
    """A span of days of one world, ending with `last_day` (included, UTC).

    The grid is 100 x 100 units. Nothing comes out whose `recorded_at` or `known_at` lies at or after `until`
    (the end of `last_day` where none is given): a live source does not know its future.
    """

    last_day: dt.date
    days: int = 60
    seed: int = 0
    until: dt.datetime | None = None

    customers: int = 4_200
    terminals: int = 10_000
    radius: float = 5.0  # grid units within which a terminal is available to a customer
    daily_transactions_max: float = 4.0  # a customer's mean number of transactions a day is U(0, this)
    amount_mean_min: float = 5.0  # a customer's mean amount is U(min, max), in units of the currency
    amount_mean_max: float = 100.0

    fraud_amount: float = 220.0  # scenario 1: everything above it
    terminals_compromised_daily: int = 2  # scenario 2: everything there, for as many days
    terminals_compromised_days: int = 28
    customers_compromised_daily: int = 3  # scenario 3: a share of what they do, at multiplied amounts
    customers_compromised_days: int = 14
    customers_compromised_share: float = 1 / 3
    customers_compromised_factor: int = 5

    arrival_seconds_median: float = 20.0  # lognormal: 98 % within three minutes
    arrival_seconds_sigma: float = 1.0
    late_share: float = 0.01  # rows that arrive hours to days after they occurred, log-uniformly
    late_hours_min: float = 1.0
    late_hours_max: float = 72.0

    label_days_median: float = 2.0  # lognormal, from arrival: 94 % of the frauds are known within 7 days
    label_days_sigma: float = 0.8
    dispute_share: float = 0.001  # genuine transactions that are disputed as fraud, then closed as none
    dispute_days_median: float = 5.0  # lognormal, from the opening to the closing of a dispute
    dispute_days_sigma: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn (`UsageError`)."""
        for name in ("days", "customers", "terminals"):
            if getattr(self, name) < 1:
                raise UsageError(f"a simulation needs at least one of its {name}, not {getattr(self, name)}")
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is negative: name 0 or a positive whole number")
        if not 0 < self.radius <= 100:
            raise UsageError(f"radius {self.radius} lies outside the grid: choose more than 0 and at most 100 units")
        if self.until is not None and self.until.tzinfo is None:
            raise UsageError(f"until {self.until} has no time zone: write for example {self.until}+00:00")
        for share in ("late_share", "dispute_share", "customers_compromised_share"):
            if not 0 <= getattr(self, share) <= 1:
                raise UsageError(f"{share} {getattr(self, share)} is not a share: choose from 0 to 1")

    @property
    def horizon(self) -> dt.datetime:
        """First instant that the simulated source does not know yet."""
        return self.until or Night(self.last_day).end

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """Every simulated day, in order."""
        return tuple(self.last_day - dt.timedelta(days=back) for back in reversed(range(self.days)))

    def scaled(self, factor: float) -> Simulation:
        """The same world with `factor` times the people, terminals and frauds, as dense around each customer as before."""
        return replace(
            self,
            customers=_times(self.customers, factor),
            terminals=_times(self.terminals, factor),
            radius=min(self.radius / math.sqrt(factor), 100.0),
            terminals_compromised_daily=_times(self.terminals_compromised_daily, factor),
            customers_compromised_daily=_times(self.customers_compromised_daily, factor),
        )


def _times(count: int, factor: float) -> int:
    return max(1, round(count * factor))
