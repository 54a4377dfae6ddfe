"""What a warm night of features costs by the length of the longest window: from what the night before left in a lake, to files again."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa

from bench.parts.growth_features import MICROSECONDS, made_labels, made_rows, view_of
from bench.parts.measure import say
from bench.reasons import seconds
from pipeline.core.night import Night
from pipeline.data.lake import Lake, Stored, partition
from pipeline.data.names import FEATURES, LABELS, REMEMBERED, TOTALS, TRANSACTION_ID, TRANSACTIONS, labels_schema
from pipeline.data.seals import Seal
from pipeline.features.carrying import Left, Tonight, anew, carried_on
from pipeline.features.remembered import told_in
from pipeline.features.totals import as_table
from pipeline.features.view import FeatureView
from pipeline.shelving import SINCE, LakeShelf, LeftSeals

NIGHT = Night(dt.date(2026, 6, 30))
WINDOWS = (30, 90, 180, 365)
ENTITIES = 2  # rows of a night for each customer, and for each terminal


@dataclass(frozen=True)
class Warm:
    """A night about to be computed, and what lies in the lake for it."""

    view: FeatureView
    lake: Lake
    left: LeftSeals
    arrived: Seal
    told: Seal

    def run(self) -> pa.Table:
        """Read, compute, and write what a night writes; the features come back."""
        own, labels = (self.lake.read_table(seal.path, seal.sha256) for seal in (self.arrived, self.told))
        nights = {seal.night: seal for seal in self.left.transactions}
        shelf = LakeShelf(self.lake, self.view.entities, own.schema, nights, self.left.labels)
        tonight = Tonight(NIGHT, own, labels, self.left.since, self.left.since)
        done = carried_on(self.view, tonight, self.left.read(self.lake, self.view, own.schema), shelf)
        self.lake.write_table(FEATURES, done.features)
        written(self.lake, self.view, done)
        return done.features


def by_window(daily: int, repeats: int) -> dict[int, float]:
    """CPU seconds of a warm night of `daily` rows, by days of the longest window: medians, in turns of no particular order."""
    return {days: _measured(days, daily, repeats) for days in WINDOWS}


def _measured(days: int, daily: int, repeats: int) -> float:
    with tempfile.TemporaryDirectory(prefix="nightshift-flat-") as folder:
        say(f"a warm night of {daily:,} rows, longest window {days} days")
        warm = prepared(view_of(days), daily, Path(folder))
        warm.run()  # what is done once a process is not of the rows
        return median(seconds(warm.run)[0] for _ in range(repeats))


def prepared(view: FeatureView, daily: int, folder: Path) -> Warm:
    """As many nights as the view reaches back, each in a file, and what the last but one of them left."""
    lake, rng = Lake(folder.as_uri()), np.random.default_rng(0)
    nights = [NIGHT.back(back) for back in range(view.reach.days + 1, -1, -1)]
    rows = [made_rows(rng, place * daily, daily, night.start, night.end, max(2, daily // ENTITIES)) for place, night in enumerate(nights)]
    labels = _by_night(made_labels(rng, pa.concat_tables(rows)), nights)
    transactions = [_seal(lake, TRANSACTIONS, night, table) for night, table in zip(nights, rows, strict=True)]
    told = [_seal(lake, LABELS, night, table) for night, table in zip(nights, labels, strict=True)]
    eve, before = nights[-2], pa.concat_tables(rows[:-2])
    known = pa.concat_tables([told_in(table, night) for night, table in zip(nights[:-1], labels[:-1], strict=True)])
    left = anew(view, eve, before, before.slice(0, 0), rows[-2], known)
    totals, remembered = written(lake, view, left)
    figures = {SINCE: float(nights[0].day.toordinal())}
    seals = LeftSeals(
        _entered(totals, TOTALS, eve, figures), [_entered(remembered, REMEMBERED, eve)], nights[0], transactions[:-1], told[:-1]
    )
    return Warm(view, lake, seals, transactions[-1], told[-1])


def written(lake: Lake, view: FeatureView, left: Left) -> tuple[Stored, Stored]:
    """Totals, and what is remembered."""
    keys = {entity: pa.int64() for entity in view.entities}
    return lake.write_table(TOTALS, as_table(left.standing, view.ages, keys)), lake.write_table(REMEMBERED, left.remembered)


def _by_night(labels: pa.Table, nights: Sequence[Night]) -> list[pa.Table]:
    """The labels that became known in each night."""
    day = labels["known_at"].cast(pa.int64()).to_numpy() // MICROSECONDS
    epoch = dt.date(1970, 1, 1).toordinal()
    return [labels.filter(pa.array(day == night.day.toordinal() - epoch)).cast(labels_schema(pa.int64())) for night in nights]


def _seal(lake: Lake, what: str, night: Night, table: pa.Table) -> Seal:
    stored = lake.write_table(partition(what, night), table)
    ids = table[TRANSACTION_ID]
    ends = (str(ids[0].as_py()), str(ids[-1].as_py())) if what == TRANSACTIONS else (None, None)
    return _entered(stored, what, night, {}, ends)


def _entered(
    stored: Stored, what: str, night: Night, figures: dict[str, float] | None = None, ends: tuple[str | None, str | None] = (None, None)
) -> Seal:
    """As the warehouse would give the row of such a file."""
    return Seal(
        seal_id=0,
        night=night,
        what=what,
        view="",
        version=1,
        path=stored.path,
        row_count=stored.rows,
        byte_count=stored.bytes,
        sha256=stored.sha256,
        source_checksum="",
        source_rows=stored.rows,
        rejected_rows=0,
        collapsed_rows=0,
        late_rows=0,
        straggler_rows=0,
        verdict_rows=0,
        first_key=ends[0],
        last_key=ends[1],
        earliest=None,
        complete=True,
        figures=figures or {},
        inputs=(),
        run_id=0,
        bound_at=None,
    )
