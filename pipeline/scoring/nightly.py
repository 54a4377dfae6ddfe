"""A whole night scored: feature batches in, the table of scores out, and the features of its alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, TRANSACTION_ID, scores_schema
from pipeline.scoring.alerts import Places, highest, ranks_of
from pipeline.scoring.model import Model
from pipeline.scoring.sampling import Floats

TOLD = [TRANSACTION_ID, OCCURRED_AT]  # what the table of scores says beside the score


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
    scores: list[Floats] = field(default_factory=list)
    top: Floats = field(default_factory=lambda: np.empty(0))

    def look_at(self, batch: pa.RecordBatch, scores: Floats, start: int) -> None:
        best = highest(batch.column(TRANSACTION_ID), batch.column(AMOUNT_CENTS).to_numpy(), scores, self.budget)
        line = self.top.min() if len(self.top) == self.budget else -np.inf
        best = best[scores[best] >= line]
        self.rows.append(batch.take(pa.array(best)))
        self.places.append(best + start)
        self.scores.append(scores[best])
        self.top = np.sort(np.concatenate([self.top, scores[best]]))[-self.budget :]

    def alerts(self) -> tuple[Places, pa.Table]:
        """The highest of the night: their places, and their features, both by rank."""
        rows = pa.Table.from_batches(self.rows, self.schema).combine_chunks()
        amounts, scores = rows[AMOUNT_CENTS].to_numpy(), np.concatenate([np.empty(0), *self.scores])
        best = highest(rows[TRANSACTION_ID], amounts, scores, self.budget)
        return np.concatenate([np.empty(0, np.int64), *self.places])[best], rows.take(pa.array(best))


def score_night(model: Model, batches: Iterable[pa.RecordBatch], schema: pa.Schema, budget: int) -> ScoredNight:
    """Scores and alert ranks of all rows of the batches (of the features' `schema`), and the alerts, the same however the night is cut.

    One batch of features is held at a time, and 28 bytes a row of what comes out. No batch at all gives empty tables.
    """
    told: list[pa.RecordBatch] = []
    scored: list[pa.Array] = []
    candidates, rows = _Candidates(schema, budget), 0
    for batch in batches:
        scores = model.score(batch)
        candidates.look_at(batch, scores, rows)
        told.append(batch.select(TOLD))
        scored.append(pa.array(scores))
        rows += batch.num_rows
    places, alerts = candidates.alerts()
    whole = pa.Table.from_batches(told, pa.schema([schema.field(name) for name in TOLD]))
    columns = [*whole.columns, pa.chunked_array(scored, pa.float64()), ranks_of(places, rows)]
    return ScoredNight(pa.Table.from_arrays(columns, schema=scores_schema(schema.field(TRANSACTION_ID).type)), alerts)
