"""Spans of time as people write them: `90s`, `30m`, `6h`, `7d`."""

from __future__ import annotations

import datetime as dt
import re

DURATION = re.compile(r"(\d+)([smhd])")
UNITS = {
    "d": dt.timedelta(days=1),
    "h": dt.timedelta(hours=1),
    "m": dt.timedelta(minutes=1),
    "s": dt.timedelta(seconds=1),
}


def parse_duration(text: object) -> dt.timedelta:
    """Read `90s`, `30m`, `6h` or `7d`; anything else is a `ValueError` that shows the right form.

    >>> parse_duration("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    if isinstance(text, dt.timedelta):
        return text
    match = DURATION.fullmatch(str(text))
    if match is None:
        raise ValueError(f"'{text}' is not a duration: write a number and a unit, for example 7d, 6h or 30m")
    try:
        return int(match[1]) * UNITS[match[2]]
    except OverflowError:
        raise ValueError(f"'{text}' is too long: a duration has at most {dt.timedelta.max.days} days") from None


def duration_text(span: dt.timedelta) -> str:
    """The span in the largest unit that holds it whole: what `parse_duration` reads back, for whole seconds.

    >>> duration_text(dt.timedelta(days=60)), duration_text(dt.timedelta(hours=36))
    ('60d', '36h')
    """
    unit = next((unit for unit, size in UNITS.items() if span % size == dt.timedelta(0)), "s")
    return f"{span // UNITS[unit]}{unit}"
