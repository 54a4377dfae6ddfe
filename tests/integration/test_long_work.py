"""Work that takes long keeps its locks; what never comes back loses them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa

from pipeline.core.errors import WorldError
from pipeline.data import database, seals
from pipeline.data.fetch import snapshot
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learner import Fitted
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.training import TrainingSet
from tests.commanding import FIRST, NEXT, nightshift, passes
from tests.worlds import SMALL, World, trade

LONG = 2.5  # seconds, for a transaction that may be silent for two: with one, a busy machine cannot import what loads a model


@pytest.fixture(autouse=True)
def _two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "IDLE_PATIENCE", "2s")


def test_a_source_that_answers_slowly_costs_the_night_no_lock(behind: World) -> None:
    behind.change(
        "ALTER TABLE transactions RENAME TO kept",
        f"""CREATE FUNCTION read_slowly(id bigint) RETURNS boolean LANGUAGE plpgsql AS
        'BEGIN IF id = 4007 THEN PERFORM pg_sleep({LONG}); END IF; RETURN true; END'""",
        "CREATE VIEW transactions AS SELECT * FROM kept WHERE read_slowly(transaction_id)",
    )
    passes(behind, NEXT)


@dataclass(frozen=True)
class SlowTrees(BoostedTrees):
    """A learner that takes its time."""

    def fit(self, training: TrainingSet, seed: int) -> Fitted:
        time.sleep(LONG)
        return super().fit(training, seed)


def test_a_training_that_takes_long_makes_a_champion(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LEARNERS, "boosted_trees", SlowTrees())  # type: ignore[arg-type]  # a dictionary, though nobody else may know
    world.configure(**SMALL)
    world.make_tables()
    world.bring(trade(FIRST, nights=3))
    outcome = nightshift("backfill", FIRST, "2026-03-03")
    assert outcome.code == 0, outcome
    assert world.scalar("SELECT count(*) FROM scoring.champion") == 1


def test_a_snapshot_outlives_the_patience_of_the_sources_server(world: World) -> None:
    world.change(f"""ALTER DATABASE "{world.database.url.database}" SET idle_in_transaction_session_timeout = '1s'""")
    with snapshot(world.database) as fetch:
        time.sleep(LONG)
        assert fetch.text(sa.select(sa.literal(1)).select_from(sa.table("pg_class")).limit(1)) == "1"


@pytest.fixture
def made(world: World) -> Iterator[World]:
    world.make_tables()
    yield world
    world.database.engine.dispose()


def test_who_holds_a_lock_and_is_never_heard_of_again_loses_it(made: World) -> None:
    with pytest.raises(WorldError, match="SQLSTATE 25P03"), made.database.begin_long(patience="300ms") as frozen:
        seals.lock(frozen)
        with made.database.begin() as waiting:
            seals.lock(waiting)
        frozen.execute(sa.text("SELECT 1"))


def test_who_is_frozen_while_it_loads_rows_keeps_its_locks_until_somebody_ends_it(made: World) -> None:
    """The server waits for the rest of the rows, and calls that no rest."""
    holder = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY labels%' AND wait_event = 'ClientRead'"
    )
    with pytest.raises(WorldError), made.database.begin() as frozen:
        seals.lock(frozen)
        driver = frozen.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor, cursor.copy("COPY labels FROM STDIN"):
            time.sleep(LONG)
            assert len(made.rows(holder)) == 1
            made.change(f"SELECT pg_terminate_backend(pid) FROM ({holder}) AS found")
            with made.database.begin() as waiting:
                seals.lock(waiting)


def test_patience_ends_with_the_transaction_that_asked_for_it(made: World) -> None:
    def patience(connection: sa.Connection) -> object:
        return connection.scalar(sa.text("SHOW idle_in_transaction_session_timeout"))

    with made.database.begin_long() as connection:
        assert patience(connection) == "3h"
    with made.database.begin() as connection:
        assert patience(connection) == "2s"
