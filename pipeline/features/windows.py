"""All windows of a view at once: each entity's rows in order, passed through once for each age at which a window begins or ends.

A window `(t - delay - window, t - delay]` holds what stands no later than `delay` before `t`, less what stands no later than
`delay + window` before it. So each statistic is asked once for each such age, and every window is a subtraction of whole numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.features.declarations import WindowColumn
from pipeline.features.entity_sweep import ENTITY_SWEEP
from pipeline.features.labels import NO_TURNS, Told, Turns
from pipeline.features.lookup import coded, places_in
from pipeline.features.rows import NOBODY, Codes, Floats, Integers, Rows
from pipeline.features.timeline import Timeline
from pipeline.features.totals import Standing, Totals, stood

MICROSECOND = dt.timedelta(microseconds=1)
NEVER = -(2**62)  # an instant before all others, from which ages can be taken off


@dataclass(frozen=True)
class Before:
    """What stood at the instant `at` of the entities of each kind, and what was told by then of transactions that may still turn.

    Of the rows beside it, those of history that stood at `at` are in it already; all that occurred since the row of the night's own
    that occurred first, less any age of the view, must be among them.
    """

    at: int
    standing: Mapping[str, Standing]
    told: Told | None


@dataclass(frozen=True)
class Sealing:
    """For which instant totals are asked, not before that of the `Before`, and what is told by now."""

    at: int
    told: Told | None


@dataclass(frozen=True)
class Lives:
    """The windows of a night's own rows by column, and what then stands of the entities, where that was asked."""

    values: Mapping[WindowColumn, Floats]
    standing: Standing | None


@dataclass(frozen=True)
class Given:
    """The rows of a night, what was told of them, what stood before it, and for which instant totals are asked."""

    rows: Rows
    told: Told | None
    before: Before | None = None
    sealing: Sealing | None = None


def lives(given: Given, entity: str, columns: Sequence[WindowColumn], minor_units: int) -> Lives:
    """The columns of one entity for the night's own rows, in their order; NaN where the entity is null or the statistic undefined."""
    rows, before, sealing = given.rows, given.before, given.sealing
    keys, code = _coded(rows, entity, before.standing[entity].keys if before else None, everybody=sealing is not None)
    kind = _Kind(rows, code, keys, entity, np.array(edges_of(columns)), any(column.statistic == "fraud_rate" for column in columns))
    base = kind.base(before) if before else Totals.none(len(keys), len(kind.edges))
    totals = kind.before_own(base, kind.turns(given.told), trimmed=before is None)
    of_age = {int(age): Totals(*(part[:, at] for part in (totals.count, totals.cents, totals.frauds))) for at, age in enumerate(kind.edges)}
    own_cents, nobody = rows.amount_cents[rows.own_from :], code[rows.own_from :] == NOBODY
    spans = {(column.delay // MICROSECOND, column.reach // MICROSECOND) for column in columns}
    windows = {(delay, reach): of_age[delay].less(of_age[reach]) for delay, reach in spans}
    values = {}
    for column in columns:
        window = windows[column.delay // MICROSECOND, column.reach // MICROSECOND]
        values[column] = _statistic(column, window, own_cents, 10**minor_units)
        values[column][nobody] = np.nan
    return Lives(values, kind.standing(base, sealing) if sealing else None)


def edges_of(columns: Sequence[WindowColumn]) -> list[int]:
    """The ages at which a window begins or ends, in microseconds, rising."""
    return sorted({age // MICROSECOND for column in columns for age in (column.delay, column.reach)})


def _coded(rows: Rows, entity: str, known: pa.Array | None, *, everybody: bool) -> tuple[pa.Array, Codes]:
    """Keys, and the code of each row among them: those known and whoever has a row, or whom the night's own rows name alone."""
    values = rows.entities[entity]
    if not everybody and known is None:
        asked = pc.unique(values.slice(rows.own_from)).drop_null()
        return asked, places_in(asked, values)
    return coded(pa.array([], values.type) if known is None else known, values)


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


@dataclass(frozen=True)
class _Kind:
    """The entities of one kind in a night: the code of each row among the `keys`, and the ages asked for."""

    rows: Rows
    code: Codes
    keys: pa.Array
    entity: str
    edges: Integers
    heeds_labels: bool

    def turns(self, told: Told | None) -> Turns:
        return told.turns(self.keys, self.entity) if told is not None and self.heeds_labels else NO_TURNS

    def base(self, before: Before) -> Totals:
        """What stands before all rows of the night: what stood then, less what of it lies among the rows."""
        again = self._stood(before.at, slice(self.rows.own_from), before.told)
        return before.standing[self.entity].totals.to(len(self.keys)).less(again)

    def standing(self, base: Totals, sealing: Sealing) -> Standing:
        return Standing.of(self.keys, base.plus(self._stood(sealing.at, slice(None), sealing.told)))

    def _stood(self, at: int, which: slice, told: Told | None) -> Totals:
        rows = self.rows
        return stood(at, self.edges, len(self.keys), self.code[which], rows.occurred_at[which], rows.amount_cents[which], self.turns(told))

    def before_own(self, base: Totals, turns: Turns, *, trimmed: bool) -> Totals:
        """(own rows, ages): what stands no later than each age before the row; where `trimmed`, history out of reach is left out."""
        rows, edges = self.rows, self.edges
        totals = Totals.none(rows.own, len(edges))
        asked, code, turns = _asked(rows, self.code, turns, len(self.keys))
        if len(asked) == 0:
            return totals
        timeline = Timeline.of(rows, code, int(rows.occurred_at[rows.own_from :].min() - edges[-1]) if trimmed else NEVER)
        ENTITY_SWEEP(
            *(timeline.starts, timeline.entities, timeline.instant, timeline.row, rows.amount_cents, rows.own_from, edges, len(edges)),
            *(turns.code, timeline.lows(turns), turns.occurred_at, turns.known_at, turns.step, len(turns.code)),
            *(part[asked].ravel() for part in (base.count, base.cents, base.frauds)),
            *(np.empty(timeline.largest + 1, np.int64) for _ in range(2)),
            *(part.ravel() for part in (totals.count, totals.cents, totals.frauds)),
        )
        return totals


def _asked(rows: Rows, code: Codes, turns: Turns, entities: int) -> tuple[Integers, Codes, Turns]:
    """The entities of the night's own rows, and rows and turns coded by these alone, turns in order: nobody else is sorted."""
    named = np.zeros(entities + 1, np.bool_)  # the last is nobody
    named[code[rows.own_from :]] = True
    asked = np.flatnonzero(named[:-1])
    anew = np.full(entities + 1, NOBODY, np.int32)
    anew[asked] = np.arange(len(asked), dtype=np.int32)
    of_them = turns.at(np.flatnonzero(named[turns.code]))
    recoded = replace(of_them, code=anew[of_them.code])
    return asked, anew[code], recoded.at(np.argsort(recoded.code, kind="stable"))
