"""Who may do what in the schema `scoring`, relation by relation: each role may do this, and is refused whatever else it tries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from pipeline.core.errors import StaleRunError
from pipeline.core.plan import Plan
from pipeline.data import predictions, runs
from pipeline.data.predictions import Origin
from tests.integration.test_staging import MODEL, scores_of
from tests.step_users import PARTS, StepUsers, step_users
from tests.worlds import World, as_of

NIGHT = "2026-03-01"
# s: read, i: enter rows, u: change columns of rows (UPDATED says which), d: delete rows; nobody empties a table or hangs triggers on it.
RIGHTS = """
    relation               loader  scorer  trainer analyst
    change_part            -       sid     -       -
    champion               -       si      si      -
    evaluation             -       si      si      -
    excluded_night         -       s       si      -
    feedback               s       -       -       -
    live_column            -       sid     -       -
    live_score             -       sid     -       -
    matured_alert          -       i       -       -
    migration              s       s       s       -
    model_version          s       s       si      -
    night_note             -       sid     -       -
    night_owner            siu     s       s       -
    performance            -       si      s       -
    performance_curve      -       si      -       -
    prediction             -       s       -       -
    promise                -       si      -       -
    pruned_run             s       s       s       -
    publication            s       siu     s       -
    reason                 -       s       -       -
    reason_word            -       sid     -       -
    rejected_transaction   si      s       -       -
    run                    si      su      s       -
    run_step               siu     siu     siu     -
    seal                   siu     su      siu     -
    training_ledger        -       si      si      -
    training_lock          -       -       su      -
    alert                  -       s       -       s
    alert_outcome          -       -       -       s
    alert_reason           -       -       -       s
    current_prediction     -       -       -       s
    decision_change        -       -       -       s
    model_scorecard        -       -       -       s
    night_summary          -       s       -       s
    prediction_history     -       -       -       s
    rejection              -       -       -       s
    score_calibration      -       -       -       s
    verdict                -       -       -       si
    what_if_prediction     -       -       -       s
"""
STEP = {"started_at", "seconds", "counts", "figures", "skipped"}
UPDATED = {
    ("loader", "night_owner"): {"run_id"},
    ("loader", "run_step"): STEP,
    ("loader", "seal"): {"figures"},
    ("scorer", "publication"): {"superseded_at"},
    ("scorer", "run"): {"state", "finished_at", "model_version", "features_seal", "base_log_odds"},
    ("scorer", "run_step"): STEP,
    ("scorer", "seal"): {"bound_at"},
    ("trainer", "run_step"): STEP,
    ("trainer", "seal"): {"bound_at"},
    ("trainer", "training_lock"): {"single"},
}
CALLED = {
    "attach_prediction_partition(bigint)": {"scorer"},
    "attach_reason_partition(bigint)": {"scorer"},
    "attach_partition(bigint,text,text)": set(),
    "champion_at(timestamp with time zone,timestamp with time zone,timestamp with time zone)": {"scorer", "trainer", "analyst"},
    "lock_champions()": {"scorer"},
    "lock_entries()": {"scorer", "trainer"},
    "lock_night(bigint)": {"scorer"},
    "lock_seals()": {"loader", "scorer", "trainer"},
    "make_partition(bigint,text)": set(),
    "make_prediction_partition(bigint)": {"scorer"},
    "make_reason_partition(bigint)": {"scorer"},
    "prediction_as_of(timestamp with time zone)": {"analyst"},
    "refuse_change()": set(),
    "refuse_rewriting()": set(),
    "require_kept(timestamp with time zone)": set(),
    "sign_verdict()": set(),
}
NEVER = "TRUNCATE, REFERENCES, TRIGGER, SELECT WITH GRANT OPTION, INSERT WITH GRANT OPTION"
TRIGGERED = {"refuse_change()", "refuse_rewriting()", "sign_verdict()"}  # nobody calls them but the table they guard
VERBS = {"s": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}
RELATIONS = """SELECT relname, relkind::text FROM pg_class
    WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition"""
COLUMNS = """SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'scoring'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition"""
REFUSED = {"42501", "55000"}  # insufficient privilege; a view that nobody at all can write into


def table() -> dict[tuple[str, str], str]:
    """The letters of each part and relation.

    >>> table()["scorer", "publication"]
    'siu'
    """
    head, *lines = (line.split() for line in RIGHTS.strip().splitlines())
    return {(part, line[0]): letters.strip("-") for line in lines for part, letters in zip(head[1:], line[1:], strict=True)}


@pytest.fixture
def users(world: World) -> Iterator[StepUsers]:
    world.make_tables()
    with step_users(world) as users:
        yield users


def refusal(connection: sa.Connection, statement: str) -> str | None:
    """SQLSTATE with which the statement is refused; nothing of it stays."""
    with connection.begin() as transaction:
        try:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        except sa.exc.DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", None))
        finally:
            transaction.rollback()
    return None


def run_of(world: World, *, published: bool = False) -> Plan:
    """A new run of the night with one score staged."""
    with world.database.begin() as connection:
        plan = runs.plan_of(connection, runs.open_run(connection, as_of(NIGHT)))
    predictions.stage(world.database, plan, Origin("m", None), scores_of(0.5))
    if published:
        predictions.publish(world.database, plan)
    return plan


def test_the_table_names_every_relation_and_function_of_the_schema(users: StepUsers) -> None:
    functions = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'scoring'::regnamespace"
    assert {name for name, _ in users.world.rows(RELATIONS)} == {relation for _, relation in table()}
    assert {str(name).removeprefix("scoring.") for (name,) in users.world.rows(functions)} == set(CALLED)


@pytest.mark.parametrize("part", PARTS)
def test_each_role_may_do_what_the_table_says_and_nothing_else(users: StepUsers, part: str) -> None:
    """As the catalogue says, for the role itself."""
    role, ask = f"nightshift_{part}", users.world.scalar
    for relation, letters in {relation: letters for (whose, relation), letters in table().items() if whose == part}.items():
        may = {verb for verb in "siu" if ask(f"SELECT has_any_column_privilege('{role}', 'scoring.{relation}', '{VERBS[verb]}')")}
        may |= {"d"} if ask(f"SELECT has_table_privilege('{role}', 'scoring.{relation}', 'DELETE')") else set()
        assert may == set(letters), relation
        assert not ask(f"SELECT has_table_privilege('{role}', 'scoring.{relation}', '{NEVER}')"), relation
    calls = {name for name in CALLED if ask(f"SELECT has_function_privilege('{role}', 'scoring.{name}', 'EXECUTE')")}
    assert calls == {name for name, callers in CALLED.items() if part in callers}


@pytest.mark.parametrize("part", PARTS)
def test_each_role_tries_to_change_what_is_not_its_own_and_is_refused(users: StepUsers, part: str) -> None:
    told, columns = table(), [(str(relation), str(column)) for relation, column in users.world.rows(COLUMNS)]
    with users.session(part) as connection:
        for relation, column in columns:
            if column not in UPDATED.get((part, relation), set()):
                assert refusal(connection, f"UPDATE scoring.{relation} SET {column} = DEFAULT") in REFUSED, (relation, column)
        for relation in {relation for relation, _ in columns}:
            tried = {"s": "SELECT * FROM scoring.{}", "i": "INSERT INTO scoring.{} DEFAULT VALUES", "d": "DELETE FROM scoring.{}"}
            for statement in (statement.format(relation) for verb, statement in tried.items() if verb not in told[part, relation]):
                assert refusal(connection, statement) in REFUSED, statement


@pytest.mark.parametrize("part", PARTS)
def test_each_role_tries_what_only_an_owner_may_and_is_refused(users: StepUsers, part: str) -> None:
    kinds = {str(name): "VIEW" if kind == "v" else "TABLE" for name, kind in users.world.rows(RELATIONS)}
    with users.session(part) as connection:
        for relation, kind in kinds.items():
            for statement in ("DROP {} scoring.{} CASCADE", "ALTER {} scoring.{} RENAME TO mine"):
                assert refusal(connection, statement.format(kind, relation)) == "42501", (statement, relation)
            if kind == "TABLE":
                assert refusal(connection, f"TRUNCATE scoring.{relation}") == "42501", relation


@pytest.mark.parametrize("part", PARTS)
def test_no_role_makes_anything_takes_another_role_or_calls_what_is_not_its_own(users: StepUsers, part: str) -> None:
    others = [f"nightshift_{other}" for other in PARTS if other != part]
    owner = users.world.database.url.username
    made = [
        "CREATE TABLE scoring.mine (n int)",
        "CREATE VIEW scoring.mine AS SELECT 1 AS n",
        "CREATE FUNCTION scoring.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SEQUENCE scoring.mine",
        "CREATE TABLE scoring.mine PARTITION OF scoring.prediction FOR VALUES IN ('2026-03-01')",
        "CREATE ROLE mine",
        "ALTER SCHEMA scoring RENAME TO mine",
        "DROP SCHEMA scoring CASCADE",
        *(f"SET ROLE {role}" for role in [*others, owner]),
        *(f"GRANT {role} TO CURRENT_USER" for role in others),
        f"SET SESSION AUTHORIZATION {owner}",
        *(f"SELECT scoring.{call(name)}" for name, callers in CALLED.items() if part not in callers and name not in TRIGGERED),
    ]
    with users.session(part) as connection:
        for statement in made:
            assert refusal(connection, statement) == "42501", statement


def call(function: str) -> str:
    """The function with nothing for each argument.

    >>> call("make_partition(bigint,text)")
    'make_partition(NULL::bigint, NULL::text)'
    """
    name, arguments = function.rstrip(")").split("(")
    return f"{name}({', '.join(f'NULL::{kind}' for kind in arguments.split(',') if kind)})"


SEAL = """INSERT INTO scoring.seal (night, what, version, path, row_count, byte_count, sha256, columns, source_query, source_checksum,
    source_rows, complete, figures, run_id, bound_at)
    VALUES ('{night}', 'labels', 9, 'p', 0, 1, repeat('0', 64), '', '', '', 0, true, '{{}}', {run}, """
RUN = """INSERT INTO scoring.run (night, mode, cutoff, publishes, scheduled, requested_by, backtestable, state, known_through, champion_at,
    in_chain) VALUES ('{night}', 'as-of', now(), true, false, 'x', true, 'published', '{night}', now(), true)"""
LEDGER = """INSERT INTO scoring.training_ledger (night, outcome, reason, run_id, chain_from)
    VALUES ('{night}', 'promoted', 'x', {run}, '{night}')"""
PROMOTION = "INSERT INTO scoring.champion (version, valid_from, assigned_at, reason) VALUES ('m', now(), now(), 'mine')"
STEP_OF = "INSERT INTO scoring.run_step VALUES ({{run}}, '{}', now(), 1, '{{{{}}}}', '{{{{}}}}', NULL)"
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


def test_not_even_the_owner_rewrites_or_empties_what_is_history(users: StepUsers) -> None:
    users.world.change(MODEL)
    run_of(users.world, published=True)
    with users.world.database.engine.connect() as connection:
        for statement in (
            "UPDATE scoring.publication SET row_count = 0",
            "DELETE FROM scoring.publication",
            "TRUNCATE scoring.publication CASCADE",
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
