"""A night that runs again, or is extracted again somewhere else, gives the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import server
from tests.worlds import SMALL, World, at, label, trade, transaction

pytestmark = pytest.mark.slow
Rows = Sequence[sa.Row[tuple[object, ...]]]

DAYS = [f"2026-03-{day:02d}" for day in range(2, 7)]  # the last two have a champion
# A night passes on what it remembers itself, and one that found nothing to go on from passes on all: no figure depends on which.
SEALS = """SELECT night, what, view, sha256, row_count FROM scoring.seal WHERE bound_at IS NOT NULL AND what <> 'remembered'
    ORDER BY night, what, view"""
SCORES = "SELECT night, transaction_id, score, alert_rank, model_version FROM scoring.current_prediction ORDER BY night, transaction_id"


@pytest.fixture(scope="module")
def make(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], World]]:
    """Makes a warehouse and a lake of their own over the same five nights of trade; the world made last is in effect."""
    with pytest.MonkeyPatch.context() as monkeypatch:

        def made(name: str) -> World:
            world = World.make(server.create_database(postgres, f"rerun_{name}"), tmp_path_factory.mktemp(name), monkeypatch)
            world.configure(**SMALL)
            world.make_tables()
            world.bring(trade(DAYS[0], len(DAYS)))
            return world

        yield made


@dataclass(frozen=True)
class Told:
    """What the nights gave, run once in order, and the world in which they did."""

    world: World
    seals: Rows
    scores: Rows


@pytest.fixture(scope="module")
def told(make: Callable[[str], World]) -> Told:
    world = make("live")
    for day in DAYS:
        world.run(day)
    return Told(world, world.rows(SEALS), world.rows(SCORES))


def test_two_nights_of_the_story_are_scored(told: Told) -> None:
    assert sorted({str(row.night) for row in told.scores}) == DAYS[3:]
    assert len(told.scores) == 280


def test_run_again_after_later_nights_and_later_news_the_night_is_the_same(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    world = told.world
    monkeypatch.setenv(CONFIG_VARIABLE, str(world.home / "nightshift.toml"))
    reversed_later = [label(key, at("2026-03-07 09:00"), is_fraud=False) for key in range(2000, 2050)]
    world.insert("labels", reversed_later)
    world.insert("transactions", [transaction(9999, at("2026-03-05 10:00"), recorded_at=at("2026-03-07 10:00"))])
    world.insert("transactions", [transaction(9998, at("2026-03-05 10:00"))])  # inside a sealed night
    world.run("2026-03-07")
    runs_before = world.scalar("SELECT run_id FROM scoring.night_summary WHERE night = '2026-03-05'")
    for day in DAYS[:1] + DAYS[3:]:
        world.run(day)
    assert world.rows(SEALS)[: len(told.seals)] == told.seals
    assert [row for row in world.rows(SCORES) if str(row.night) in DAYS] == told.scores
    assert world.rows("SELECT night FROM scoring.publication WHERE superseded_at IS NULL GROUP BY night HAVING count(*) > 1") == []
    assert world.scalar("SELECT run_id FROM scoring.night_summary WHERE night = '2026-03-05'") != runs_before
    assert (
        world.scalar("SELECT transactions_gate FROM scoring.night_summary WHERE night = '2026-03-05'") == "warned"
    )  # the source disagrees
    assert world.scalar(f"SELECT state FROM scoring.night_summary WHERE night = '{DAYS[0]}'") == "unscored"


def test_extracted_by_later_nights_first_the_nights_are_the_same(make: Callable[[str], World], told: Told) -> None:
    world = make("backwards")
    world.run(DAYS[4])
    assert world.scalar(f"SELECT state FROM scoring.night_summary WHERE night = '{DAYS[4]}'") == "unscored"
    for day in DAYS:
        world.run(day)
    assert world.rows(SEALS) == told.seals
    assert world.rows(SCORES) == told.scores


def test_a_model_counts_from_the_end_of_its_night(make: Callable[[str], World], told: Told) -> None:
    world = make("champion")
    for day in DAYS[:3]:
        world.run(day)
    assert world.rows("SELECT valid_from, assigned_at FROM scoring.champion") == [(at(f"{DAYS[3]} 00:00"),) * 2]
    world.run(DAYS[2])  # known now, but not at the end of that night
    assert world.rows("SELECT state, model_version FROM scoring.night_summary ORDER BY night DESC LIMIT 1") == [("unscored", None)]
    world.run(DAYS[3])
    _assign_another(world)
    world.run(DAYS[3])  # published before: it keeps its model
    assert world.rows(SCORES) == [row for row in told.scores if str(row.night) == DAYS[3]]


def _assign_another(world: World) -> None:
    """Another model becomes champion, dated back before the night that is published."""
    with world.database.begin() as connection:
        connection.exec_driver_sql(
            """INSERT INTO scoring.model_version
            SELECT 'other', night, view, learner, path, sha256, hmac, manifest FROM scoring.model_version ORDER BY night LIMIT 1;
            INSERT INTO scoring.champion (version, valid_from, assigned_at, reason) SELECT 'other', valid_from + interval '1 hour',
                assigned_at, 'by hand' FROM scoring.champion ORDER BY assignment_id LIMIT 1""",
            execution_options={"no_parameters": True},
        )
