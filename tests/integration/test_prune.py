"""`nightshift prune`: what is old and not shown is dropped as whole tables; what is shown stays, and nobody who reads waits."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.core.errors import BusyError, StaleRunError, UsageError
from pipeline.core.plan import Plan
from pipeline.data import predictions, pruning, runs, server
from pipeline.data.predictions import Origin
from pipeline.data.pruning import Retention
from tests.commanding import NEXT, SCORED, Template, four_nights, nightshift, says
from tests.property.test_publication import as_scores
from tests.worlds import SMALL, World, as_of

EVERYTHING = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)  # older than this is whatever ended
NOW = Retention(dt.timedelta(0), EVERYTHING)
RUN_TABLES = """SELECT count(*) FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind = 'r'
    AND relname ~ '^(prediction|reason)_\\d{8}_r\\d+$'"""
SHOWN = "SELECT * FROM scoring.current_prediction ORDER BY transaction_id"


@pytest.fixture(scope="module")
def template(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with four_nights(postgres, tmp_path_factory.mktemp("four")) as made:
        yield made


@pytest.fixture
def published(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A night that was published, and published again, under a retention of nothing."""
    world = template.copy(tmp_path, monkeypatch)
    assert nightshift("night", SCORED).code == 0
    world.configure(**SMALL, keep_superseded="0s")
    return world


def first_run(world: World) -> int:
    return int(world.scalar("SELECT min(run_id) FROM scoring.publication"))  # type: ignore[arg-type]


def test_a_superseded_run_is_dropped_and_told_and_what_is_shown_stays(published: World) -> None:
    shown, tables = published.rows(SHOWN), published.scalar(RUN_TABLES)
    assert tables == 4  # predictions and reasons, twice
    outcome = nightshift("prune")
    assert (outcome.code, outcome.err) == (0, "")
    told = next(line.split() for line in outcome.out.splitlines() if line.split()[:1] == [SCORED])
    assert told[:4] == [SCORED, str(first_run(published)), "superseded", "140"]
    assert int(told[4]) > 8192
    assert "1 runs that ended more than 0d (keep_superseded) ago are no longer shown: 140 rows" in outcome.out
    assert "dropped 2 tables" in outcome.out
    assert published.rows(SHOWN) == shown
    assert published.scalar(RUN_TABLES) == 2
    assert published.scalar("SELECT count(*) FROM scoring.prediction_history") == 140
    assert "nothing was superseded" in nightshift("prune").out


def test_a_dry_run_says_the_same_and_drops_nothing(published: World) -> None:
    outcome = nightshift("prune", "--dry-run")
    assert "140 rows" in outcome.out
    assert "would be dropped" in outcome.out
    assert (published.scalar(RUN_TABLES), published.scalar("SELECT count(*) FROM scoring.pruned_run")) == (4, 0)


def test_what_ended_within_the_retention_stays(published: World) -> None:
    published.configure(**SMALL)
    assert "nothing was superseded, kept beside or left unpublished for longer than 90d" in nightshift("prune").out
    assert published.scalar(RUN_TABLES) == 4


@pytest.mark.parametrize("keep", ["999999d", "20000d"])
def test_a_retention_longer_than_nights_have_been_keeps_everything(published: World, keep: str) -> None:
    published.configure(**SMALL, keep_superseded=keep)
    assert nightshift("prune").code == 0
    assert published.scalar(RUN_TABLES) == 4


def test_a_moment_beyond_the_retention_is_refused_in_one_line_that_names_the_earliest(published: World) -> None:
    first = published.scalar("SELECT min(published_at)::text FROM scoring.publication")
    earliest = published.scalar("SELECT max(published_at)::text FROM scoring.publication")
    asked = f"SELECT count(*) AS rows FROM scoring.prediction_as_of('{first}')"
    assert "140" in nightshift("sql", asked).out
    assert nightshift("prune").code == 0
    says(2, f"what analysts saw of night {SCORED} at {first} is no longer held: superseded publications are kept for", "sql", asked)
    says(2, f"(keep_superseded); the earliest moment that can be asked is {earliest}", "sql", asked)
    for moment, rows in ((earliest, 140), ("2020-01-01 00:00+00", 0)):  # before the first publication nothing was shown
        assert published.scalar(f"SELECT count(*) FROM scoring.prediction_as_of('{moment}')") == rows


def test_a_what_if_run_is_dropped_too(published: World) -> None:
    version = str(published.scalar("SELECT max(version) FROM scoring.model_version"))
    assert nightshift("night", SCORED, "--mode", "what-if", "--model", version, "--reason", "would it?").code == 0
    assert published.scalar("SELECT count(*) FROM scoring.what_if_prediction") == 140
    assert "kept beside" in nightshift("prune").out
    assert published.scalar("SELECT count(*) FROM scoring.what_if_prediction") == 0
    assert published.scalar(RUN_TABLES) == 2


def test_a_stopped_run_is_dropped_and_can_neither_stage_nor_publish_afterwards(published: World) -> None:
    plan = staged(published)
    assert pruning.enter(published.database, NOW)[-1].run_id != plan.run_id  # it may yet be published
    with published.database.begin() as connection:
        runs.set_state(connection, plan.run_id, "stopped")
    (entered,) = pruning.enter(published.database, NOW)
    assert (entered.run_id, entered.why, entered.rows) == (plan.run_id, "never published", 1)
    for change in (publish, stage):
        with pytest.raises(StaleRunError, match=f"what run {plan.run_id} of night {SCORED} had scored was pruned"):
            change(published, plan)
    pruning.drop(published.database)
    assert published.scalar(RUN_TABLES) == 2


def test_a_reader_under_way_is_waited_for_then_told_of_and_the_next_prune_finishes(published: World) -> None:
    with published.database.engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM scoring.prediction_history")  # and its transaction goes on
        pruning.enter(published.database, NOW)
        with pytest.raises(BusyError, match="a query that began earlier still reads beside prediction_") as caught:
            pruning.drop(published.database, patience=0.2)
        assert caught.value.exit_code == 7
        assert published.scalar("SELECT bool_or(inhdetachpending) FROM pg_inherits") is False
        assert nightshift("sql", SHOWN).code == 0  # other readers do not wait
    assert "dropped 2 tables" in nightshift("prune").out
    assert published.scalar(RUN_TABLES) == 2


def test_a_transaction_that_froze_its_view_before_a_prune_is_refused_rather_than_shown_half_a_moment(published: World) -> None:
    first = published.scalar("SELECT min(published_at)::text FROM scoring.publication")
    with published.database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.exec_driver_sql("SELECT count(*) FROM scoring.migration")
        assert nightshift("prune").code == 0
        with pytest.raises(sa.exc.DBAPIError, match=f"what analysts saw of night {SCORED} at .* was dropped after this transaction began"):
            reader.exec_driver_sql(f"SELECT * FROM scoring.prediction_as_of('{first}')")


def test_a_night_runs_while_a_drop_waits_for_a_reader(published: World) -> None:
    with published.database.engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM scoring.prediction_history")
        pruning.enter(published.database, NOW)
        with pytest.raises(BusyError):
            pruning.drop(published.database, patience=0.2)
        assert nightshift("night", SCORED).code == 0
        assert nightshift("night", NEXT).code == 0
    assert nightshift("prune").code == 0
    assert published.scalar(RUN_TABLES) == 4  # the current run of two nights


def test_two_prunes_at_once_drop_each_table_once(published: World) -> None:
    codes: list[int] = []

    def prune() -> None:
        with pruning.alone(published.database):
            codes.append(len(pruning.enter(published.database, NOW)))
            pruning.drop(published.database)

    threads = [threading.Thread(target=prune) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [0, 1]
    assert published.scalar(RUN_TABLES) == 2


def test_what_was_pruned_stays_written(published: World) -> None:
    assert nightshift("prune").code == 0
    for change in ("DELETE FROM scoring.pruned_run", "UPDATE scoring.pruned_run SET row_count = 0"):
        with pytest.raises(UsageError, match="23001"):
            published.change(change)


def staged(world: World) -> Plan:
    """A run of the night, staged."""
    with world.database.begin() as connection:
        plan = runs.plan_of(connection, runs.open_run(connection, as_of(SCORED)))
    stage(world, plan)
    return plan


def stage(world: World, plan: Plan) -> None:
    version = str(world.scalar("SELECT max(version) FROM scoring.model_version"))
    predictions.stage(world.database, plan, Origin(version, None), as_scores(((1, 0.5),)))


def publish(world: World, plan: Plan) -> None:
    predictions.publish(world.database, plan)
