"""What stands in the schema `scoring` is guarded row by row: whoever may enter some rows enters none of another kind, and history stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from pipeline.core.errors import StaleRunError
from pipeline.core.plan import Plan
from pipeline.data import predictions, runs
from pipeline.data.predictions import Origin
from tests.integration.test_staging import MODEL, scores_of
from tests.rights import refusal, table
from tests.step_users import PARTS, StepUsers, step_users
from tests.worlds import World, as_of

NIGHT = "2026-03-01"
SEAL = """INSERT INTO scoring.seal (night, what, version, path, row_count, byte_count, sha256, columns, source_query, source_checksum,
    source_rows, complete, figures, run_id, bound_at)
    VALUES ('{night}', 'labels', 9, 'p', 0, 1, repeat('0', 64), '', '', '', 0, true, '{{}}', {run}, """
RUN = """INSERT INTO scoring.run (night, mode, cutoff, publishes, scheduled, requested_by, backtestable, state, known_through, champion_at,
    in_chain) VALUES ('{night}', 'as-of', now(), true, false, 'x', true, 'published', '{night}', now(), true)"""
LEDGER = """INSERT INTO scoring.training_ledger (night, outcome, reason, run_id, chain_from)
    VALUES ('{night}', 'promoted', 'x', {run}, '{night}')"""
JUDGEMENT = """INSERT INTO scoring.evaluation (run_id, night, gate, check_name, figure, severity, passed, reason)
    VALUES ({run}, '{night}', 'transactions', 'not_empty', 'new_rows', 'warn', false, 'x')"""
PROMOTION = "INSERT INTO scoring.champion (version, valid_from, assigned_at, reason) VALUES ('m', now(), now(), 'mine')"
STEP_OF = "INSERT INTO scoring.run_step VALUES ({{run}}, '{}', now(), 1, '{{{{}}}}', '{{{{}}}}', NULL)"
PARTITIONS = "SELECT relname FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relispartition AND relkind IN ('r', 'p')"
READ = "SELECT * FROM {}"
ON_A_PARTITION = (
    READ,
    "INSERT INTO {0} SELECT * FROM {0}",
    "INSERT INTO {} DEFAULT VALUES",
    "UPDATE {} SET run_id = 0",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "DROP TABLE {}",
    "ALTER TABLE {} RENAME TO mine",
    "LOCK TABLE {} IN ROW EXCLUSIVE MODE",
)
NOT_THEIRS = [
    ("scorer", PROMOTION),
    ("scorer", LEDGER),
    ("scorer", STEP_OF.format("extract")),
    ("loader", STEP_OF.format("judge")),
    ("trainer", STEP_OF.format("publish")),
    ("trainer", SEAL + "NULL)"),
    ("loader", SEAL + "now())"),
    ("loader", RUN),
]


@pytest.fixture
def users(world: World) -> Iterator[StepUsers]:
    world.make_tables()
    with step_users(world) as users:
        yield users


def run_of(world: World, *, published: bool = False) -> Plan:
    """A new run of the night with one score staged."""
    with world.database.begin() as connection:
        plan = runs.plan_of(connection, runs.open_run(connection, as_of(NIGHT)))
    predictions.stage(world.database, plan, Origin("m", None), scores_of(0.5))
    if published:
        predictions.publish(world.database, plan)
    return plan


@pytest.mark.parametrize(("part", "statement"), NOT_THEIRS)
def test_a_right_to_enter_rows_is_one_to_enter_rows_of_ones_own_kind(users: StepUsers, part: str, statement: str) -> None:
    users.world.change(MODEL)
    plan = run_of(users.world)
    with users.session(part) as connection:
        assert refusal(connection, statement.format(night=NIGHT, run=plan.run_id)) == "42501"


def test_what_is_published_is_changed_by_nobody_and_a_staged_table_is_filled_by_its_scorer_until_it_is_attached(users: StepUsers) -> None:
    users.world.change(MODEL)
    run_id = run_of(users.world, published=True).run_id
    users.world.change(f"INSERT INTO scoring.run_step VALUES ({run_id}, 'score', now(), 1, '{{}}', '{{}}', NULL)",
        f"INSERT INTO scoring.reason_word VALUES ({run_id}, '{NIGHT}', 1, 'f', 'c', 'p', NULL)")  # fmt: skip
    part = f"scoring.prediction_20260301_r{run_id}"
    with users.session("scorer") as connection:
        for verb in (
            f"INSERT INTO {part} SELECT * FROM {part}",
            f"UPDATE {part} SET score = 0",
            f"DELETE FROM {part}",
            f"TRUNCATE {part}",
            f"DROP TABLE {part}",
        ):
            assert refusal(connection, verb) == "42501", verb
        for untouched in (
            f"UPDATE scoring.run SET model_version = NULL WHERE run_id = {run_id}",
            f"UPDATE scoring.run_step SET counts = '{{}}' WHERE run_id = {run_id}",
            f"DELETE FROM scoring.reason_word WHERE run_id = {run_id}",
        ):
            assert connection.exec_driver_sql(untouched).rowcount == 0, untouched
        connection.rollback()
        assert refusal(connection, f"UPDATE scoring.publication SET superseded_at = NULL WHERE run_id = {run_id}") == "23001"


@pytest.mark.parametrize("part", PARTS)
def test_of_the_tables_behind_a_published_night_a_scorer_reads_those_of_runs_and_nobody_may_do_more(users: StepUsers, part: str) -> None:
    users.world.change(MODEL)
    plan = run_of(users.world)
    users.world.change(*(f"SELECT scoring.{act}_reason_partition({plan.run_id})" for act in ("make", "attach")))
    predictions.publish(users.world.database, plan)
    partitions = {str(name) for (name,) in users.world.rows(PARTITIONS)}
    of_the_night = {"prediction_20260301", "reason_20260301"}
    of_the_run = {f"{name}_r{plan.run_id}" for name in of_the_night}
    assert partitions == of_the_night | of_the_run
    with users.session(part) as connection:
        for name in partitions:
            refused = {verb for verb in ON_A_PARTITION if refusal(connection, verb.format(f"scoring.{name}")) == "42501"}
            assert set(ON_A_PARTITION) - refused == ({READ} if part == "scorer" and name in of_the_run else set()), name


def test_not_even_the_owner_rewrites_or_empties_what_is_history(users: StepUsers) -> None:
    users.world.change(MODEL)
    run_id = run_of(users.world, published=True).run_id
    users.world.change(JUDGEMENT.format(night=NIGHT, run=run_id))
    with users.world.database.engine.connect() as connection:
        for statement in (
            "UPDATE scoring.publication SET row_count = 0",
            "DELETE FROM scoring.publication",
            "TRUNCATE scoring.publication CASCADE",
            "UPDATE scoring.evaluation SET passed = true",
            "DELETE FROM scoring.evaluation",
            "TRUNCATE scoring.evaluation",
            "TRUNCATE scoring.champion",
            "TRUNCATE scoring.training_ledger",
        ):
            assert refusal(connection, statement) == "23001", statement


def test_the_functions_of_staging_refuse_a_run_that_may_not_stage_in_words(users: StepUsers) -> None:
    world = users.world
    world.change(MODEL)
    overtaken, standing = run_of(world), run_of(world, published=True)
    calls = ("make_prediction_partition", "make_reason_partition", "attach_prediction_partition", "attach_reason_partition")
    with users.session("scorer") as connection:
        for name in calls:
            assert refusal(connection, f"SELECT scoring.{name}({overtaken.run_id})") == "NS001"
            assert refusal(connection, f"SELECT scoring.{name}({standing.run_id})") == "NS001"
            assert refusal(connection, f"SELECT scoring.{name}(999)") == "NS001"
    with pytest.raises(StaleRunError, match=r"^run \d+ of night 2026-03-01 is published and stays as it is: start a new run of the night$"):
        predictions.stage(world.database, standing, Origin("m", None), scores_of(0.5))
    assert world.rows("SELECT score FROM scoring.current_prediction") == [(0.5,)]


def test_an_analyst_sees_nothing_of_what_is_staged_until_it_is_published(users: StepUsers) -> None:
    users.world.change(MODEL)
    plan = run_of(users.world)
    views = [relation for part, relation in table() if part == "analyst" and "s" in table()[part, relation]]
    with users.session("analyst") as connection:
        counts = {view: f"SELECT count(*) FROM scoring.{view}" for view in views if view != "night_summary"}
        assert {view: connection.exec_driver_sql(query).scalar() for view, query in counts.items()} == dict.fromkeys(counts, 0)
        assert connection.exec_driver_sql("SELECT count(*) FROM scoring.prediction_as_of(now())").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM scoring.champion_at(now(), now())").scalar() == 0
        connection.rollback()
        assert refusal(connection, f"SELECT * FROM scoring.prediction_20260301_r{plan.run_id}") == "42501"
    predictions.publish(users.world.database, plan)
    with users.session("analyst") as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scoring.current_prediction").scalar() == 1


def test_no_view_reads_the_source_and_no_role_may(users: StepUsers) -> None:
    foreign = """SELECT DISTINCT view.relname, read.oid::regclass::text
        FROM pg_class AS view JOIN pg_rewrite ON ev_class = view.oid
        JOIN pg_depend ON objid = pg_rewrite.oid AND classid = 'pg_rewrite'::regclass AND refclassid = 'pg_class'::regclass
        JOIN pg_class AS read ON read.oid = refobjid
        WHERE view.relnamespace = 'scoring'::regnamespace AND read.relnamespace <> 'scoring'::regnamespace"""
    assert users.world.rows(foreign) == []
    users.world.change(
        "REVOKE ALL ON transactions, labels FROM " + ", ".join(sa.make_url(url).username or "" for url in users.urls.values())
    )
    for part in PARTS:
        with users.session(part) as connection:
            assert refusal(connection, "SELECT customer_id FROM transactions") == "42501"
            assert refusal(connection, "SELECT * FROM labels") == "42501"


def test_whoever_is_in_no_role_cannot_enter_the_schema(users: StepUsers) -> None:
    everybody = "SELECT count(*) FROM pg_namespace, aclexplode(nspacl) AS acl WHERE nspname = 'scoring' AND acl.grantee = 0"
    assert users.world.scalar(everybody) == 0
    open_to_all = """SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'scoring'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')"""
    assert users.world.rows(open_to_all) == []


def test_functions_with_their_owners_rights_look_nowhere_but_where_they_say(users: StepUsers) -> None:
    lax = """SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'scoring'::regnamespace AND prosecdef
        AND NOT coalesce(proconfig, '{}') @> '{"search_path=pg_catalog, pg_temp"}'"""
    assert users.world.rows(lax) == []
