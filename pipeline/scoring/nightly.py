"""A whole night scored: feature batches in, the table of scores out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from pipeline.data.names import AMOUNT_CENTS, INSTANT, OCCURRED_AT, TRANSACTION_ID, scores_schema
from pipeline.scoring.alerts import alert_ranks
from pipeline.scoring.model import Model

FACTS = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS]  # what ranking and the table of scores need beside the score


def score_night(model: Model, batches: Iterable[pa.RecordBatch], key: pa.DataType, budget: int) -> pa.Table:
    """Scores and alert ranks of all rows of the batches (features schema), in their order: the table of `names.scores_schema(key)`.

    One batch of features is held at a time, and 28 bytes a row of what comes out. No batch at all gives an empty table.
    """
    kept = [(batch.select(FACTS), model.score(batch)) for batch in batches]
    ids = pa.chunked_array([facts.column(0) for facts, _ in kept], key)
    occurred_at = pa.chunked_array([facts.column(1) for facts, _ in kept], INSTANT)
    amounts = np.concatenate([np.empty(0, np.int64), *(facts.column(2).to_numpy() for facts, _ in kept)])
    scores = np.concatenate([np.empty(0), *(score for _, score in kept)])
    return pa.Table.from_arrays([ids, occurred_at, pa.array(scores), alert_ranks(ids, amounts, scores, budget)], schema=scores_schema(key))
