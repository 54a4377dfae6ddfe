"""After publication: a night beside the training of its model, beside the night before it, beside the usual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import registry, server
from pipeline.evaluation.reference import Reference
from tests.commanding import Template
from tests.learning import LEARNING, ROWS, SCORES, learning_world, models_of, night, run_nights
from tests.worlds import World

RAN = 8  # the first model scored the seventh night, the second the eighth
TONIGHT = night(RAN)


@pytest.fixture(scope="module")
def eight(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Ten nights of trade, of which eight ran."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "living"), tmp_path_factory.mktemp("living"), monkeypatch)
        learning_world(world, RAN + 2)
        assert run_nights(world, range(RAN)) == []
        world.database.engine.dispose()
        yield Template(world, postgres, LEARNING)


@pytest.fixture
def world(eight: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of those nights, to do with as the test likes."""
    copied = eight.copy(tmp_path, monkeypatch)
    yield copied
    copied.database.engine.dispose()


def judged(world: World, gate: str, day: str = TONIGHT) -> dict[str, object]:
    """Whether each check of a gate held, as judged last; None where nobody could tell."""
    query = f"SELECT check_name, passed FROM scoring.evaluation WHERE gate = '{gate}' AND night = '{day}' ORDER BY evaluation_id"
    return {str(row.check_name): row.passed for row in world.rows(query)}


def broken(world: World, gate: str) -> set[str]:
    return {check for check, passed in judged(world, gate).items() if passed is False}


def notes(world: World, kind: str) -> list[str]:
    query = f"SELECT sentence FROM scoring.night_note WHERE kind = '{kind}' AND night = '{TONIGHT}' ORDER BY position"
    return [str(row.sentence) for row in world.rows(query)]


def monitored_again(world: World) -> None:
    run_id = int(str(world.scalar(f"SELECT run_id FROM scoring.night_summary WHERE night = '{TONIGHT}'")))
    with world.house() as house:
        steps.monitor(house, run_id)


def test_a_model_carries_how_rows_lay_that_had_not_matured_when_it_was_trained(world: World) -> None:
    newest = models_of(world)[-1]
    with world.house() as house, house.warehouse.begin() as connection:
        stored = registry.reference(connection, newest)
        trained_at = registry.model(connection, newest).night
        assert stored is not None
        reference = Reference.from_plain(stored)
        assert trained_at == Night.parse(night(RAN - 1))
        assert [name for name, _ in reference.columns] == list(house.view.columns)
    spread = dict(reference.columns)["amount"]
    unmatured = f"transaction_id / 1000 = {RAN - 1}"  # a night matures in one
    mean = float(str(world.scalar(f"SELECT avg(amount) FROM transactions WHERE {unmatured}")))
    assert spread.rows == reference.score.rows == ROWS
    assert spread.mean == pytest.approx(mean, rel=1e-9)


def test_a_quiet_night_lies_as_in_training(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    columns = ("score", "amount", "customer_count_1d", "customer_amount_mean_1d", "terminal_fraud_rate_1d")
    as_in_training = {f"{column}_as_in_training": True for column in columns}
    assert judged(world, "live") == {"scores_reproduced": True, "not_empty": True, "compared_with_training": True, **as_in_training}
    assert notes(world, "live") == ["nothing stands out: the score and 4 features lie as in training"]
    assert world.scalar(f"SELECT live_gate FROM scoring.night_summary WHERE night = '{TONIGHT}'") == "passed"


def test_amounts_in_another_unit_are_named_the_same_night_and_change_nothing_of_what_is_published(world: World) -> None:
    world.change(f"UPDATE transactions SET amount = amount * 100 WHERE transaction_id / 1000 = {RAN}")
    assert run_nights(world, [RAN]) == []
    assert {"amount_as_in_training", "customer_amount_mean_1d_as_in_training"} <= broken(world, "live")
    assert "scores_reproduced" not in broken(world, "live")
    assert any(said.startswith("amount: mean ") and "higher than in training" in said for said in notes(world, "live"))
    assert world.rows(f"SELECT state, scored_rows, alerts, live_gate FROM scoring.night_summary WHERE night = '{TONIGHT}'") == [
        ("published", ROWS, LEARNING["alert_budget"], "warned")
    ]
    published = world.rows(SCORES)
    monitored_again(world)
    assert world.rows(SCORES) == published


def test_the_parts_of_the_change_add_up_to_the_move_of_the_mean_score(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    mean = "(SELECT avg(score) FROM scoring.current_prediction WHERE night = '{}')"
    move = float(str(world.scalar(f"SELECT {mean.format(TONIGHT)} - {mean.format(night(RAN - 1))}")))
    parts = world.rows(f"SELECT kind, size FROM scoring.change_part WHERE night = '{TONIGHT}' AND measure = 'mean score'")
    assert {row.kind for row in parts} == {"feature", "mix", "model"}
    assert sum(row.size for row in parts) == pytest.approx(move, abs=1e-9)


def test_the_paragraph_of_what_changed_stands_in_the_summary_of_the_night(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    told = str(world.scalar(f"SELECT what_changed FROM scoring.night_summary WHERE night = '{TONIGHT}'"))
    assert told == " ".join(notes(world, "change"))
    assert told.startswith(f"Beside night {night(RAN - 1)}: The mean score ")
    assert f"Beside night {night(RAN - 1)}: The share of alerts " in told


def test_the_report_shows_all_three_with_their_tables_and_without_any_script(world: World) -> None:
    world.change(f"UPDATE transactions SET amount = amount * 100 WHERE transaction_id / 1000 = {RAN}")
    assert run_nights(world, [RAN]) == []
    page = (world.home / ".nightshift" / "lake" / "reports" / f"{TONIGHT}.html").read_text()
    for told in ("<h2>Training against live</h2>", "<h2>What changed</h2>", "<h2>Alarms</h2>", '<strong class="warned">amount</strong>'):
        assert told in page
    for sentence in (*notes(world, "live"), *notes(world, "change"), *notes(world, "alarm")):
        assert f"{sentence}</" in page
    assert "<td>the new model</td>" in page
    assert "<script" not in page


def test_the_scores_are_kept_by_the_bins_of_training_and_shown(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    kept = world.rows(f"SELECT upper_end, share, share_before FROM scoring.live_score WHERE night = '{TONIGHT}' ORDER BY position")
    scores = [float(str(row.score)) for row in world.rows(f"SELECT score FROM scoring.current_prediction WHERE night = '{TONIGHT}'")]
    edges = [float(str(row.upper_end)) for row in kept[:-1]]
    assert edges == sorted(edges)
    assert kept[-1].upper_end is None
    for row, low, high in zip(kept, [-1.0, *edges], [*edges, 2.0], strict=True):
        assert row.share == pytest.approx(sum(low < score <= high for score in scores) / ROWS)
    assert sum(row.share_before for row in kept) == pytest.approx(1)
    page = (world.home / ".nightshift" / "lake" / "reports" / f"{TONIGHT}.html").read_text()
    assert f"Scores above {edges[-1]:.3g}: " in page


def test_the_first_published_night_says_that_there_is_nothing_before_it(world: World) -> None:
    first = world.rows("SELECT what_changed FROM scoring.night_summary WHERE published_at IS NOT NULL ORDER BY night")[0]
    assert first.what_changed == "NOTHING TO COMPARE: no earlier night is published"


def test_a_night_without_rows_is_not_compared_and_marked(world: World) -> None:
    world.change(f"DELETE FROM transactions WHERE transaction_id / 1000 = {RAN}")
    assert run_nights(world, [RAN]) == []
    assert judged(world, "live") == {"scores_reproduced": True, "not_empty": False}
    assert world.scalar(f"SELECT live_gate FROM scoring.night_summary WHERE night = '{TONIGHT}'") == "warned"
    assert notes(world, "live") == ["NOT COMPARED: the night is empty"]
    assert notes(world, "change")[0].startswith(f"Beside night {night(RAN - 1)}: NOTHING TO COMPARE: tonight has no rows")


def test_a_score_that_was_changed_by_hand_is_noticed_when_the_night_is_looked_back_on(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    world.change(f"UPDATE scoring.prediction SET score = score / 2 WHERE night = '{TONIGHT}' AND alert_rank = 1")
    monitored_again(world)
    assert broken(world, "live") == {"scores_reproduced"}
    value = "SELECT value FROM scoring.evaluation WHERE check_name = 'scores_reproduced' ORDER BY evaluation_id DESC LIMIT 1"
    assert world.scalar(value) == world.scalar(f"SELECT max(score) FROM scoring.prediction WHERE night = '{TONIGHT}' AND alert_rank = 1")


def test_looking_back_again_replaces_what_was_noted(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    noted = "SELECT run_id, kind, position, sentence FROM scoring.night_note ORDER BY 1, 2, 3"
    before = world.rows(noted)
    monitored_again(world)
    assert world.rows(noted) == before


def test_a_model_without_a_reference_is_not_compared_and_its_scores_are_reproduced_all_the_same(world: World) -> None:
    world.change("UPDATE scoring.model_version SET reference = NULL")
    assert run_nights(world, [RAN]) == []
    assert judged(world, "live") == {"scores_reproduced": True, "not_empty": True, "compared_with_training": None}
    assert notes(world, "live")[0].startswith("NOT COMPARED: ")
    assert world.scalar(f"SELECT live_gate FROM scoring.night_summary WHERE night = '{TONIGHT}'") == "passed"


def test_a_night_of_too_few_rows_is_not_held_against_training_and_says_so(world: World) -> None:
    world.change(f"DELETE FROM transactions WHERE transaction_id / 1000 = {RAN} AND transaction_id % 1000 >= 49")
    assert run_nights(world, [RAN]) == []
    assert judged(world, "live") == {"scores_reproduced": True, "not_empty": True, "compared_with_training": None}
    assert notes(world, "live") == ["NOT ENOUGH ROWS: the night has 49, and fewer than 50 are not held against training"]


def test_with_few_nights_of_history_there_is_no_alarm_and_the_night_says_so(world: World) -> None:
    assert run_nights(world, [RAN]) == []
    assert judged(world, "alarms") == {"no_new_alarms": None}
    assert notes(world, "alarm") == ["NOT ENOUGH HISTORY (fewer than 14 nights) of rows, late_share, amount_cents.mean and 12 more"]
    assert world.scalar(f"SELECT alarms_gate FROM scoring.night_summary WHERE night = '{TONIGHT}'") == "passed"


def test_a_night_that_is_published_corrected_before_it_ever_was_as_of_is_not_watched_and_says_so(world: World) -> None:
    unscored = str(world.scalar("SELECT min(night) FROM scoring.run WHERE state = 'unscored'"))
    run_id = world.run(unscored, "corrected", None, "there is a champion by now")
    assert judged(world, "alarms", unscored) == {"no_new_alarms": None}
    said = world.scalar(f"SELECT sentence FROM scoring.night_note WHERE kind = 'alarm' AND run_id = {run_id}")
    assert said == f"NOT WATCHED: night {unscored} was never published as-of"
