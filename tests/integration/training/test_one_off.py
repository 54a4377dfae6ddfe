"""Models on request, by the commands: trained, compared, promoted with a rule, rebuilt, taken back; and nights that live on them alone."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import one_off
from pipeline.core.night import Night
from pipeline.one_off import Assignment
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learners import LEARNERS
from tests import ruins
from tests.commanding import Template, nightshift, says
from tests.learning import HOUR, LEARNING, RAN, ROWS, learning_world, ledger, models_of, night, noon, run_nights, scored_by
from tests.worlds import World, label

pytestmark = pytest.mark.slow

UNTIL = night(RAN - 1)
ASSIGNMENTS = "SELECT version, kind, reason, expires_when, retrains FROM scoring.champion ORDER BY assignment_id"
VERSION = re.compile(r"2026-03-\d\d-boosted_trees-[0-9a-f]{8}")


@pytest.fixture(scope="module")
def grown(chain: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """The same nights and nine more, so that a model of the eighth has a week to be compared on."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = chain.copy(tmp_path_factory.mktemp("grown"), monkeypatch)
        assert run_nights(world, range(RAN, RAN + 9)) == []
        world.database.engine.dispose()
        yield Template(world, chain.postgres, LEARNING)


@pytest.fixture
def older(grown: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of the grown world, to do with as the test likes."""
    copied = grown.copy(tmp_path, monkeypatch)
    yield copied
    copied.database.engine.dispose()


def done(*words: str) -> list[str]:
    """What a command that succeeds answers, line by line."""
    outcome = nightshift(*words)
    assert outcome.code == 0, outcome
    return outcome.out.splitlines()


def promoted(world: World, place: int, version: str, rule: str | None = None, *, retrains: bool = False) -> None:
    """Promoted by a person at noon of that night."""
    with world.house(noon(place)) as house:
        one_off.promote(house, version, Assignment("a person", "a reason", rule, retrains))


def event_of(world: World, place: int) -> object:
    return world.scalar(f"SELECT event FROM scoring.night_summary WHERE night = '{night(place)}'")


# --- trained, compared, promoted


def test_a_model_on_request_is_trained_compared_and_left_alone_until_it_is_promoted(older: World) -> None:
    before = older.rows(ASSIGNMENTS)
    trained, compared, then = done("train", "--until", UNTIL)
    version = VERSION.match(trained).group()  # type: ignore[union-attr]
    assert version.startswith(UNTIL)
    assert f"{6 * ROWS:,} rows, 180 frauds" in trained
    assert re.match("(EQUIVALENT|BETTER): not_worse: champion.difference.low is ", compared)
    assert then == f"it is not champion: 'nightshift promote {version} --reason …' makes it that"
    assert older.rows(ASSIGNMENTS) == before

    assert done("train", "--until", UNTIL)[0].startswith(f"{version}: "), "the same request, the same model"
    (told,) = done("promote", version, "--reason", "new terminals", "--expires-when", "age>1440h")
    assert told == f"{version} is champion from now on, until age > 60d"
    assert older.rows(ASSIGNMENTS) == [*before, (version, "promotion", "new terminals", "age > 60d", False)]
    assert [line.split()[3] for line in done("models") if version in line] == ["champion"]


def test_fewer_nights_are_another_model_of_fewer_rows(world: World) -> None:
    all_of_them, fewer = done("train", "--until", UNTIL)[0], done("train", "--until", UNTIL, "--nights", "5")[0]
    assert f"{5 * ROWS:,} rows, 150 frauds" in fewer
    assert VERSION.match(fewer).group() != VERSION.match(all_of_them).group()  # type: ignore[union-attr]


def test_trained_and_promoted_in_one_go(older: World) -> None:
    words = ["--promote", "--reason", "one go", "--expires-when", "average_precision < 0.55", "--retrain-when-expired"]
    *_, told = done("train", "--until", UNTIL, *words)
    version = VERSION.match(told).group()  # type: ignore[union-attr]
    assert told == f"{version} is champion from now on"
    assigned, kind, reason, *rule = older.rows(ASSIGNMENTS)[-1]
    assert (assigned, kind, *rule) == (version, "promotion", "average_precision < 0.55", True)
    assert re.match("one go; (EQUIVALENT|BETTER): not_worse: champion.difference.low is ", str(reason)), "the verdict stands beside it"


def test_a_model_that_the_comparison_calls_worse_is_not_promoted_unless_a_person_insists(world: World) -> None:
    """Half a night is called fraud from then on: the model has not seen the like, and nor has the champion."""
    for place in range(RAN, RAN + 9):
        late = Night.parse(night(place)).start + 20 * HOUR
        world.insert("labels", [label(1000 * place + number, late) for number in range(30, ROWS // 2)])
    assert run_nights(world, range(RAN, RAN + 9)) == []
    before = world.rows(ASSIGNMENTS)
    outcome = nightshift("train", "--until", UNTIL, "--promote", "--reason", "a try")
    assert outcome.code == 3
    version = VERSION.search(outcome.out).group()  # type: ignore[union-attr]
    assert f"{version} is not promoted, it is WORSE: " in outcome.err
    assert f"'nightshift promote {version} --reason …' does it all the same" in outcome.err
    assert world.rows(ASSIGNMENTS) == before
    assert done("promote", version, "--reason", "all the same") == [f"{version} is champion from now on"]


def test_a_champion_that_is_lost_does_not_keep_the_model_that_replaces_it_from_being_trained(world: World) -> None:
    _, second, _ = models_of(world)
    ruins.lost(world, second)
    _, compared, told = done("train", "--until", UNTIL, "--promote", "--reason", "the file is lost")
    assert compared.startswith("NOT ENOUGH DATA: there is nothing to compare with, the champion of then is refused: ")
    assert told.endswith("is champion from now on")


def test_with_too_few_frauds_nothing_is_trained(world: World) -> None:
    says(6, "30 frauds have matured and a first model needs 100", "train", "--until", UNTIL, "--nights", "1")
    assert len(models_of(world)) == 3


# --- wrong use

REASON = ("--reason", "why")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["train"], "say what to train: one of --until DAY, --rebuild VERSION, --exclude NIGHT"),
        (["train", "--until", UNTIL, "--exclude", UNTIL, *REASON], "say what to train: one of"),
        (["train", "--until", UNTIL, "--rebuild", "x"], "say what to train: one of"),
        (["train", "--rebuild", "x", "--promote", *REASON], "belong to --until DAY: leave them out"),
        (["train", "--exclude", UNTIL, "--nights", "3", *REASON], "belong to --until DAY: leave them out"),
        (["train", "--until", UNTIL, "--promote"], "--promote needs a --reason"),
        (["train", "--until", UNTIL, "--promote", "--reason", " "], "--promote needs a --reason"),
        (["train", "--exclude", UNTIL], "--exclude needs a --reason"),
        (["train", "--until", UNTIL, "--expires-when", "age > 60d"], "a rule of expiry belongs to a promotion: add --promote"),
        (["train", "--until", UNTIL, "--promote", *REASON, "--expires-when", "precision < 1"], "did you mean average_precision?"),
        (
            ["train", "--until", UNTIL, "--promote", *REASON, "--retrain-when-expired"],
            "say when the model expires, for example 'age > 60d'",
        ),
        (["train", "--until", UNTIL, "--learner", "oracle"], "there is no learner 'oracle': choose one of boosted_trees"),
        (["train", "--until", UNTIL, "--nights", "0"], "--nights"),
        (["train", "--until", night(RAN)], f"training has not seen night {night(RAN)}: it has entries from {night(0)} to {UNTIL}"),
        (["train", "--until", "yesterday"], "YYYY-MM-DD"),
        (["train", "--rebuild", "2026-03-07"], "there is no model '2026-03-07': 'nightshift models' lists them"),
        (["promote", "2026-03-07", *REASON], "there is no model '2026-03-07': 'nightshift models' lists them"),
        (["promote", "2026-03-07"], "--reason"),
        (["promote", "2026-03-07", "--reason", ""], "promote needs a --reason"),
        (["rollback"], "--reason"),
        (["rollback", "--reason", ""], "rollback needs a --reason"),
    ],
    ids=lambda words: " ".join(words)[:60] if isinstance(words, list) else "",
)
def test_wrong_use_is_one_line_that_says_what_would_be_right_and_changes_nothing(world: World, words: list[str], line: str) -> None:
    before = world.rows(ASSIGNMENTS), models_of(world), world.rows("SELECT * FROM scoring.excluded_night")
    says(2, line, *words)
    assert (world.rows(ASSIGNMENTS), models_of(world), world.rows("SELECT * FROM scoring.excluded_night")) == before


# --- rebuilt


def test_a_model_is_rebuilt_to_the_same_hash_also_without_its_parent(world: World) -> None:
    _, second, third = models_of(world)
    ruins.lost(world, second)
    sha256 = world.scalar(f"SELECT sha256 FROM scoring.model_version WHERE version = '{third}'")
    assert world.scalar(f"SELECT parent FROM scoring.model_version WHERE version = '{third}'") == second
    assert done("train", "--rebuild", third) == [f"{third} rebuilt: the same hash, {sha256}"]


@pytest.mark.parametrize(("change", "words"), [(Path.unlink, "is missing"), (lambda path: path.write_bytes(b"other"), "is not what was")])
def test_a_partition_of_the_reservoir_that_is_lost_or_changed_is_named(world: World, change: object, words: str) -> None:
    *_, third = models_of(world)
    path = world.scalar(f"SELECT path FROM scoring.seal WHERE what = 'reservoir' AND night = '{night(5)}'")
    change(world.home / ".nightshift" / "lake" / str(path))  # type: ignore[operator]
    says(5, f"{third} cannot be rebuilt, the reservoir's partition of night {night(5)} differs: ", "train", "--rebuild", third)
    says(5, words, "train", "--rebuild", third)


def test_other_parameters_and_other_libraries_are_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, third = models_of(world)
    monkeypatch.setitem(LEARNERS, "boosted_trees", dataclasses.replace(BoostedTrees(), trees=10))  # type: ignore[arg-type]
    says(6, "what differs: the parameters of boosted_trees", "train", "--rebuild", third)
    ruins.other_libraries(world, third)
    says(6, "scikit-learn is 1.9", "train", "--rebuild", third)
    says(6, "and was 1.2.0; the parameters of boosted_trees", "train", "--rebuild", third)


def test_a_learner_that_is_not_known_any_more_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, third = models_of(world)
    monkeypatch.delitem(LEARNERS, "boosted_trees")  # type: ignore[arg-type]
    monkeypatch.setitem(LEARNERS, "another", BoostedTrees())  # type: ignore[arg-type]
    says(6, "is of learner 'boosted_trees', known here: ", "train", "--rebuild", third)


# --- kept out, rolled back


def test_a_night_that_is_kept_out_is_missing_from_the_next_model_on_request_and_earlier_ones_stay(world: World) -> None:
    *_, third = models_of(world)
    kept_in = done("train", "--until", UNTIL)[0]
    assert done("train", "--exclude", night(4), "--reason", "labels of a test")[0].startswith(f"night {night(4)} is left out")
    kept_out = done("train", "--until", UNTIL)[0]
    assert [re.search(r"([\d,]+) rows, (\d+) frauds", line).groups() for line in (kept_in, kept_out)] == [  # type: ignore[union-attr]
        (f"{6 * ROWS:,}", "180"),
        (f"{5 * ROWS:,}", "150"),
    ]
    assert "the same hash" in done("train", "--rebuild", third)[0]
    assert "the same hash" in done("train", "--rebuild", VERSION.match(kept_out).group())[0]  # type: ignore[union-attr]


def test_the_nightly_training_leaves_a_night_out_from_the_moment_it_was_kept_out(world: World) -> None:
    with world.house(noon(RAN)) as house:
        one_off.exclude(house, Night.parse(night(4)), "a person", "labels of a test")
    assert run_nights(world, [RAN]) == []
    excluded = "SELECT manifest::json -> 'lineage' ->> 'excluded' FROM scoring.model_version ORDER BY night"
    assert [row[0] for row in world.rows(excluded)] == ["[]", "[]", "[]", f'["{night(4)}"]']


def test_a_rollback_lists_what_the_withdrawn_model_had_published(world: World) -> None:
    first, second, _ = models_of(world)
    told, heading, *table = done("rollback", "--reason", "alerts are nonsense")
    assert told == f"{second} is withdrawn; {first} is champion again"
    assert heading == "it had published, and what it published stands:"
    assert [line.split()[0] for line in table if line.startswith(" 2026") or line.startswith("2026")] == [night(RAN - 1)]
    states = {line.split()[0]: line.split()[3] for line in done("models") if VERSION.search(line)}
    assert states[first] == "champion"
    assert states[second] == "withdrawn"

    told, nothing = done("promote", second, "--reason", "they were not"), done("rollback", "--reason", "they were")
    assert told == [f"{second} is champion from now on"]
    assert nothing[0] == f"{second} is withdrawn; {first} is champion again"


def test_without_models_the_list_says_when_there_will_be_one(make: object) -> None:
    world = learning_world(make("nothing"), 1)  # type: ignore[operator]
    assert models_of(world) == []
    assert done("models") == ["there are no models yet: the first is trained when enough nights have matured"]
    says(2, "it has no entries yet", "train", "--until", night(0))


# --- retraining = "off"


def test_with_retraining_off_nights_run_on_the_model_on_request_alone(world: World) -> None:
    world.configure(**LEARNING, retraining="off")
    with world.house(noon(RAN)) as house:
        made = one_off.train_until(house, Night.parse(UNTIL), 5, "boosted_trees")
        one_off.push(house, made, Assignment("a person", "a reason"))
    before = len(models_of(world))
    assert run_nights(world, range(RAN, RAN + 3)) == []
    assert [scored_by(world)[night(RAN + place)] for place in range(3)] == [made.version] * 3
    assert [ledger(world)[night(RAN + place)] for place in range(3)] == [("kept", "retraining is off")] * 3
    assert len(models_of(world)) == before


@pytest.mark.parametrize("retrains", [False, True])
def test_when_the_rule_fires_the_night_is_published_tells_it_and_trains_only_where_that_was_asked(world: World, retrains: bool) -> None:
    _, second, _ = models_of(world)
    world.configure(**LEARNING, retraining="off")
    promoted(world, RAN, second, "average_precision < 0.1 or age > 1d", retrains=retrains)
    before = len(models_of(world))
    assert run_nights(world, [RAN, RAN + 1]) == []
    assert event_of(world, RAN) is None, "12 hours old"
    assert event_of(world, RAN + 1) == "the champion's rule of expiry fired: age is 1.5d, above 1d"
    gate = f"SELECT check_name, severity, passed FROM scoring.evaluation WHERE gate = 'champion' AND night = '{night(RAN + 1)}' ORDER BY 1"
    assert world.rows(gate) == [("none_withdrawn", "warn", True), ("not_expired", "warn", False)]
    assert scored_by(world)[night(RAN + 1)] == second
    assert len(models_of(world)) == before + retrains
    assert (ledger(world)[night(RAN + 1)][1] == "retraining is off") is not retrains
    assert ledger(world)[night(RAN)] == ("kept", "retraining is off")


def test_a_rule_of_performance_fires_once_rows_have_matured_that_the_model_had_not_seen(world: World) -> None:
    _, second, _ = models_of(world)
    promoted(world, RAN, second, "average_precision <= 1 and matured_frauds >= 30")
    assert run_nights(world, [RAN, RAN + 1]) == []
    assert event_of(world, RAN) is None
    told = r"the champion's rule of expiry fired: average_precision is 0\.\d+, at most 1, and matured_frauds is 30, at least 30"
    assert re.fullmatch(told, str(event_of(world, RAN + 1)))


def test_a_night_run_again_tells_the_same(world: World) -> None:
    _, second, _ = models_of(world)
    promoted(world, RAN, second, "age > 6h")
    assert run_nights(world, [RAN]) == []
    told = event_of(world, RAN)
    assert told == "the champion's rule of expiry fired: age is 0.5d, above 6h"
    assert run_nights(world, [RAN]) == []
    assert event_of(world, RAN) == told
