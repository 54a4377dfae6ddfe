"""All windows of a view at once: sort, prefix sums, and for each window the difference of two of them.

A window `(t - delay - window, t - delay]` holds what stands no later than `delay` before `t`, less what stands no later than
`delay + window` before it. So each statistic is asked once for each such age, and every window is a subtraction of whole numbers.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.features.declarations import WindowColumn
from pipeline.features.labels import Changes
from pipeline.features.rows import NOBODY, Codes, Floats, Integers, Rows
from pipeline.features.timeline import PlacedChanges, Timeline

ROWS_AT_ONCE = 2_000_000  # a timeline of this size needs about 0.1 GB
KEY_ROOM = 2**62  # entity × span stays below, so that a key fits a signed 64-bit integer
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Totals:
    """For each of the night's own rows: transactions, minor units and known frauds up to some age."""

    count: Integers
    cents: Integers
    frauds: Integers

    def less(self, older: Totals) -> Totals:
        return Totals(self.count - older.count, self.cents - older.cents, self.frauds - older.frauds)


def window_values(
    rows: Rows, code: Codes, changes: Changes, columns: Sequence[WindowColumn], minor_units: int
) -> dict[WindowColumn, Floats]:
    """The columns of one entity for the night's own rows, in their order; NaN where the entity is null or the statistic undefined."""
    values = {column: np.full(rows.own, np.nan) for column in columns}
    changed = np.zeros(len(rows.occurred_at), dtype=np.bool_)
    changed[changes.row] = True
    for timeline in _timelines(rows, code, max(column.reach for column in columns)):
        places = np.flatnonzero(timeline.row >= rows.own_from)
        own = timeline.row[places]
        placed = timeline.placed(changes, np.flatnonzero(changed[timeline.row]))
        totals = _totals(timeline, places, rows.amount_cents, placed, columns)
        for column in columns:
            window = totals[column.delay].less(totals[column.reach])
            values[column][own - rows.own_from] = _statistic(column, window, rows.amount_cents[own], 10**minor_units)
    return values


def _statistic(column: WindowColumn, window: Totals, own_cents: Integers, minor: int) -> Floats:
    match column.statistic:
        case "count":
            return window.count.astype(np.float64)
        case "amount_mean":
            return _over(window.cents, window.count * minor, np.nan)
        case "amount_ratio":
            return _over(own_cents.astype(np.float64) * window.count, window.cents, np.nan)
        case "fraud_rate":
            return _over(window.frauds, window.count, 0.0)


def _over(part: Integers | Floats, whole: Integers, otherwise: float) -> Floats:
    """Part over whole, `otherwise` where the whole is zero."""
    share = np.full(len(whole), otherwise)
    np.divide(part, whole, out=share, where=whole != 0)
    return share


def _timelines(rows: Rows, code: Codes, reach: dt.timedelta) -> Iterator[Timeline]:
    """The entities in groups small enough to sort at once; history that no window of the night reaches is left out."""
    if rows.own == 0:
        return
    earliest = rows.occurred_at[rows.own_from :].min()
    asked = np.flatnonzero((code != NOBODY) & (rows.occurred_at > earliest - reach // MICROSECOND))
    groups = _groups(rows, code, asked)
    group = (code[asked] % groups).astype(np.min_scalar_type(groups - 1))  # one or two bytes: NumPy sorts these in linear time
    ends = np.cumsum(np.bincount(group, minlength=groups))
    for members in np.split(asked[np.argsort(group, kind="stable")], ends[:-1]):
        if len(members):
            yield Timeline.of(rows, code[members] // groups, members)


def _groups(rows: Rows, code: Codes, asked: Integers) -> int:
    """How many groups keep each within `ROWS_AT_ONCE` rows on average and its keys within `KEY_ROOM`."""
    span = int(np.ptp(rows.occurred_at)) + 1
    entities = int(code.max()) + 1
    return max(1, math.ceil(len(asked) / ROWS_AT_ONCE), math.ceil(entities * span / KEY_ROOM))


def _totals(
    timeline: Timeline, places: Integers, amount_cents: Integers, changes: PlacedChanges, columns: Iterable[WindowColumn]
) -> dict[dt.timedelta, Totals]:
    """The totals at every age at which a window of `columns` begins or ends."""
    # a sum may wrap around 2^63; differences of two come out right all the same
    cents = np.concatenate(([0], np.cumsum(amount_cents[timeline.row])))
    totals = {}
    for age in {age for column in columns for age in (column.delay, column.reach)}:
        ago = age // MICROSECOND
        count = timeline.standing(places, ago)
        totals[age] = Totals(count, cents[count], timeline.known_frauds(places, changes, ago))
    return totals
