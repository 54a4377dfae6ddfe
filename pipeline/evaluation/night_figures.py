"""The figures of a night's tables: what was sealed, what was computed from it, and what was staged."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night
from pipeline.data.names import ALERT_RANK, AMOUNT_CENTS, INSTANT, OCCURRED_AT, SCORE, TRANSACTION_ID
from pipeline.evaluation.figures import Figures, column_figures
from pipeline.evaluation.frames import Frame, in_batches
from pipeline.evaluation.moments import Floats
from pipeline.evaluation.profile import NO_KEYS, as_floats
from pipeline.evaluation.uniqueness import Ids, ids_of

MICROSECONDS_A_DAY = 86_400_000_000


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


def transaction_figures(sealed: Frame, intake: Intake, night: Night, entities: Iterable[str]) -> Figures:
    """Counts of the night and of its sealed transactions (`transactions_schema`): shares are of rows, ages are days before the night.

    `accepted_share` is the sealed part of `new_rows`, the rows that were neither duplicates nor known before. The ages are 0
    where no row is late. Of a key only the share of nulls is told, how many there are (`Profile.distinct`), and how many rows share the
    only one. A missing id or instant counts as a column of nulls.
    """
    ids, moments = _ids_of(sealed), _Moments.of(sealed, night)
    rows, new_rows = ids.rows, ids.rows + intake.rejected_rows
    ages = np.quantile(moments.late_days, [0.5, 0.99, 1.0]) if len(moments.late_days) else np.zeros(3)
    return Figures.of(
        {
            "source_rows": intake.source_rows,
            "new_rows": new_rows,
            "sealed_rows": rows,
            "rejected_rows": intake.rejected_rows,
            "collapsed_rows": intake.collapsed_rows,
            "unaccounted_rows": intake.source_rows - new_rows - intake.collapsed_rows,
            "accepted_share": _share(rows, new_rows),
            **dict(_told(ids)),
            f"{OCCURRED_AT}.null_share": _share(moments.nulls, rows),
            f"{OCCURRED_AT}.constant_rows": moments.constant_rows,
            "straggler_rows": intake.straggler_rows,
            "source_disagrees": intake.source_disagrees,
            "late_rows": len(moments.late_days),
            "late_share": _share(len(moments.late_days), rows),
            **dict(zip(("late_days.median", "late_days.p99", "late_days.max"), ages.tolist(), strict=True)),
            **dict(column_figures(sealed, [AMOUNT_CENTS]).values),
            **{name: value for entity in entities if entity in sealed.schema.names for name, value in _of_keys(entity, sealed)},
        }
    )


def feature_figures(features: Frame, sealed_rows: int, columns: Iterable[str]) -> Figures:
    """Figures of a night's features (`FEATURES` of `names`), of which there should be one row for each of `sealed_rows`."""
    ids = _ids_of(features)
    return Figures.of(
        {
            "expected_rows": sealed_rows,
            "rows": ids.rows,
            "missing_rows": sealed_rows - ids.rows,
            **dict(_told(ids)),
            **dict(column_figures(features, [AMOUNT_CENTS, *columns]).values),
        }
    )


def prediction_figures(scores: pa.Table, expected_rows: int, budget: int) -> Figures:
    """Figures of staged predictions (`scores_schema`): the scores, and whether the alerts are the `budget` highest of them.

    `rank_gaps` counts the ranks from 1 to the number of alerts that nobody holds; `misranked_rows` the rows that score higher
    than an alert ranked before them, a row without alert being ranked behind all. `alert_line` is the lowest score of an alert.
    """
    scores = _with_columns(scores, {TRANSACTION_ID: pa.string(), SCORE: pa.float64(), ALERT_RANK: pa.int32()})
    held = pa.concat_tables(batch.filter(batch[ALERT_RANK].is_valid()) for batch in in_batches(scores, [SCORE, ALERT_RANK]))
    score, rank = as_floats(held[SCORE]), as_floats(held[ALERT_RANK])
    figures = dict(column_figures(scores, [SCORE]).values)
    return Figures.of(
        {
            "expected_rows": expected_rows,
            "rows": scores.num_rows,
            "missing_rows": expected_rows - scores.num_rows,
            **dict(_told(_ids_of(scores))),
            "alerts": len(rank),
            "alert_line": np.fmin.reduce(score, initial=math.inf),
            "missing_alerts": min(budget, scores.num_rows) - len(rank),
            "rank_gaps": len(np.setdiff1d(np.arange(1, len(rank) + 1), rank)),
            "misranked_rows": math.nan if figures[f"{SCORE}.null_share"] > 0 else _misranked(score, rank, scores),
            "all_scores_equal": _all_equal(figures, scores.num_rows),
            **figures,
        }
    )


def _with_columns(table: pa.Table, required: Mapping[str, pa.DataType]) -> pa.Table:
    """The table, and where it lacks one of these columns, nulls in its place: a check then breaks by the name of the column."""
    for name, kind in required.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, kind))
    return table


def _ids_of(frame: Frame) -> Ids:
    return ids_of(lambda: _column(frame, TRANSACTION_ID, pa.string()))


def _told(ids: Ids) -> Iterable[tuple[str, float]]:
    yield f"{TRANSACTION_ID}.null_share", _share(ids.nulls, ids.rows)
    yield "duplicate_ids", ids.repeated


def _column(frame: Frame, name: str, kind: pa.DataType) -> Iterator[pa.ChunkedArray]:
    """A column by parts; one that the frame lacks is all nulls: a check then breaks by its name."""
    if name in frame.schema.names:
        yield from (batch[name] for batch in in_batches(frame, [name]))
    else:
        yield pa.chunked_array([pa.nulls(_rows(frame), kind)])


def _rows(frame: Frame) -> int:
    return sum(batch.num_rows for batch in in_batches(frame, frame.schema.names[:1]))


@dataclass(frozen=True)
class _Moments:
    """Of instants: how many are missing, the first and the last, and by how many days each late row is late."""

    rows: int
    nulls: int
    first: dt.datetime | None
    last: dt.datetime | None
    late_days: Floats

    @classmethod
    def of(cls, sealed: Frame, night: Night) -> _Moments:
        rows = nulls = 0
        ends: list[dt.datetime] = []
        late = [np.empty(0)]
        for moments in _column(sealed, OCCURRED_AT, INSTANT):
            rows, nulls = rows + len(moments), nulls + moments.null_count
            ends += [end.as_py() for end in pc.min_max(moments).values() if end.is_valid]
            late.append(_late_days(moments, night))
        return cls(rows, nulls, min(ends, default=None), max(ends, default=None), np.concatenate(late))

    @property
    def constant_rows(self) -> float:
        return math.nan if self.first is None else float(self.rows * (self.first == self.last))


def _all_equal(figures: Mapping[str, float], rows: int) -> float:
    """Whether several rows have one score; NaN where none has any."""
    lowest, highest = figures[f"{SCORE}.min"], figures[f"{SCORE}.max"]
    return math.nan if math.isnan(lowest) else float(rows > 1 and lowest == highest)


def _of_keys(entity: str, frame: Frame) -> Iterable[tuple[str, float]]:
    profile = NO_KEYS
    for batch in in_batches(frame, [entity]):
        profile = profile.with_batch(batch[entity])
    yield f"{entity}.null_share", profile.null_share
    yield f"{entity}.distinct", profile.distinct
    yield f"{entity}.constant_rows", profile.constant_rows


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _late_days(occurred_at: pa.ChunkedArray, night: Night) -> Floats:
    """Days between each late row and the start of the night, for the rows that are late."""
    before = -as_floats(occurred_at, origin=int(night.start.timestamp()) * 1_000_000)
    return before[before > 0] / MICROSECONDS_A_DAY


def _misranked(score: Floats, rank: Floats, night: Frame) -> int:
    """Of the alerts with these scores and ranks, and of the rows of the night without a rank."""
    if not len(rank):
        return 0
    in_order = score[np.argsort(rank, kind="stable")]
    lowest_before = np.fmin.accumulate(in_order)
    behind = (as_floats(batch.filter(batch[ALERT_RANK].is_null())[SCORE]) for batch in in_batches(night, [SCORE, ALERT_RANK]))
    return int((in_order[1:] > lowest_before[:-1]).sum() + sum((each > lowest_before[-1]).sum() for each in behind))
