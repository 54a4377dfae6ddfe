"""A champion that is not what it was is refused in words; the scheduled night withdraws it and goes on with the one before."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from pipeline import one_off
from pipeline.core.errors import CorruptionError, NightshiftError, NoModelError
from pipeline.one_off import Assignment
from tests import ruins
from tests.commanding import nightshift, refused
from tests.learning import RAN, SCORES, models_of, night, noon, run_nights, scored_by
from tests.ruins import MARKER, file_of
from tests.worlds import World

pytestmark = pytest.mark.slow

NIGHT, NEXT = night(RAN), night(RAN + 1)
WITHDRAWALS = "SELECT version, assigned_by, reason, valid_from, assigned_at FROM scoring.champion WHERE kind = 'withdrawal'"
ASSIGNMENTS = "SELECT * FROM scoring.champion ORDER BY assignment_id"
EVENTS = f"SELECT state, model_version, event FROM scoring.night_summary WHERE night = '{NIGHT}'"

CORRUPT, NO_MODEL = CorruptionError.exit_code, NoModelError.exit_code
CASES = [
    (ruins.one_bit_changed, CORRUPT, "in the lake is not what was written there"),
    (ruins.truncated, CORRUPT, "in the lake is not what was written there"),
    (ruins.lost, CORRUPT, "is missing from the lake: restore it from a copy"),
    (ruins.another_models_file, CORRUPT, "in the lake is not what was written there"),
    (ruins.a_pickle, CORRUPT, "in the lake is not what was written there"),
    (ruins.a_pickle_that_the_row_names, CORRUPT, "its registry row is not signed with our key"),
    (ruins.a_signed_pickle, NO_MODEL, "these cannot read its file"),
    (ruins.a_class_under_its_old_name, CORRUPT, "its file holds types that no boosted_trees has"),
    (ruins.an_older_format, NO_MODEL, "these cannot read its file"),
    (ruins.other_libraries, NO_MODEL, "scikit-learn 1.2.0"),
    (ruins.another_view, NO_MODEL, "was trained on view feedfeedfeedfeed"),
    (ruins.another_hash_in_the_row, CORRUPT, "in the lake is not what was written there"),
    (ruins.another_share_in_the_row, CORRUPT, "its registry row is not signed with our key"),
    (ruins.no_manifest_in_the_row, CORRUPT, ": this is not the manifest of a model"),
    (ruins.another_path_in_the_row, CORRUPT, "is missing from the lake"),
]


@pytest.mark.parametrize(("ruin", "code", "words"), CASES, ids=[ruin.__name__ for ruin, _, _ in CASES])
def test_a_ruined_champion_stops_a_night_by_hand_and_is_withdrawn_by_a_scheduled_one(
    world: World, ruin: Callable[[World, str], None], code: int, words: str
) -> None:
    first, second, _ = models_of(world)
    ruin(world, second)

    before = world.rows(ASSIGNMENTS)
    refused(world, code, words, "night", NIGHT)
    assert world.rows(ASSIGNMENTS) == before

    assert run_nights(world, [RAN], scheduled=True) == []
    (withdrawal,) = world.rows(WITHDRAWALS)
    assert withdrawal.version == second
    assert words in withdrawal.reason
    assert withdrawal.assigned_by == f"run {world.scalar('SELECT max(run_id) FROM scoring.run')}"
    told = [("published", first, f"{second} was refused and withdrawn: {withdrawal.reason}")]
    assert world.rows(EVENTS) == told

    scores = world.rows(SCORES)
    assert run_nights(world, [RAN], scheduled=True) == []
    assert world.rows(SCORES) == scores
    assert world.rows(EVENTS) == told
    assert len(world.rows(WITHDRAWALS)) == 1
    assert not (world.home / MARKER).exists()


def test_the_night_after_a_withdrawal_is_scored_by_the_earlier_champion_and_by_hand_as_well(world: World) -> None:
    first, second, _ = models_of(world)
    ruins.lost(world, second)
    assert run_nights(world, [RAN], scheduled=True) == []
    assert run_nights(world, [RAN + 1]) == []
    assert scored_by(world) == {night(6): first, night(7): second, NIGHT: first, NEXT: first}
    assert world.rows(f"SELECT event FROM scoring.night_summary WHERE night = '{NEXT}'") == [(None,)]


def test_two_ruined_models_are_both_withdrawn_and_the_night_tells_of_both(world: World) -> None:
    first, second, third = models_of(world)
    with world.house(noon(RAN)) as house:
        one_off.promote(house, third, Assignment("a person", "it is newer"))
    ruins.lost(world, third)
    ruins.truncated(world, second)
    assert run_nights(world, [RAN], scheduled=True) == []
    assert [row.version for row in world.rows(WITHDRAWALS)] == [third, second]
    ((_, model, event),) = world.rows(EVENTS)
    assert model == first
    assert str(event).index(f"{third} was refused") < str(event).index(f"{second} was refused")


def test_where_all_are_refused_none_is_withdrawn_and_the_fault_may_be_mended(world: World) -> None:
    _, second, _ = models_of(world)
    key = world.home / ".nightshift" / "signing.key"
    right = key.read_bytes()
    key.write_bytes(secrets.token_bytes(len(right)))
    before = world.rows(ASSIGNMENTS)
    (refusal,) = run_nights(world, [RAN], scheduled=True)
    assert_refused(refusal, NO_MODEL, f"no model may score night {NIGHT}: model {second}: its registry row is not signed with our key")
    refused(world, CORRUPT, "signing_key_file is another: put the row or the key back", "night", NIGHT)
    assert world.rows(ASSIGNMENTS) == before
    assert NIGHT not in scored_by(world)

    key.write_bytes(right)
    assert run_nights(world, [RAN], scheduled=True) == []
    assert scored_by(world)[NIGHT] == second


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_night_published_before_is_never_scored_by_another_model(world: World, scheduled: bool) -> None:
    first, second, _ = models_of(world)
    before, assignments = world.rows(SCORES), world.rows(ASSIGNMENTS)
    ruins.lost(world, second)
    (refusal,) = run_nights(world, [RAN - 1], scheduled=scheduled)
    assert_refused(refusal, CORRUPT, "is missing from the lake: restore it from a copy")
    assert world.rows(SCORES) == before
    assert world.rows(ASSIGNMENTS) == assignments
    assert run_nights(world, [RAN - 2], scheduled=scheduled) == []
    assert scored_by(world) == {night(RAN - 2): first, night(RAN - 1): second}


def test_a_withdrawn_model_whose_file_is_back_may_be_promoted_again_and_scores(world: World) -> None:
    _, second, _ = models_of(world)
    payload = file_of(world, second).read_bytes()
    ruins.lost(world, second)
    assert run_nights(world, [RAN], scheduled=True) == []
    refused(world, CORRUPT, "is missing from the lake", "promote", second, "--reason", "again")
    file_of(world, second).write_bytes(payload)
    assert nightshift("promote", second, "--reason", "again").code == 0
    (told,) = [line.split() for line in nightshift("models").out.splitlines() if second in line]
    assert told[3] == "champion"


def test_a_model_of_another_view_is_not_promoted(world: World) -> None:
    *_, third = models_of(world)
    ruins.another_view(world, third)
    before = world.rows(ASSIGNMENTS)
    refused(world, NO_MODEL, "set the view back, or train a model on the new one", "promote", third, "--reason", "it is newer")
    assert world.rows(ASSIGNMENTS) == before


def assert_refused(refusal: NightshiftError, code: int, words: str) -> None:
    """The refusal has this exit code and says this."""
    assert refusal.exit_code == code
    assert words in str(refusal)
