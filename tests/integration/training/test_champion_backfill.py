"""A champion until the eleventh night and another from the twelfth on: what a night of the first says when it runs again, and to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from pipeline import one_off
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.one_off import Assignment
from tests.commanding import Template, nightshift, refused
from tests.learning import RAN, ROWS, SCORES, Rows, models_of, night, noon, run_nights, scored_by
from tests.worlds import World

pytestmark = pytest.mark.slow

OLD, HANDOVER, LAST = 8, 11, 12  # places, from 0: the first champion has scored since RAN - 1
REGISTRY = ("champion", "model_version", "training_ledger", "excluded_night")
SUMMARY = "SELECT mode, mode_because, model_version, model_knew_later FROM scoring.night_summary WHERE night = '{}'"
WHAT_IF = "SELECT transaction_id, score FROM scoring.what_if_prediction WHERE reason = '{}' ORDER BY transaction_id"


@dataclass(frozen=True)
class Handed:
    """Thirteen nights, their two champions, what they published, and the registry as it stood then."""

    world: World
    first: str
    second: str
    scores: Rows
    registry: Mapping[str, object]


def registry(world: World) -> Mapping[str, object]:
    """Every row of the registry, with where it lies and what wrote it, so that none was even rewritten; and the files of the models."""
    tables = {name: world.rows(f"SELECT ctid, xmin, {name}::text FROM scoring.{name} ORDER BY ctid") for name in REGISTRY}
    models = (world.home / ".nightshift" / "lake" / "models").rglob("*")
    return {**tables, **{str(path): path.read_bytes() for path in models if path.is_file()}}


@pytest.fixture(scope="module")
def lived(chain: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handed]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = chain.copy(tmp_path_factory.mktemp("handover"), monkeypatch)
        assert run_nights(world, range(RAN, HANDOVER)) == []
        first, second = scored_by(world)[night(OLD)], models_of(world)[-1]
        with world.house(noon(HANDOVER)) as house:
            one_off.promote(house, second, Assignment("a person", "it knows three nights more"))
        assert run_nights(world, range(HANDOVER, LAST + 1)) == []
        yield Handed(world, first, second, world.rows(SCORES), registry(world))
        world.database.engine.dispose()


@pytest.fixture
def handed(lived: Handed, monkeypatch: pytest.MonkeyPatch) -> Handed:
    """Those nights, in effect."""
    monkeypatch.setenv(CONFIG_VARIABLE, str(lived.world.home / "nightshift.toml"))
    return lived


def summary(handed: Handed) -> list[tuple[object, ...]]:
    return [tuple(row) for row in handed.world.rows(SUMMARY.format(night(OLD)))]


def in_mode(mode: str, reason: str, *more: str) -> tuple[str, ...]:
    return ("night", night(OLD), "--mode", mode, "--reason", reason, *more)


def test_the_first_champion_scored_the_nights_before_the_handover_and_the_second_those_after_it(handed: Handed) -> None:
    by_first, by_second = map(night, range(RAN - 1, HANDOVER)), map(night, range(HANDOVER, LAST + 1))
    told = {day: version for day, version in scored_by(handed.world).items() if day >= night(RAN - 1)}
    assert told == dict.fromkeys(by_first, handed.first) | dict.fromkeys(by_second, handed.second)
    assert handed.first != handed.second


def test_a_backfill_across_the_handover_gives_each_night_its_own_champion_and_the_same_bits(handed: Handed) -> None:
    assert nightshift("backfill", night(OLD), night(HANDOVER)).code == 0
    assert handed.world.rows(SCORES) == handed.scores
    assert summary(handed) == [("as-of", None, handed.first, False)]
    assert registry(handed.world) == handed.registry


def test_what_the_second_champion_would_have_said_is_kept_beside_and_nothing_is_published(handed: Handed) -> None:
    publications = handed.world.rows("SELECT * FROM scoring.publication ORDER BY night, run_id")
    assert nightshift(*in_mode("what-if", "would it have seen them?", "--model", handed.second)).code == 0
    assert handed.world.rows("SELECT * FROM scoring.publication ORDER BY night, run_id") == publications
    assert handed.world.rows(SCORES) == handed.scores
    told = [tuple(row) for row in handed.world.rows(WHAT_IF.format("would it have seen them?"))]
    published = [(row.transaction_id, row.score) for row in handed.scores if str(row.night) == night(OLD)]
    assert [key for key, _ in told] == [key for key, _ in published]
    assert sum(score != standing for (_, score), (_, standing) in zip(told, published, strict=True)) > ROWS / 2
    assert registry(handed.world) == handed.registry


def test_a_correction_is_made_once_for_a_reason_and_again_for_a_fresh_one(handed: Handed) -> None:
    """Airflow's 'Clear' repeats a run with its old parameters."""
    for reason in ("a bank reversed its labels", "it reversed more of them"):
        assert nightshift(*in_mode("corrected", reason)).code == 0
        assert summary(handed) == [("corrected", reason, handed.second, True)]
        refused(handed.world, 2, f"was run for the reason '{reason}' before", *in_mode("corrected", reason))
    assert registry(handed.world) == handed.registry

    assert nightshift("night", night(OLD)).code == 0
    assert handed.world.rows(SCORES) == handed.scores, "as-of the night says again what it said at first"
    assert registry(handed.world) == handed.registry
