"""The embedded PostgreSQL in its ordinary life: real servers, asked and stopped."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.core.errors import UsageError
from pipeline.data import server
from pipeline.data.embedded_place import place_of
from tests.servers import ask, postmasters

pytestmark = pytest.mark.slow


def test_a_cold_start_gives_a_server_that_only_this_machine_reaches(home: Path) -> None:
    assert server.existing(home) is None
    started = server.start(home)
    assert ask(started.url, "SELECT current_database()") == "nightshift"
    assert ask(started.url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(started.url, "SHOW unix_socket_directories") == ""
    assert ask(started.url, "SHOW fsync") == "on"
    assert ask(started.url, "SHOW data_directory") == str(started.data)
    assert ask(started.url, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0
    assert server.existing(home) == started


def test_the_password_is_kept_from_other_accounts_and_from_prints(shared_home: Path) -> None:
    started = server.start(shared_home)
    place = place_of(shared_home)
    assert stat.S_IMODE(place.password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(started.data.stat().st_mode) == 0o700
    assert place.password() in started.url
    assert place.password() not in repr(started)


def test_a_wrong_password_or_none_is_refused(shared_home: Path) -> None:
    url = sa.make_url(server.start(shared_home).url)
    for password in ("wrong", ""):
        with pytest.raises(sa.exc.OperationalError, match="password"):
            ask(url.set(password=password).render_as_string(hide_password=False), "SELECT 1")


def test_stop_ends_the_server_and_a_second_stop_finds_none(home: Path) -> None:
    assert not server.stop(home)
    started = server.start(home)
    ask(started.url, "CREATE TABLE kept AS SELECT 42 AS value")
    assert server.stop(home)
    assert postmasters(started.data) == []
    assert not server.stop(home)
    again = server.existing(home)
    assert again == started
    assert ask(again.url, "SELECT value FROM kept") == 42


def _start_and_leave(home: Path) -> int:
    return server.start(home).port


def test_twelve_starters_at_once_find_one_server_that_outlives_them(home: Path) -> None:
    with multiprocessing.get_context("fork").Pool(12) as pool:
        ports = pool.map(_start_and_leave, [home] * 12, chunksize=1)
    assert len(set(ports)) == 1
    found = server.start(home)
    assert found.port == ports[0]
    assert len(postmasters(found.data)) == 1


def test_a_path_with_spaces_and_beyond_the_length_of_a_socket_path_works(open_folder: Path) -> None:
    home = open_folder / "a folder's name with spaces" / ("long" * 30) / "home"
    started = server.start(home)
    assert len(str(started.data)) > 150
    assert ask(started.url, "SELECT 1") == 1
    assert server.stop(home)


def test_a_further_database_belongs_to_its_role_and_to_nobody_else(shared_home: Path) -> None:
    started = server.start(shared_home)
    airflow = server.create_database(started, "airflow", "airflow")
    guest = server.create_database(started, "guest", "guest")
    assert server.create_database(started, "airflow", "airflow") == airflow
    ask(airflow, "CREATE TABLE mine (value integer)")
    assert ask(airflow, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user") is False
    trespass = sa.make_url(guest).set(database="airflow").render_as_string(hide_password=False)
    with pytest.raises(sa.exc.OperationalError, match="permission denied"):
        ask(trespass, "SELECT 1")
    with pytest.raises(UsageError, match="choose another owner"):
        server.create_database(started, "other", "nightshift")


def test_a_role_whose_password_is_another_is_given_the_one_that_follows_from_the_superusers(shared_home: Path) -> None:
    """After a change of that, Airflow would find no way in."""
    started = server.start(shared_home)
    url = server.create_database(started, "rotated", "rotated")
    ask(started.url, "ALTER ROLE rotated PASSWORD 'another'")
    with pytest.raises(sa.exc.OperationalError, match="password authentication failed"):
        ask(url, "SELECT 1")
    assert server.create_database(started, "rotated", "rotated") == url
    assert ask(url, "SELECT 1") == 1


def test_the_log_holds_no_value_of_a_row(shared_home: Path) -> None:
    started = server.start(shared_home)
    ask(started.url, "CREATE TABLE card (number text PRIMARY KEY, cents integer CHECK (cents > 0))")
    for value in ("'4111111111111111', -5", "'4111111111111111', 'x4111'", "NULL, 4111"):
        with pytest.raises(sa.exc.DBAPIError):
            ask(started.url, f"INSERT INTO card VALUES ({value})")
    assert "4111" not in place_of(shared_home).log.read_text()
