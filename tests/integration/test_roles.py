"""The analysts' role reads every view and the function, and nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.worlds import World

VIEWS = [
    "alert",
    "alert_reason",
    "current_prediction",
    "decision_change",
    "model_scorecard",
    "night_summary",
    "prediction_history",
    "what_if_prediction",
]
RELATIONS = """SELECT relname, relkind::text FROM pg_class WHERE relnamespace = 'scoring'::regnamespace
    AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') ORDER BY relname"""


@pytest.fixture
def warehouse(world: World) -> World:
    world.make_tables()
    with world.database.begin() as connection:  # a partition as a run makes it
        connection.exec_driver_sql("CREATE TABLE scoring.prediction_20260301 PARTITION OF scoring.prediction FOR VALUES IN ('2026-03-01')")
    return world


def may(world: World, statement: str) -> bool:
    """Whether an analyst may do this; nothing of it stays."""
    with world.database.engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql("SET LOCAL ROLE nightshift_analyst")
        try:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        except sa.exc.ProgrammingError as error:
            assert getattr(error.orig, "sqlstate", None) == "42501", error
            return False
        finally:
            transaction.rollback()
    return True


def test_of_all_relations_an_analyst_can_read_the_views_alone(warehouse: World) -> None:
    relations = [(str(name), kind) for name, kind in warehouse.rows(RELATIONS)]
    readable = [name for name, _ in relations if may(warehouse, f"SELECT * FROM scoring.{name}")]
    assert readable == VIEWS == [name for name, kind in relations if kind == "v"]
    assert len(relations) > 10


def test_an_analyst_can_ask_for_any_moment(warehouse: World) -> None:
    assert may(warehouse, "SELECT * FROM scoring.prediction_as_of(now())")
    assert may(warehouse, "SELECT * FROM scoring.champion_at(now(), now())")


@pytest.mark.parametrize("name", VIEWS)
def test_an_analyst_can_write_into_no_view(warehouse: World, name: str) -> None:
    rights = f"SELECT has_table_privilege('nightshift_analyst', 'scoring.{name}', 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
    assert warehouse.scalar(rights) is False


def test_an_analyst_can_make_nothing_and_run_no_other_function_of_the_schema(warehouse: World) -> None:
    assert not may(warehouse, "CREATE TABLE scoring.mine (n int)")
    functions = """SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'scoring'::regnamespace
        AND has_function_privilege('nightshift_analyst', oid, 'EXECUTE') ORDER BY proname"""
    instant = "timestamp with time zone"
    champion_at, as_of = f"scoring.champion_at({instant},{instant},{instant})", f"scoring.prediction_as_of({instant})"
    assert warehouse.rows(functions) == [(champion_at,), (as_of,)]


def test_nobody_else_can_use_the_schema(warehouse: World) -> None:
    everybody = "SELECT count(*) FROM pg_namespace, aclexplode(nspacl) AS acl WHERE nspname = 'scoring' AND acl.grantee = 0"
    assert warehouse.scalar(everybody) == 0
    for function in ("prediction_as_of(timestamptz)", "champion_at(timestamptz, timestamptz, timestamptz)"):
        assert warehouse.scalar(f"SELECT has_function_privilege('public', 'scoring.{function}', 'EXECUTE')") is False


def test_the_source_is_not_the_analysts_to_read(warehouse: World) -> None:
    assert not may(warehouse, "SELECT * FROM transactions")
