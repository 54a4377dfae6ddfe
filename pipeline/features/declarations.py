"""What a feature view is made of: one small declaration for each kind of feature."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from pipeline.core.errors import UsageError
from pipeline.features.rows import Bools, Floats, OwnRows

AT_ONCE = dt.timedelta(0)
SECOND = dt.timedelta(seconds=1)
UNITS = {"d": dt.timedelta(days=1), "h": dt.timedelta(hours=1), "m": dt.timedelta(minutes=1), "s": SECOND}

Statistic = Literal["count", "amount_mean", "amount_ratio", "fraud_rate"]


@dataclass(frozen=True)
class Called:
    """Words of a view's own for a declaration: the reason code that groups it, and its phrase, to which windows are added."""

    reason_code: str
    phrase: str


@dataclass(frozen=True)
class Amount:
    """The transaction's own amount, in whole units of the currency."""

    called: Called | None = None
    name: ClassVar[str] = "amount"

    def of(self, own: OwnRows) -> Floats:
        return own.amount


@dataclass(frozen=True)
class Weekend:
    """1 on Saturday and Sunday in the view's time zone, else 0."""

    called: Called | None = None
    name: ClassVar[str] = "is_weekend"

    def of(self, own: OwnRows) -> Bools:
        return own.weekday >= 5


@dataclass(frozen=True)
class NightTime:
    """1 from midnight to the end of `last_hour` in the view's time zone, else 0."""

    last_hour: int = 6
    called: Called | None = None
    name: ClassVar[str] = "is_night"

    def of(self, own: OwnRows) -> Bools:
        return own.hour <= self.last_hour


@dataclass(frozen=True)
class WindowColumn:
    """One column: `statistic` of what `entity` did in the window `(t - delay - window, t - delay]`."""

    entity: str
    statistic: Statistic
    window: dt.timedelta
    delay: dt.timedelta

    @property
    def name(self) -> str:
        """Subject, statistic, window and delay, for example `terminal_fraud_rate_30d_delay_7d`."""
        delayed = f"_delay_{in_units(self.delay)}" if self.delay else ""
        return f"{self.entity}_{self.statistic}_{in_units(self.window)}{delayed}"

    @property
    def reach(self) -> dt.timedelta:
        """How far before a transaction this column looks."""
        return self.window + self.delay


@dataclass(frozen=True)
class Windowed:
    """A statistic of one entity over several windows, all shifted into the past by `delay`.

    Without delay a transaction sees itself and what stands before it in the order (occurred_at, transaction_id); with
    one it sees what occurred no later than `delay` before it. Wrong windows are a `UsageError`.
    """

    entity: str
    windows: tuple[dt.timedelta, ...]
    delay: dt.timedelta = AT_ONCE
    called: Called | None = None
    statistic: ClassVar[Statistic]

    def __post_init__(self) -> None:
        if re.fullmatch(r"[a-z][a-z0-9_]*", self.entity) is None:
            raise UsageError(f"{self._told()}: that is no entity's name; use one from 'entities' in the settings, for example 'customer'")
        if not self.windows or not all(_is_whole_and_positive(window) for window in self.windows):
            raise UsageError(f"{self._told()}: every window must be a positive number of whole seconds, for example (timedelta(days=1),)")
        if self.delay and not _is_whole_and_positive(self.delay):
            raise UsageError(f"{self._told()}: a delay of {self.delay} is neither zero nor a positive number of whole seconds")

    def columns(self) -> tuple[WindowColumn, ...]:
        return tuple(WindowColumn(self.entity, self.statistic, window, self.delay) for window in self.windows)

    def _told(self) -> str:
        return f"{type(self).__name__} of '{self.entity}'"


class Count(Windowed):
    """How many transactions stand in the window."""

    statistic = "count"


class MeanAmount(Windowed):
    """Their mean amount, in whole units of the currency; null where a delayed window is empty."""

    statistic = "amount_mean"


class AmountRatio(Windowed):
    """The transaction's own amount over the window's mean amount; null where that mean is zero or the window empty."""

    statistic = "amount_ratio"


class FraudRate(Windowed):
    """The share of them that was known as fraud at the transaction's instant; 0 where the window is empty.

    Of several labels of a transaction the latest known wins, of those known at one instant a fraud. No transaction sees its own label.
    """

    statistic = "fraud_rate"


RowFeature = Amount | Weekend | NightTime
Feature = RowFeature | Windowed


def in_units(span: dt.timedelta) -> str:
    """A span in the largest unit that divides it.

    >>> [in_units(dt.timedelta(hours=hours)) for hours in (24, 36, 0.5)]
    ['1d', '36h', '30m']
    """
    letter, unit = next((letter, unit) for letter, unit in UNITS.items() if not span % unit)
    return f"{span // unit}{letter}"


def _is_whole_and_positive(span: dt.timedelta) -> bool:
    return span > AT_ONCE and not span % SECOND
