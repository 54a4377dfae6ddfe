"""Each step runs as a login that is a member of its role alone, and publishes to the bit what the owner would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline import steps
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from tests.commanding import LAST, NEXT, SCORED, nightshift, says
from tests.step_users import STEPS, StepUsers, step_users
from tests.worlds import World

PUBLISHED = "SELECT night, transaction_id, score, alert_rank, model_version FROM scoring.current_prediction ORDER BY night, transaction_id"
CHAMPION = "SELECT version FROM scoring.champion_at(now(), now(), now())"
REASONS = "SELECT night, transaction_id, place, feature, contribution FROM scoring.alert_reason ORDER BY 1, 2, 3"


@pytest.fixture
def users(behind: World) -> Iterator[StepUsers]:
    with step_users(behind) as users:
        yield users


def run(users: StepUsers, day: str, monkeypatch: pytest.MonkeyPatch, *, scheduled: bool = False) -> int:
    """The night, each step by the login of its role."""
    night = Night.parse(day)
    with users.become(STEPS["plan"], monkeypatch), users.world.house() as house:
        run_id = steps.plan(house, night, scheduled=scheduled, requested_by="test")
    for name, part in STEPS.items():
        if name != "plan":
            with users.become(part, monkeypatch), users.world.house() as house:
                getattr(steps, name)(house, run_id)
    return run_id


@pytest.mark.slow
def test_nights_run_by_the_logins_of_the_roles_equal_those_of_the_owner(users: StepUsers, monkeypatch: pytest.MonkeyPatch) -> None:
    world = users.world
    for day in (NEXT, LAST, SCORED):  # new, new and measured, and published once more
        run(users, day, monkeypatch, scheduled=day == NEXT)
    by_roles, reasons = world.rows(PUBLISHED), world.rows(REASONS)
    assert [str(row.night) for row in world.rows("SELECT DISTINCT night FROM scoring.current_prediction ORDER BY 1")] == [
        SCORED,
        NEXT,
        LAST,
    ]
    assert world.scalar(f"SELECT training FROM scoring.night_summary WHERE night = '{LAST}'") in {"promoted", "kept"}
    for day in (NEXT, LAST, SCORED):
        world.run(day)
    assert world.rows(PUBLISHED) == by_roles
    assert world.rows(REASONS) == reasons
    assert reasons


def test_a_step_by_a_login_of_another_role_is_refused_in_words(users: StepUsers, monkeypatch: pytest.MonkeyPatch) -> None:
    with users.become("scorer", monkeypatch), users.world.house() as house, pytest.raises(UsageError, match="lacks a right"):
        steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
    with users.become("loader", monkeypatch), users.world.house() as house:
        run_id = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
        steps.extract(house, run_id)
        steps.build_features(house, run_id)
        with pytest.raises(UsageError, match="lacks a right"):
            steps.score(house, run_id)
    assert users.world.scalar("SELECT count(*) FROM scoring.publication WHERE superseded_at IS NULL") == 1


@pytest.mark.slow
def test_models_are_trained_promoted_and_rolled_back_by_the_trainers_login_and_no_other(
    users: StepUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = users.world.scalar(CHAMPION)
    with users.become("trainer", monkeypatch):
        trained = nightshift("train", "--until", SCORED, "--learner", "linear_sgd")
        assert trained.code == 0, trained.err
        second = users.world.scalar("SELECT version FROM scoring.model_version ORDER BY recorded_at DESC LIMIT 1")
        assert nightshift("promote", str(second), "--reason", "new terminals").code == 0
        assert users.world.scalar(CHAMPION) == second != first
        assert nightshift("rollback", "--reason", "a mistake").code == 0
        assert users.world.scalar(CHAMPION) == first
    for part in ("loader", "analyst"):
        with users.become(part, monkeypatch):
            says(2, "lacks a right", "rollback", "--reason", "curious")
    assert users.world.scalar(CHAMPION) == first
