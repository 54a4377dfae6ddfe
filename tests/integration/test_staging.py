"""Scores on their way into the warehouse: what is no probability never gets there."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from pipeline.core.errors import NoModelError
from pipeline.core.night import Night
from pipeline.data import predictions, runs
from pipeline.data.names import scores_schema
from pipeline.data.predictions import Origin
from tests.worlds import World, as_of

NIGHT = Night.parse("2026-03-01")
MODEL = "INSERT INTO scoring.model_version SELECT 'm', '2026-01-01', 'v', 'l', 'p', repeat('0', 64), repeat('0', 64), '{}'"


def scores_of(*scores: float | None) -> pa.Table:
    """Transactions 1, 2, 3 and so on with these scores; without alerts."""
    rows = len(scores)
    columns = [range(1, rows + 1), [NIGHT.start] * rows, scores, [None] * rows]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, scores_schema(pa.int64()), strict=True)], scores_schema(pa.int64())
    )


def test_a_score_that_is_no_probability_is_refused_with_its_model_and_nothing_is_staged(world: World) -> None:
    world.make_tables()
    world.change(MODEL)
    with world.database.begin() as connection:
        run_id = runs.open_run(connection, as_of(str(NIGHT)))
        plan = runs.plan_of(connection, run_id)
    for wrong in (1 + 1e-12, -1e-12, math.nan, math.inf, None):
        with pytest.raises(NoModelError, match="model m gives a score that is no probability") as caught:
            predictions.stage(world.database, plan, Origin("m", None), scores_of(0.25, wrong))
        assert "\n" not in str(caught.value)
        assert world.scalar("SELECT count(*) FROM scoring.prediction") == 0
        assert world.scalar(f"SELECT model_version FROM scoring.run WHERE run_id = {run_id}") is None
    predictions.stage(world.database, plan, Origin("m", None), scores_of(0.0, 1.0))
    assert world.rows("SELECT transaction_id, score FROM scoring.prediction ORDER BY 1") == [(1, 0.0), (2, 1.0)]
