"""The views that analysts build on: their columns, in order, and a comment on each."""

from __future__ import annotations

import pytest

from tests.worlds import World

PREDICTION = ["night", "transaction_id", "occurred_at", "score", "alert", "alert_rank", "model_version", "run_id", "mode", "published_at"]
PROMISED = {
    "current_prediction": PREDICTION,
    "prediction_history": [*PREDICTION, "superseded_at"],
    "alert": ["night", "alert_rank", "transaction_id", "occurred_at", "score", "model_version", "run_id", "published_at", "reasons"],
    "alert_reason": ["night", "alert_rank", "transaction_id", "reason_code", "code_contribution", "phrase", "shown", "contribution"],
    "night_summary": ["night", "rows_in", "scored_rows", "rejected_rows", "late_rows", "alerts", "model_version"],
    "model_scorecard": ["model_version", "night", "average_precision", "first_average_precision", "promised_precision"],
}
UNTOLD = """
    SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
    WHERE relnamespace = 'scoring'::regnamespace AND relkind = 'v' AND coalesce(length(col_description(pg_class.oid, attnum)), 0) < 10
    UNION ALL
    SELECT relname, '(the view itself)' FROM pg_class
    WHERE relnamespace = 'scoring'::regnamespace AND relkind = 'v' AND coalesce(length(obj_description(oid, 'pg_class')), 0) < 10
    UNION ALL
    SELECT proname, '(the function)' FROM pg_proc
    WHERE pronamespace = 'scoring'::regnamespace AND coalesce(length(obj_description(oid, 'pg_proc')), 0) < 10"""


@pytest.fixture
def warehouse(world: World) -> World:
    world.make_tables()
    return world


def columns(world: World, name: str) -> list[object]:
    query = f"SELECT attname FROM pg_attribute WHERE attrelid = 'scoring.{name}'::regclass AND attnum > 0 ORDER BY attnum"
    return [name for (name,) in world.rows(query)]


def test_every_view_and_every_column_of_it_has_a_comment(warehouse: World) -> None:
    assert warehouse.rows(UNTOLD) == []


def test_every_table_has_a_comment_but_the_list_of_migrations(warehouse: World) -> None:
    untold = """SELECT relname FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'p')
        AND obj_description(oid, 'pg_class') IS NULL"""
    assert warehouse.rows(untold) == [("migration",)]


def test_predictions_have_the_columns_of_the_contract_in_its_order(warehouse: World) -> None:
    assert columns(warehouse, "current_prediction") == PROMISED["current_prediction"]
    assert columns(warehouse, "prediction_history") == PROMISED["prediction_history"]


@pytest.mark.parametrize("name", ["alert", "alert_reason", "night_summary", "model_scorecard"])
def test_the_other_views_have_the_columns_that_were_promised(warehouse: World, name: str) -> None:
    assert set(PROMISED[name]) <= set(columns(warehouse, name))


def test_a_moment_of_the_past_has_the_columns_of_the_present(warehouse: World) -> None:
    query = "SELECT unnest(proargnames) FROM pg_proc WHERE oid = 'scoring.prediction_as_of(timestamptz)'::regprocedure"
    assert [name for (name,) in warehouse.rows(query)] == ["moment", *columns(warehouse, "current_prediction")]


def test_the_night_tells_the_time_of_each_step_and_the_verdict_of_each_gate(warehouse: World) -> None:
    steps = ("extract", "build_features", "score", "judge", "publish", "monitor", "retrain")
    told = {f"{step}_seconds" for step in steps} | {f"{gate}_gate" for gate in ("transactions", "features", "predictions")}
    assert told <= set(columns(warehouse, "night_summary"))


def test_views_keep_their_rows_from_clever_conditions(warehouse: World) -> None:
    leaky = """SELECT relname FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind = 'v'
        AND NOT coalesce(reloptions, '{}') @> '{security_barrier=true}'"""
    assert warehouse.rows(leaky) == []
