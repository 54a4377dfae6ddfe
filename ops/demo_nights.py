"""Which nights the demo runs, and who runs them: pure decisions over what the source holds and what was done before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline.core.night import Night, nights_between

HISTORY = 37  # nights: the longest window of the view, 30 days, behind its label delay of 7
LEARNING = 10  # nights without a score: 8 until the first labelled night has matured, and two nights hold 100 frauds
PUBLISHED = 7  # nights that are published in the end, at least
BY_AIRFLOW = 3  # the last of them: two that Airflow backfills, and one by its own schedule
SPARE = 1  # a night more, for a world with few frauds in its first days
SIMULATED = HISTORY + LEARNING + PUBLISHED + SPARE


@dataclass(frozen=True)
class Nights:
    """Those that run in this process, those that Airflow backfills, and the last one, which is its schedule's if it is yesterday."""

    warm_up: tuple[Night, ...]
    backfilled: tuple[Night, ...]
    last: Night


def newest_settled(now: dt.datetime, settle: dt.timedelta) -> Night:
    """The newest night that may run at `now`: in the first minutes of a day the night before still waits for late rows.

    >>> half_an_hour = dt.timedelta(minutes=30)
    >>> str(newest_settled(dt.datetime(2026, 11, 24, 0, 29, tzinfo=dt.UTC), half_an_hour))
    '2026-11-22'
    >>> str(newest_settled(dt.datetime(2026, 11, 24, 0, 30, tzinfo=dt.UTC), half_an_hour))
    '2026-11-23'
    """
    return Night.of(now - settle).back(1)


def share_out(first: Night, last: Night) -> Nights:
    """The nights to run of a source whose rows arrived from `first` to `last`: the newest ones behind a full history, in order.

    A source that is too short for a full history runs its later half, so that there is something to see.
    """
    held = list(nights_between(first, last))
    running = held[max(min(HISTORY, len(held) // 2), len(held) - LEARNING - PUBLISHED - SPARE) :]
    return Nights(tuple(running[:-BY_AIRFLOW]), tuple(running[-BY_AIRFLOW:-1]), running[-1])


def still_to_run(nights: Collection[Night], states: Mapping[Night, str]) -> tuple[Night, ...]:
    """Those of `nights` that no earlier demo brought to an end (`published`, or `unscored` before the first model)."""
    return tuple(night for night in nights if states.get(night) not in {"published", "unscored"})


def first_to_simulate(held: Night | None, last: Night) -> Night:
    """Where the simulation begins, of which `last` is the last night to run: where it began before, so that a longer one holds the
    same rows and some more."""
    return held or last.back(SIMULATED - 1)


def needs_rows(held_last: Night | None, yesterday: Night, ran: Collection[Night]) -> bool:
    """Whether simulated nights are missing and may still come: no night after the last rows has been run without them."""
    if held_last is None:
        return True
    return held_last < yesterday and not any(night > held_last for night in ran)
