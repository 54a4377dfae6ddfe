"""All windows of a view at once: each entity's rows in order, passed through once for each age at which a window begins or ends.

A window `(t - delay - window, t - delay]` holds what stands no later than `delay` before `t`, less what stands no later than
`delay + window` before it. So each statistic is asked once for each such age, and every window is a subtraction of whole numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.features.declarations import WindowColumn
from pipeline.features.entity_sweep import ENTITY_SWEEP
from pipeline.features.labels import Changes
from pipeline.features.rows import NOBODY, Codes, Floats, Integers, Rows
from pipeline.features.timeline import Timeline

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
    if rows.own == 0:
        return {column: np.empty(0) for column in columns}
    totals = _totals(rows, code, changes, columns)
    own_cents, nobody = rows.amount_cents[rows.own_from :], code[rows.own_from :] == NOBODY
    values = {}
    for column in columns:
        window = totals[column.delay].less(totals[column.reach])
        values[column] = _statistic(column, window, own_cents, 10**minor_units)
        values[column][nobody] = np.nan
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


def _totals(rows: Rows, code: Codes, changes: Changes, columns: Sequence[WindowColumn]) -> Mapping[dt.timedelta, Totals]:
    """The totals at every age at which a window of `columns` begins or ends; history that no window reaches is left out."""
    earliest = int(rows.occurred_at[rows.own_from :].min())
    timeline = Timeline.of(rows, code, earliest - max(column.reach for column in columns) // MICROSECOND)
    placed = timeline.placed(changes, len(code))
    ages = sorted({age for column in columns for age in (column.delay, column.reach)})
    count, cents, frauds = (np.zeros((rows.own, len(ages)), np.int64) for _ in range(3))
    ENTITY_SWEEP(
        *(timeline.starts, timeline.entities, timeline.instant, timeline.row, rows.amount_cents, rows.own_from),
        *(np.array([age // MICROSECOND for age in ages]), len(ages)),
        *(placed.place, placed.known_at, placed.step, len(placed.place)),
        *(np.empty(timeline.largest + 1, np.int64) for _ in range(2)),
        *(total.ravel() for total in (count, cents, frauds)),
    )
    return {age: Totals(count[:, place], cents[:, place], frauds[:, place]) for place, age in enumerate(ages)}
