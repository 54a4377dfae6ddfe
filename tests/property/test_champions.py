"""The champion against a slow twin: whatever was promoted and withdrawn, at every pair of instants and with every late withdrawal."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracles.champions import Assigned, champion_at
from tests.worlds import World

EPOCH = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LAST = 5  # instants are hours from 0 to this
INSTANTS = st.integers(0, LAST)
ASSIGNED = st.builds(Assigned, st.sampled_from(["promotion", "promotion", "withdrawal"]), st.sampled_from("abc"), INSTANTS, INSTANTS)
ENTER = """INSERT INTO scoring.champion (kind, version, valid_from, assigned_at, reason)
    VALUES (:kind, :version, :epoch + :valid_from * interval '1 hour', :epoch + :assigned_at * interval '1 hour', 'drawn')"""
ASK = """
    SELECT valid_at, known_at, withdrawals, version
    FROM generate_series(0, :last + 1) AS valid_at, generate_series(-1, :last) AS known_at,
        (SELECT generate_series(-1, :last) UNION ALL SELECT NULL) AS late (withdrawals)
    LEFT JOIN LATERAL scoring.champion_at(:epoch + valid_at * interval '1 hour', :epoch + known_at * interval '1 hour',
        :epoch + withdrawals * interval '1 hour') ON true"""


@pytest.fixture
def connection(world: World) -> Iterator[sa.Connection]:
    """A connection to a warehouse with three models and no champion."""
    world.make_tables()
    world.change(
        """INSERT INTO scoring.model_version (version, night, view, learner, path, sha256, hmac, manifest)
        SELECT version, '2026-01-01', 'v', 'l', 'p', repeat('0', 64), repeat('0', 64), '{}' FROM unnest('{a, b, c}'::text[]) AS version"""
    )
    with world.database.engine.connect() as connection:
        yield connection


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(ASSIGNED, max_size=8))
def test_at_every_pair_of_instants_the_champion_is_who_the_slow_twin_says(connection: sa.Connection, history: list[Assigned]) -> None:
    with connection.begin() as transaction:
        enter(connection, history)
        told = answers(connection)
        transaction.rollback()
    assert len(told) == (LAST + 2) ** 2 * (LAST + 3)
    assert told == {asked: champion_at(history, *asked) for asked in told}


@pytest.mark.slow
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(ASSIGNED, max_size=6), later=st.lists(ASSIGNED, min_size=1, max_size=3))
def test_what_is_assigned_later_changes_no_earlier_knowledge(
    connection: sa.Connection, history: list[Assigned], later: list[Assigned]
) -> None:
    until = max((one.assigned_at for one in history), default=-1)
    with connection.begin() as transaction:
        enter(connection, history)
        before = answers(connection)
        enter(connection, [dataclasses.replace(one, assigned_at=one.assigned_at + until + 1) for one in later])
        after = answers(connection)
        transaction.rollback()
    for (valid_at, known_at, withdrawals), version in before.items():
        if max(known_at, -1 if withdrawals is None else withdrawals) <= until:
            assert after[valid_at, known_at, withdrawals] == version


def enter(connection: sa.Connection, history: Iterable[Assigned]) -> None:
    for one in history:
        connection.execute(sa.text(ENTER), {**vars(one), "epoch": EPOCH})


def answers(connection: sa.Connection) -> dict[tuple[int, int, int | None], str | None]:
    """The champion by `valid_at`, `known_at` and the last withdrawal that is honoured."""
    rows = connection.execute(sa.text(ASK), {"epoch": EPOCH, "last": LAST})
    return {(row.valid_at, row.known_at, row.withdrawals): row.version for row in rows}
