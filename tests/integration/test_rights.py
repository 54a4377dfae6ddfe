"""Each role may do in the schema `scoring` what the table of rights says, and is refused whatever else it tries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rights import CALLED, COLUMNS, NEVER, REFUSED, RELATIONS, TRIGGERED, UPDATED, VERBS, call, refusal, table
from tests.step_users import PARTS, StepUsers, step_users
from tests.worlds import World


@pytest.fixture
def users(world: World) -> Iterator[StepUsers]:
    world.make_tables()
    with step_users(world) as users:
        yield users


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
