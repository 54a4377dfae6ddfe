"""What a run will do, decided once at its start; no later step looks at the mode."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.core.night import Night


@dataclass(frozen=True)
class Request:
    """A run that is about to be entered: which night, who asks, and what it may know and do.

    `cutoff`: labels count where `known_at < cutoff`. `publishes`: whether a staged run may become current. `backtestable`: whether
    the source records arrivals; without them a run of a past night knows more than the night did.
    """

    night: Night
    mode: str
    cutoff: dt.datetime
    publishes: bool
    scheduled: bool
    requested_by: str
    backtestable: bool


@dataclass(frozen=True)
class Plan:
    """A run, frozen: what its request decided, under the number it was entered with."""

    run_id: int
    night: Night
    mode: str
    cutoff: dt.datetime
    scheduled: bool


def as_of(night: Night, *, scheduled: bool, requested_by: str, backtestable: bool) -> Request:
    """The request of a scheduled night or a backfill: only what was known at the end of the night, and it publishes."""
    return Request(night, "as-of", night.end, True, scheduled, requested_by, backtestable)
