"""The chain of models is a function of the nights: whatever the order, the company and the number of runs."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pipeline import one_off
from pipeline.core.errors import BusyError
from tests.conftest import CHECKOUT
from tests.learning import MODELS, SCORES, Rows, learning_world, ledger, night, run_nights
from tests.worlds import World

pytestmark = pytest.mark.slow

NIGHTS = 30
WORKERS = 3
PARTITIONS = "SELECT night, sha256, row_count FROM scoring.seal WHERE what = 'reservoir' AND bound_at IS NOT NULL ORDER BY night"


@dataclass(frozen=True)
class Told:
    """What thirty nights gave, run once in order."""

    world: World
    models: Rows
    scores: Rows
    partitions: Rows
    ledger: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def told(make: Callable[[str], World]) -> Told:
    world = learning_world(make("in_order"), NIGHTS)
    assert run_nights(world, range(NIGHTS)) == []
    return Told(world, world.rows(MODELS), world.rows(SCORES), world.rows(PARTITIONS), ledger(world))


def test_the_chain_has_a_member_a_night_and_most_of_them_became_champion(told: Told) -> None:
    outcomes = [outcome for outcome, _ in told.ledger.values()]
    assert len(told.models) >= NIGHTS - 7
    assert outcomes.count("promoted") > NIGHTS / 2
    assert len({row.model_version for row in told.scores}) > NIGHTS / 2


def test_run_by_several_at_once_in_any_order_the_chain_and_its_scores_are_the_same(make: Callable[[str], World], told: Told) -> None:
    world = learning_world(make("parallel"), NIGHTS)
    run_nights(world, [0])
    places = [str(place) for place in range(1, NIGHTS)]
    random.Random(7).shuffle(places)  # any order will do
    worker = [sys.executable, "-m", "tests.integration.training.worker"]
    running = [subprocess.Popen([*worker, *places[one::WORKERS]], cwd=CHECKOUT) for one in range(WORKERS)]
    assert [process.wait() for process in running] == [0] * WORKERS
    assert world.rows(MODELS) == told.models
    assert world.rows(SCORES) == told.scores
    assert world.rows(PARTITIONS) == told.partitions
    assert ledger(world) == told.ledger


def test_run_twice_the_chain_and_its_scores_are_the_same(told: Told, in_effect: Callable[[World], None]) -> None:
    in_effect(told.world)
    before = told.world.rows("SELECT * FROM scoring.champion ORDER BY assignment_id")
    assert run_nights(told.world, range(NIGHTS)) == []
    assert told.world.rows(MODELS) == told.models
    assert told.world.rows(SCORES) == told.scores
    assert told.world.rows("SELECT * FROM scoring.champion ORDER BY assignment_id") == before


def test_rebuilt_from_its_manifest_every_model_has_the_same_hash(told: Told, in_effect: Callable[[World], None]) -> None:
    in_effect(told.world)
    with told.world.house() as house:
        assert {row.version: one_off.rebuild(house, row.version) for row in told.models} == {row.version: row.sha256 for row in told.models}


def test_a_night_does_not_score_before_the_night_before_it_was_trained(told: Told, make: Callable[[str], World]) -> None:
    world = learning_world(make("gap"), 4)
    run_nights(world, [0])
    (refusal,) = run_nights(world, [3])
    assert isinstance(refusal, BusyError)
    assert f"run 'nightshift backfill {night(1)} {night(2)}' first" in str(refusal)
    assert run_nights(world, [1, 2, 3]) == []
