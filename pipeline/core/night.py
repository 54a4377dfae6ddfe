"""A night: the half-open interval of arrival times that one run owns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.core.errors import UsageError

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, order=True)
class Night:
    """One UTC day of arrivals, `[start, end)`.

    >>> night = Night.parse("2026-11-22")
    >>> night.start.isoformat(), night.end.isoformat()
    ('2026-11-22T00:00:00+00:00', '2026-11-23T00:00:00+00:00')
    >>> str(night.next()), str(night.back(2))
    ('2026-11-23', '2026-11-20')
    """

    day: dt.date

    @classmethod
    def parse(cls, text: str) -> Night:
        """Read `YYYY-MM-DD`; anything else is a `UsageError` that shows the right form."""
        try:
            day = dt.date.fromisoformat(text)
        except (TypeError, ValueError):
            day = None
        if day is None or day.isoformat() != text:
            raise UsageError(f"'{text}' is not a night: write it as YYYY-MM-DD, for example 2026-11-22")
        return cls(day)

    @classmethod
    def of(cls, instant: dt.datetime) -> Night:
        """The night in which something that arrived at `instant` (with a time zone) becomes known."""
        if instant.tzinfo is None:
            raise ValueError(f"{instant} has no time zone")
        return cls(instant.astimezone(dt.UTC).date())

    @property
    def start(self) -> dt.datetime:
        """First instant of the night (UTC)."""
        return dt.datetime.combine(self.day, dt.time(), dt.UTC)

    @property
    def end(self) -> dt.datetime:
        """First instant after the night (UTC): what is known before it is known to the night."""
        return self.start + ONE_DAY

    def __str__(self) -> str:
        return self.day.isoformat()

    def next(self) -> Night:
        return Night(self.day + ONE_DAY)

    def back(self, nights: int) -> Night:
        """The night `nights` before this one."""
        return Night(self.day - nights * ONE_DAY)

    def is_over(self, now: dt.datetime, settle: dt.timedelta) -> bool:
        """Whether `settle` has passed since the end, so that late commits have had their chance."""
        return now >= self.end + settle


def nights_between(first: Night, last: Night) -> Iterator[Night]:
    """Every night from `first` to `last`, both included, in order.

    >>> [str(night) for night in nights_between(Night.parse("2026-02-27"), Night.parse("2026-03-01"))]
    ['2026-02-27', '2026-02-28', '2026-03-01']
    """
    night = first
    while night <= last:
        yield night
        night = night.next()


def night_of(run_type: str, named: str | None, logical_date: dt.datetime | None, interval_start: dt.datetime | None) -> Night:
    """The night of a run: named by hand in a manual run, the data interval in any other.

    Raises `UsageError` where a run could mean two nights: a manual run that names none (its interval is the day before its
    logical date), another run that names one (every night of a backfill would be the same), and a backfill that re-uses a
    manual run of that logical date (its interval is a day off).
    """
    if run_type == "manual":
        if named is None:
            raise UsageError("a manual run must name its night: trigger it again with the parameter 'night', for example 2026-11-22")
        return Night.parse(named)
    if named is not None:
        raise UsageError(f"a {run_type} run takes its night from its data interval, but this one names {named}: run it without parameters")
    if interval_start is None or interval_start != logical_date:
        raise UsageError(
            f"logical date {logical_date} and data interval start {interval_start} differ, a manual run holds this slot: "
            "delete this run, then backfill the day again"
        )
    return Night.of(interval_start)
