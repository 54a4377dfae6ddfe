"""What a run will do, decided once at its start; no later step looks at the mode."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.core.night import Night


@dataclass(frozen=True)
class Plan:
    """A run, frozen: which night, what it may know, and whether analysts will see it.

    `cutoff`: labels count where `known_at < cutoff`. `publishes`: whether a staged run may become current.
    """

    run_id: int
    night: Night
    mode: str
    cutoff: dt.datetime
    publishes: bool
    scheduled: bool


def as_of(run_id: int, night: Night, *, scheduled: bool) -> Plan:
    """The plan of a scheduled night or a backfill: only what was known at the end of the night."""
    return Plan(run_id, night, "as-of", cutoff=night.end, publishes=True, scheduled=scheduled)
