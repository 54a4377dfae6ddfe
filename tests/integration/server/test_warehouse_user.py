"""A warehouse on a server that somebody else runs: its user owns a database, may make roles at most, and is no superuser."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.data import server
from tests.commanding import nightshift, says
from tests.servers import ask
from tests.worlds import World

pytestmark = pytest.mark.slow
QUESTION = ("sql", "SELECT count(*) AS nights FROM scoring.night_summary", "--csv")


@pytest.fixture(scope="module")
def started(shared_home: Path) -> server.Embedded:
    """A server without any role of ours; `scorer` may make some."""
    running = server.start(shared_home)
    server.create_database(running, "scorer", "scorer")
    ask(running.url, "ALTER ROLE scorer CREATEROLE")
    return running


@pytest.fixture
def scorer(started: server.Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The warehouse of `scorer`, set up."""
    world = World.make(server.create_database(started, "scorer", "scorer"), tmp_path, monkeypatch)
    world.change("DROP TABLE IF EXISTS transactions, labels")
    world.make_tables()
    return world


def test_whoever_made_the_analysts_role_may_ask_as_one_and_reads_no_more_than_an_analyst(scorer: World) -> None:
    assert scorer.scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert nightshift(*QUESTION).out == "nights\n0\n"
    says(2, "permission denied for table transactions", "sql", "SELECT * FROM transactions")
    assert nightshift("init").code == 0
    assert nightshift(*QUESTION).out == "nights\n0\n"


def test_who_may_not_grant_the_analysts_role_is_set_up_all_the_same_and_told_what_to_grant(
    scorer: World, started: server.Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = World.make(server.create_database(started, "guest", "guest"), tmp_path, monkeypatch)
    guest.make_tables()
    assert nightshift("init").code == 0
    says(2, "guest may not ask as an analyst: let an administrator GRANT nightshift_analyst TO guest", *QUESTION)
    ask(started.url, "GRANT nightshift_analyst TO guest")
    assert nightshift(*QUESTION).out == "nights\n0\n"


def test_who_does_not_own_the_warehouse_sets_up_nothing_and_is_told_so_in_one_line(
    scorer: World, started: server.Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = sa.make_url(server.create_database(started, "guest", "guest")).set(database="scorer")
    ask(started.url, "GRANT CONNECT ON DATABASE scorer TO guest")
    World.make(guest.render_as_string(hide_password=False), tmp_path, monkeypatch)
    says(2, "lacks a right that this needs", "init")
    World.make(scorer.url, tmp_path, monkeypatch)
    assert nightshift(*QUESTION).out == "nights\n0\n"
