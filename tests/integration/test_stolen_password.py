"""What else an analyst's password is good for: tables for a while, large objects, room on the disk, and locks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from pipeline.data import database, predictions, readers
from pipeline.data.migrations import INIT_LOCK
from tests.commanding import nightshift, says
from tests.integration.test_guarded_rows import run_of
from tests.integration.test_staging import MODEL
from tests.rights import refusal, table
from tests.step_users import StepUsers, step_users
from tests.worlds import World

NO_PRIVILEGE, TOO_MUCH = "42501", "53400"
ANY_MODE = (
    *("ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"),
    *("SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"),
)
LOCKABLE = "SELECT relname FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'p', 'v')"
READABLE = sorted(relation for (part, relation), letters in table().items() if part == "analyst" and "s" in letters)
TEMPORARY = ("CREATE TEMPORARY TABLE mine (n int)", "SELECT 1 AS n INTO TEMPORARY mine", "CREATE TEMPORARY VIEW mine AS SELECT 1 AS n")
LARGE_OBJECTS = ("SELECT lo_create(0)", "SELECT lo_creat(-1)", "SELECT lo_from_bytea(0, 'x')")
LASTING = ("CREATE TABLE public.mine (n int)", "SELECT 1 AS n INTO public.mine", "CREATE SCHEMA mine")
OF_THE_SERVER = ("SELECT lo_import('/etc/hostname')", "SELECT pg_read_file('/etc/hostname')", "COPY (SELECT 1) TO PROGRAM 'true'")
SPILLING = "SELECT count(*) FROM (SELECT n FROM generate_series(1, 1000000) AS n ORDER BY random() OFFSET 0) AS sorted"
SHORT = "300ms"


@pytest.fixture
def users(world: World) -> Iterator[StepUsers]:
    """The logins of a warehouse in which one night is published."""
    world.make_tables()
    world.change(MODEL)
    run_of(world, published=True)
    with step_users(world) as users:
        yield users


def name_of(users: StepUsers) -> str:
    return str(sa.make_url(users.urls["analyst"]).username)


def test_an_analyst_makes_nothing_that_lasts_but_temporary_tables_and_large_objects_until_they_are_revoked(users: StepUsers) -> None:
    mine = f'DATABASE "{users.world.database.url.database}"'
    with users.session("analyst") as connection:
        assert {refusal(connection, statement) for statement in (*LASTING, *OF_THE_SERVER)} == {NO_PRIVILEGE}
        assert {refusal(connection, statement) for statement in (*TEMPORARY, *LARGE_OBJECTS)} == {None}
        users.world.change(f"REVOKE TEMPORARY ON {mine} FROM PUBLIC")
        assert {refusal(connection, statement) for statement in TEMPORARY} == {NO_PRIVILEGE}
        assert {refusal(connection, statement) for statement in LARGE_OBJECTS} == {None}
        users.world.change("REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC")
        assert {refusal(connection, statement) for statement in LARGE_OBJECTS} == {NO_PRIVILEGE}


def test_what_an_analysts_question_may_spill_to_the_disk_is_limited_by_a_setting_that_is_not_his_to_change(users: StepUsers) -> None:
    with users.session("analyst") as connection:
        assert refusal(connection, SPILLING) is None
    users.world.change(f"ALTER ROLE {name_of(users)} SET temp_file_limit = '1MB'")
    with users.session("analyst") as connection:
        assert refusal(connection, SPILLING) == TOO_MUCH
        assert refusal(connection, "SET temp_file_limit = -1") == NO_PRIVILEGE


def test_an_analyst_locks_nothing_but_what_he_reads_and_only_as_a_reader_does(users: StepUsers) -> None:
    relations = {str(name) for (name,) in users.world.rows(LOCKABLE)}
    assert set(READABLE) < relations
    with users.session("analyst") as connection:
        taken = {
            (relation, mode)
            for relation in relations
            for mode in ANY_MODE
            if refusal(connection, f"LOCK TABLE scoring.{relation} IN {mode} MODE") is None
        }
    assert taken == {(relation, "ACCESS SHARE") for relation in READABLE}


def test_an_analyst_who_rests_in_a_transaction_makes_a_publication_wait_and_does_not_stop_it(
    users: StepUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "PATIENCE", 1.0)
    plan = run_of(users.world)
    with users.session("analyst") as resting:
        resting.exec_driver_sql(f"LOCK TABLE {', '.join(f'scoring.{relation}' for relation in READABLE)} IN ACCESS SHARE MODE")
        before = time.monotonic()
        assert predictions.publish(users.world.database, plan)
        assert time.monotonic() - before > readers.PATIENCE
    assert users.world.scalar("SELECT run_id FROM scoring.publication WHERE superseded_at IS NULL") == plan.run_id


@pytest.mark.parametrize("held", [f"SELECT pg_advisory_lock({INIT_LOCK})", "SELECT count(*) FROM scoring.alert"])
def test_an_analyst_who_holds_a_lock_keeps_set_ups_away_until_he_is_ended_and_publications_not(
    users: StepUsers, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_PATIENCE", SHORT)
    monkeypatch.setattr(readers, "PATIENCE", 0.1)
    with users.session("analyst") as resting:
        resting.exec_driver_sql(held)
        says(7, "another run holds the lock", "init")
        assert predictions.publish(users.world.database, run_of(users.world))
        users.world.change(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name_of(users)}'")
        assert nightshift("init").code == 0
        resting.invalidate()
