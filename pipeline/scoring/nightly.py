"""A whole night scored: feature batches in, the table of scores out, and the features of its alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.data.names import AMOUNT_CENTS, INSTANT, OCCURRED_AT, TRANSACTION_ID, scores_schema
from pipeline.scoring.alerts import Places, highest, ranks_of
from pipeline.scoring.model import Model
from pipeline.scoring.sampling import Floats

FACTS = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS]  # what ranking and the table of scores need beside the score


@dataclass(frozen=True)
class ScoredNight:
    """`scores`: of every row, in the order of the features (`names.scores_schema`); `alerts`: the features of the alerts, by rank."""

    scores: pa.Table
    alerts: pa.Table


@dataclass
class _Candidates:
    """Rows that may be alerts, and their places in the night: the later a batch, the fewer of it reach the `budget` highest so far."""

    schema: pa.Schema
    budget: int
    rows: list[pa.RecordBatch] = field(default_factory=list)
    places: list[Places] = field(default_factory=list)
    top: Floats = field(default_factory=lambda: np.empty(0))

    def look_at(self, batch: pa.RecordBatch, scores: Floats, start: int) -> None:
        best = highest(batch.column(TRANSACTION_ID), batch.column(AMOUNT_CENTS).to_numpy(), scores, self.budget)
        line = self.top.min() if len(self.top) == self.budget else -np.inf
        best = best[scores[best] >= line]
        self.rows.append(batch.take(pa.array(best)))
        self.places.append(best + start)
        self.top = np.sort(np.concatenate([self.top, scores[best]]))[-self.budget :]

    def at(self, places: Places) -> pa.Table:
        """The rows at these places of the night, in their order."""
        known = np.concatenate([np.empty(0, np.int64), *self.places])
        in_order = np.argsort(known)
        rows = pa.Table.from_batches(self.rows, self.schema if not self.rows else None)
        return rows.take(pa.array(in_order[np.searchsorted(known, places, sorter=in_order)]))


def score_night(model: Model, batches: Iterable[pa.RecordBatch], schema: pa.Schema, budget: int) -> ScoredNight:
    """Scores and alert ranks of all rows of the batches (of the features' `schema`), and the alerts, the same however the night is cut.

    One batch of features is held at a time, and 28 bytes a row of what comes out. No batch at all gives empty tables.
    """
    kept: list[tuple[pa.RecordBatch, Floats]] = []
    candidates, start = _Candidates(schema, budget), 0
    for batch in batches:
        scores = model.score(batch)
        candidates.look_at(batch, scores, start)
        kept.append((batch.select(FACTS), scores))
        start += batch.num_rows
    return _whole(kept, candidates)


def _whole(kept: list[tuple[pa.RecordBatch, Floats]], candidates: _Candidates) -> ScoredNight:
    key = candidates.schema.field(TRANSACTION_ID).type
    ids = pa.chunked_array([facts.column(0) for facts, _ in kept], key)
    occurred_at = pa.chunked_array([facts.column(1) for facts, _ in kept], INSTANT)
    amounts = np.concatenate([np.empty(0, np.int64), *(facts.column(2).to_numpy() for facts, _ in kept)])
    scores = np.concatenate([np.empty(0), *(score for _, score in kept)])
    best = highest(ids, amounts, scores, candidates.budget)
    columns = [ids, occurred_at, pa.array(scores), ranks_of(best, len(scores))]
    return ScoredNight(pa.Table.from_arrays(columns, schema=scores_schema(key)), candidates.at(best))
