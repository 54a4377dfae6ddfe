"""Figures of a night: named floats, computed in one pass while the data is in a step's hands.

A gate judges figures, never rows, so nothing here carries a raw key. Names are stable because they are stored and compared
over months: `rows` for a whole table, `COLUMN.STATISTIC` for a column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from pipeline.core.night import Night
from pipeline.data.names import ALERT_RANK, AMOUNT_CENTS, OCCURRED_AT, SCORE, TRANSACTION_ID
from pipeline.evaluation.moments import Floats
from pipeline.evaluation.profile import NO_KEYS, Profile, as_floats, profiles
from pipeline.evaluation.uniqueness import duplicate_rows

MICROSECONDS_A_DAY = 86_400_000_000
ROWS_AT_ONCE = 65_536  # half a megabyte of a column: it stays in the processor's cache through all steps of a profile
QUANTILES = {"p01": 0.01, "p50": 0.5, "p99": 0.99}


@dataclass(frozen=True)
class Figures:
    """Names and their values, in order; every value is finite, or NaN where there was nothing to compute it from.

    >>> Figures.of({"rows": 2, "score.max": float("inf")}).to_json()
    {'rows': 2.0, 'score.max': None}
    """

    values: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, named: Mapping[str, float]) -> Self:
        """Figures from a mapping; what is not finite becomes the one NaN, so that equal figures compare equal."""
        return cls(tuple((name, float(value) if math.isfinite(value) else math.nan) for name, value in named.items()))

    @classmethod
    def from_json(cls, stored: Mapping[str, float | None]) -> Self:
        """The inverse of `to_json`; the order is that of `stored` (PostgreSQL's jsonb keeps its own)."""
        return cls.of({name: math.nan if value is None else value for name, value in stored.items()})

    def to_json(self) -> dict[str, float | None]:
        """Figures as JSON can carry them: NaN is null."""
        return {name: None if math.isnan(value) else value for name, value in self.values}

    def get(self, name: str) -> float | None:
        """The figure's value; None where it is NaN or absent."""
        return self.to_json().get(name)


@dataclass(frozen=True)
class Intake:
    """What became of the rows that the source gave for a night, beside those that were sealed.

    `source_rows` counts every row that was read, stragglers included; `straggler_rows` the sealed rows whose arrival time lies
    in an earlier night; `source_disagrees` says that the source no longer gives what a binding seal holds.
    """

    source_rows: int
    rejected_rows: int
    collapsed_rows: int
    straggler_rows: int
    source_disagrees: bool


def column_figures(table: pa.Table, columns: Iterable[str]) -> Figures:
    """Figures of each numeric column, in one pass; a column that `table` lacks has none: its checks then fail by name.

    `null_share` (null or NaN; NaN for a table without rows), `infinite` (rows), and of the finite values `min`, `max`, `mean`, `std`
    (of these very rows), `p01`, `p50`, `p99`, `distinct`, `constant_rows`, as `Profile` tells them. Rows are taken by the same number at
    a time however `table` is chunked, so that chunks change no bit, and memory grows by half a megabyte a column.
    """
    batches = (table.slice(start, ROWS_AT_ONCE) for start in range(0, max(table.num_rows, 1), ROWS_AT_ONCE))
    found = profiles(batches, columns)
    return Figures.of({f"{name}.{statistic}": value for name, profile in found.items() for statistic, value in _told(profile)})


def transaction_figures(sealed: pa.Table, intake: Intake, night: Night, entities: Iterable[str]) -> Figures:
    """Counts of the night and of its sealed transactions (`transactions_schema`): shares are of rows, ages are days before the night.

    `accepted_share` is the sealed part of `new_rows`, the rows that were neither duplicates nor known before. The ages are 0
    where no row is late. Of a key only the share of nulls is told, and how many there are (`Profile.distinct`).
    """
    rows, new_rows = sealed.num_rows, sealed.num_rows + intake.rejected_rows
    late_days = _late_days(sealed[OCCURRED_AT], night)
    ages = np.quantile(late_days, [0.5, 0.99, 1.0]) if len(late_days) else np.zeros(3)
    return Figures.of(
        {
            "source_rows": intake.source_rows,
            "new_rows": new_rows,
            "sealed_rows": rows,
            "rejected_rows": intake.rejected_rows,
            "collapsed_rows": intake.collapsed_rows,
            "unaccounted_rows": intake.source_rows - new_rows - intake.collapsed_rows,
            "accepted_share": _share(rows, new_rows),
            "duplicate_ids": duplicate_rows(sealed[TRANSACTION_ID]),
            "straggler_rows": intake.straggler_rows,
            "source_disagrees": intake.source_disagrees,
            "late_rows": len(late_days),
            "late_share": _share(len(late_days), rows),
            **dict(zip(("late_days.median", "late_days.p99", "late_days.max"), ages.tolist(), strict=True)),
            **dict(column_figures(sealed, [AMOUNT_CENTS]).values),
            **{name: value for entity in entities if entity in sealed.column_names for name, value in _of_keys(entity, sealed[entity])},
        }
    )


def feature_figures(features: pa.Table, sealed_rows: int, columns: Iterable[str]) -> Figures:
    """Figures of a night's features (`FEATURES` of `names`), of which there should be one row for each of `sealed_rows`."""
    return Figures.of(
        {
            "expected_rows": sealed_rows,
            "rows": features.num_rows,
            "missing_rows": sealed_rows - features.num_rows,
            "duplicate_ids": duplicate_rows(features[TRANSACTION_ID]),
            **dict(column_figures(features, [AMOUNT_CENTS, *columns]).values),
        }
    )


def prediction_figures(scores: pa.Table, expected_rows: int, budget: int) -> Figures:
    """Figures of staged predictions (`scores_schema`): the scores, and whether the alerts are the `budget` highest of them.

    `rank_gaps` counts the ranks from 1 to the number of alerts that nobody holds; `misranked_rows` the rows that score higher
    than an alert ranked before them, a row without alert being ranked behind all.
    """
    score, rank = as_floats(scores[SCORE]), as_floats(scores[ALERT_RANK])
    alerts = rank[~np.isnan(rank)]
    figures = dict(column_figures(scores, [SCORE]).values)
    return Figures.of(
        {
            "expected_rows": expected_rows,
            "rows": scores.num_rows,
            "missing_rows": expected_rows - scores.num_rows,
            "duplicate_ids": duplicate_rows(scores[TRANSACTION_ID]),
            "alerts": len(alerts),
            "missing_alerts": min(budget, scores.num_rows) - len(alerts),
            "rank_gaps": len(np.setdiff1d(np.arange(1, len(alerts) + 1), alerts)),
            "misranked_rows": _misranked(score, rank),
            "all_scores_equal": scores.num_rows > 1 and figures["score.min"] == figures["score.max"],
            **figures,
        }
    )


def _told(profile: Profile) -> Iterable[tuple[str, float]]:
    yield "null_share", profile.null_share
    yield "infinite", profile.infinite
    yield from (("min", profile.min), ("max", profile.max), ("mean", profile.mean), ("std", profile.std))
    yield from ((name, profile.quantile(share)) for name, share in QUANTILES.items())
    yield "distinct", profile.distinct
    yield "constant_rows", profile.constant_rows


def _of_keys(entity: str, keys: pa.ChunkedArray) -> Iterable[tuple[str, float]]:
    profile = NO_KEYS.with_batch(keys)
    yield f"{entity}.null_share", profile.null_share
    yield f"{entity}.distinct", profile.distinct


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _late_days(occurred_at: pa.ChunkedArray, night: Night) -> Floats:
    """Days between each late row and the start of the night, for the rows that are late."""
    before = -as_floats(occurred_at, origin=int(night.start.timestamp()) * 1_000_000)
    return before[before > 0] / MICROSECONDS_A_DAY


def _misranked(score: Floats, rank: Floats) -> int:
    held = ~np.isnan(rank)
    if not held.any():
        return 0
    in_order = score[held][np.argsort(rank[held], kind="stable")]
    lowest_before = np.fmin.accumulate(in_order)
    return int((in_order[1:] > lowest_before[:-1]).sum() + (score[~held] > lowest_before[-1]).sum())
