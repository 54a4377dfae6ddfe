"""Publishing against plain lists: whatever runs do, analysts see one publication a night, and can ask for any moment of the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import StaleRunError
from pipeline.core.plan import Plan
from pipeline.data import predictions, runs
from pipeline.data.names import scores_schema
from pipeline.data.predictions import Origin
from tests.oracles.publication import Scores, Seen, SlowWarehouse
from tests.worlds import World, as_of

NIGHTS = ["2026-03-01", "2026-03-02"]
SCORES = st.dictionaries(st.integers(1, 4), st.sampled_from([0.0, 0.25, 1.0]), max_size=4).map(lambda drawn: tuple(sorted(drawn.items())))
RUNS = st.integers(0, 5)
OPERATIONS = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(NIGHTS), st.none()),
    st.tuples(st.just("stage"), RUNS, SCORES),
    st.tuples(st.just("stage and publish"), RUNS, SCORES),
    st.tuples(st.just("publish"), RUNS, st.none()),
)
COLUMNS = "night::text, transaction_id, score, run_id"


@pytest.fixture
def warehouse(world: World) -> World:
    world.make_tables()
    with world.database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO scoring.model_version SELECT 'm', '2026-01-01', 'v', 'l', 'p', repeat('0', 64), repeat('0', 64), '{}'"
        )
    return world


@pytest.mark.slow
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(OPERATIONS, min_size=3, max_size=14))
def test_whatever_runs_do_analysts_see_what_the_slow_twin_says_now_and_at_every_moment_before(
    warehouse: World, drawn: list[tuple[str, object, Scores | None]]
) -> None:
    clear(warehouse)
    slow, moments = SlowWarehouse(), [(clock(warehouse), list[Seen]())]
    plans = [opened(warehouse, slow, night) for night in NIGHTS]
    for operation, subject, scores in drawn:
        if operation == "open":
            plans.append(opened(warehouse, slow, str(subject)))
        else:
            _do(warehouse, slow, plans[int(str(subject)) % len(plans)], operation, scores)
        moments.append((clock(warehouse), slow.current()))
    assert seen(warehouse, f"SELECT {COLUMNS} FROM scoring.current_prediction") == slow.current()
    assert history(warehouse) == slow.history()
    for moment, then in moments:
        assert seen(warehouse, f"SELECT {COLUMNS} FROM scoring.prediction_as_of('{moment.isoformat()}')") == then
    assert current_publications(warehouse) == len({slow.night_of[run] for run in slow.published})


def _do(world: World, slow: SlowWarehouse, plan: Plan, operation: str, scores: Scores | None) -> None:
    """The same to both; who is refused by the one is refused by the other."""
    if scores is not None:
        assert was_done(lambda: predictions.stage(world.database, plan, Origin("m", None), as_scores(scores))) == slow.stage(
            plan.run_id, scores
        )
    if "publish" in operation and plan.run_id in slow.staged:  # the step before publishing has staged
        assert was_done(lambda: predictions.publish(world.database, plan)) == slow.publish(plan.run_id)


def was_done(change: Callable[[], object]) -> bool:
    try:
        change()
    except StaleRunError:
        return False
    return True


def opened(world: World, slow: SlowWarehouse, night: str) -> Plan:
    request = as_of(night)
    with world.database.begin() as connection:
        run_id = runs.open_run(connection, request)
        slow.open(run_id, night)
        return runs.plan_of(connection, run_id)


def as_scores(scores: Scores) -> pa.Table:
    """Scores as the scoring layer gives them: the first is an alert."""
    rows = [
        {
            "transaction_id": key,
            "occurred_at": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
            "score": score,
            "alert_rank": 1 if not place else None,
        }
        for place, (key, score) in enumerate(scores)
    ]
    return pa.Table.from_pylist(rows, scores_schema(pa.int64()))


def seen(world: World, query: str) -> list[Seen]:
    return sorted(tuple(row) for row in world.rows(query))  # type: ignore[misc]


def history(world: World) -> list[tuple[Seen, bool]]:
    rows = world.rows(f"SELECT {COLUMNS}, superseded_at IS NOT NULL FROM scoring.prediction_history")
    return sorted((tuple(row[:4]), row[4]) for row in rows)  # type: ignore[misc]


def clock(world: World) -> dt.datetime:
    return world.scalar("SELECT clock_timestamp()")  # type: ignore[return-value]


def current_publications(world: World) -> object:
    return world.scalar("SELECT count(*) FROM scoring.publication WHERE superseded_at IS NULL")


def clear(world: World) -> None:
    """Forget every run and every partition."""
    with world.database.begin() as connection:
        for table in connection.scalars(
            sa.text("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'scoring.prediction'::regclass")
        ):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # triggers keep what was published from being emptied
        connection.exec_driver_sql("TRUNCATE scoring.run CASCADE")


def published(world: World, scores: Scores) -> Plan:
    plan = opened(world, SlowWarehouse(), NIGHTS[0])
    predictions.stage(world.database, plan, Origin("m", None), as_scores(scores))
    predictions.publish(world.database, plan)
    return plan


def test_at_the_instant_of_the_flip_the_new_publication_is_seen_and_a_microsecond_before_it_the_old(warehouse: World) -> None:
    published(warehouse, ((1, 0.25),))
    published(warehouse, ((1, 1.0),))
    flip = "(SELECT max(published_at) FROM scoring.publication)"
    for instant, score in ((flip, 1.0), (f"{flip} - interval '1 microsecond'", 0.25)):
        assert warehouse.rows(f"SELECT score FROM scoring.prediction_as_of({instant})") == [(score,)]


def test_an_overtaken_run_that_wakes_up_changes_nothing(warehouse: World) -> None:
    frozen = opened(warehouse, SlowWarehouse(), NIGHTS[0])
    predictions.stage(warehouse.database, frozen, Origin("m", None), as_scores(((1, 0.25),)))
    winner = published(warehouse, ((1, 1.0),))
    with pytest.raises(StaleRunError, match=f"run {frozen.run_id} of night {NIGHTS[0]} was overtaken by run {winner.run_id}"):
        predictions.publish(warehouse.database, frozen)
    assert warehouse.rows("SELECT score, run_id FROM scoring.prediction_history") == [(1.0, winner.run_id)]


def test_a_staged_run_is_invisible_and_staging_again_begins_anew(warehouse: World) -> None:
    plan = opened(warehouse, SlowWarehouse(), NIGHTS[0])
    for scores in (((1, 0.25), (2, 0.25)), ((1, 1.0),)):
        predictions.stage(warehouse.database, plan, Origin("m", None), as_scores(scores))
        assert seen(warehouse, f"SELECT {COLUMNS} FROM scoring.prediction_history") == []
    predictions.publish(warehouse.database, plan)
    assert seen(warehouse, f"SELECT {COLUMNS} FROM scoring.current_prediction") == [(NIGHTS[0], 1, 1.0, plan.run_id)]
