"""Who is champion when, on two axes: what a person assigns, what training assigns, and what nobody moves."""

from __future__ import annotations

import datetime as dt
from itertools import starmap

import pytest
import sqlalchemy as sa

from pipeline import one_off, steps
from pipeline.core.errors import StaleRunError
from pipeline.core.night import Night
from pipeline.data import registry
from pipeline.one_off import Assignment
from tests.commanding import nightshift, refused
from tests.learning import HOUR, RAN, ledger, models_of, night, noon, run_nights, scored_by
from tests.oracles.champions import Assigned, champion_at
from tests.worlds import World

pytestmark = pytest.mark.slow

INSTANT = dt.timedelta(microseconds=1)
ASSIGNMENTS = "SELECT * FROM scoring.champion ORDER BY assignment_id"
HISTORY = "SELECT kind, version, valid_from, assigned_at FROM scoring.champion ORDER BY assignment_id"
RESTRICTED = "23001"  # restrict_violation
PERSON = Assignment("a person", "a reason")


def promoted(world: World, at: dt.datetime, version: str) -> None:
    with world.house(at) as house:
        one_off.promote(house, version, PERSON)


def rolled_back(world: World, at: dt.datetime) -> one_off.Rollback:
    with world.house(at) as house:
        return one_off.rollback(house, "a person", "a reason")


def told(world: World, valid_at: dt.datetime, known_at: dt.datetime) -> str | None:
    with world.database.begin() as connection:
        standing = registry.champion_at(connection, valid_at, known_at)
    return standing.version if standing else None


def test_promoted_rolled_back_promoted_again_and_corrected_later_every_pair_of_instants_has_its_champion(world: World) -> None:
    first, second, third = models_of(world)
    start, earlier, much_later = noon(RAN), noon(RAN - 1) + HOUR, noon(RAN + 5)
    promoted(world, start, third)
    assert rolled_back(world, start + 2 * HOUR) == one_off.Rollback(third, second, [])
    promoted(world, start + 4 * HOUR, third)
    with world.database.begin() as connection:
        registry.promote(connection, registry.Promotion(first, earlier, much_later, "a person", "it should have been the first"))

    soon = start + 5 * HOUR
    assert [told(world, start + hours * HOUR, soon) for hours in (0, 1, 3, 5)] == [second, third, second, third]
    assert [told(world, start + hours * HOUR, much_later) for hours in (0, 1, 3, 5)] == [first, third, first, third]
    assert told(world, start + 3 * HOUR, start + HOUR) == third, "as we knew it before the rollback"
    assert told(world, soon, start + 3 * HOUR) == second, "as we knew it before it was promoted again"

    history = list(starmap(Assigned, world.rows(HISTORY)))
    instants = sorted(
        {moment + by for one in history for moment in (one.valid_from, one.assigned_at) for by in (-INSTANT, 0 * INSTANT, INSTANT)}
    )
    assert len(instants) > 20
    for valid_at in instants:
        for known_at in instants:
            assert told(world, valid_at, known_at) == champion_at(history, valid_at, known_at), (valid_at, known_at)


@pytest.mark.parametrize("statement", ["UPDATE {table} SET reason = 'another'", "DELETE FROM {table}"])
@pytest.mark.parametrize("table", ["scoring.champion", "scoring.training_ledger", "scoring.excluded_night"])
def test_what_was_entered_is_neither_changed_nor_deleted(world: World, table: str, statement: str) -> None:
    assert nightshift("train", "--exclude", night(RAN + 3), "--reason", "a test file in it").code == 0
    before = world.rows(f"SELECT * FROM {table}")
    assert before
    with (
        pytest.raises(sa.exc.IntegrityError, match=f"{table} is append-only: enter a new row") as refusal,
        world.database.engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement.format(table=table))
    assert getattr(refusal.value.orig, "sqlstate", None) == RESTRICTED
    assert world.rows(f"SELECT * FROM {table}") == before


def test_neither_a_backfill_nor_a_night_that_fails_moves_the_champion_of_another_night(world: World) -> None:
    before = world.rows(ASSIGNMENTS)
    assert nightshift("backfill", night(2), night(RAN - 1)).code == 0
    start, end = Night.parse(night(RAN)).start, Night.parse(night(RAN)).end
    world.change(f"UPDATE transactions SET amount = -1 WHERE recorded_at >= '{start}' AND recorded_at < '{end}' AND transaction_id % 5 < 3")
    refused(world, 3, "gate transactions", "night", night(RAN))
    assert world.rows(ASSIGNMENTS) == before
    assert ledger(world)[night(RAN)][0] == "skipped"


def test_a_model_that_a_person_promotes_scores_from_the_night_in_which_that_was_and_no_published_night_again(world: World) -> None:
    first, second, third = models_of(world)
    promoted(world, noon(RAN), third)
    assert run_nights(world, range(RAN - 2, RAN + 1)) == []
    assert scored_by(world) == {night(RAN - 2): first, night(RAN - 1): second, night(RAN): third}


def test_what_training_promotes_at_the_end_of_a_night_gives_way_to_what_a_person_promotes_after_it(world: World) -> None:
    """The nightly promotion counts from the end of its night, however late it is trained; the clock of a person is later."""
    first, *_ = models_of(world)
    assert run_nights(world, range(RAN, RAN + 7)) == []  # enough nights to compare on: the newest were promoted
    last = night(RAN + 6)
    assert ledger(world)[last][0] == "promoted"
    nightly = str(world.scalar(f"SELECT challenger FROM scoring.night_summary WHERE night = '{last}'"))
    end = Night.parse(last).end
    promoted(world, end + HOUR, first)
    assert told(world, end + INSTANT, end + HOUR) == nightly
    assert told(world, end + 2 * HOUR, end + 2 * HOUR) == first
    assert run_nights(world, [RAN + 7]) == []
    assert scored_by(world)[night(RAN + 7)] == first

    outcome, reason = ledger(world)[night(RAN + 7)]
    assert (outcome, first in reason) == ("promoted", True), "the next challenger was held against the person's model and replaces it"
    assert run_nights(world, [RAN + 8]) == []
    assert scored_by(world)[night(RAN + 8)] == str(
        world.scalar(f"SELECT challenger FROM scoring.night_summary WHERE night = '{night(RAN + 7)}'")
    )


def test_a_rollback_while_a_scheduled_night_is_under_way_keeps_it_from_being_published_with_the_withdrawn_model(world: World) -> None:
    first, second, _ = models_of(world)
    one = Night.parse(night(RAN))
    with world.house(one.end + HOUR) as house:
        run_id = steps.plan(house, one, scheduled=True, requested_by="test")
        for step in (steps.extract, steps.build_features, steps.score, steps.judge):
            step(house, run_id)
        assert rolled_back(world, one.end + HOUR).withdrawn == second
        with pytest.raises(StaleRunError, match=f"scored with {second}, which was withdrawn since: nothing is published"):
            steps.publish(house, run_id)
    assert night(RAN) not in scored_by(world)
    assert run_nights(world, [RAN], scheduled=True) == []
    assert scored_by(world)[night(RAN)] == first


def test_without_any_model_left_a_night_says_what_to_promote(world: World) -> None:
    first, second, third = models_of(world)
    assert rolled_back(world, noon(RAN)) == one_off.Rollback(second, first, rolled_back_publications(world, second))
    assert rolled_back(world, noon(RAN) + HOUR).champion is None
    refused(world, 2, "there is no champion to withdraw: 'nightshift models' lists the models", "rollback", "--reason", "a third time")
    refused(world, 6, "each was withdrawn: promote one with 'nightshift promote VERSION --reason …'", "night", night(RAN))
    promoted(world, noon(RAN) + 2 * HOUR, third)
    assert run_nights(world, [RAN]) == []
    assert scored_by(world)[night(RAN)] == third


def rolled_back_publications(world: World, version: str) -> list[registry.Made]:
    with world.database.begin() as connection:
        return registry.publications_of(connection, version)
