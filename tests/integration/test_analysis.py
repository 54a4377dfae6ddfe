"""The ready queries of sql/analysis, asked as an analyst on nights that hold what they look for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from pipeline.data.named import ANALYSIS, Question, listed, read_query
from pipeline.data.questions import ask
from tests.commanding import FIRST, NEXT, SCORED, Template, nightshift
from tests.worlds import SMALL, World, at, transaction

pytestmark = pytest.mark.slow
RANGE = {"first": FIRST, "last": NEXT}
ASKED = {  # a query and what it is asked with; the tests below say what it answers
    "amount_caught": RANGE,
    "calibration": RANGE,
    "changed_since": {"since": "2026-01-01 00:00+00"},
    "compare_models": {"night": SCORED, "model": "?"},
    "late_rows": RANGE,
    "marked_nights": RANGE,
    "model_change": RANGE,
    "precision_by_segment": {"month": SCORED},
    "rejections": RANGE,
    "reproduce": {**RANGE, "moment": "?"},
    "score_history": {"transaction_id": "?"},
    "verdicts_and_labels": {"written_by": "nightshift"},
    "volume_by_weekday": RANGE,
    "why_flagged": {"transaction_id": "?"},
}
FIVE = (
    "SELECT transaction_id FROM scoring.prediction_history WHERE night = '{}' AND alert AND superseded_at IS NOT NULL ORDER BY alert_rank"
)
VERDICT = "INSERT INTO scoring.verdict (transaction_id, verdict, note) VALUES ({}, '{}', 'asked')"


@pytest.fixture(scope="module")
def told(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Four nights, then one with a late row and a rejected one, by which the fourth matures; the fourth asked with its model
    beside, and published again with three alerts instead of five; two verdicts."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = template.copy(tmp_path_factory.mktemp("told"), monkeypatch)
        noon = at(f"{NEXT} 12:00")
        world.insert("transactions", [transaction(9500, at(f"{SCORED} 12:00"), recorded_at=noon), transaction(9501, noon, amount=-1)])
        world.run(NEXT)
        world.run(SCORED, "what-if", str(world.scalar(MODEL)), "would it say the same?")
        world.configure(**SMALL | {"alert_budget": 3})
        world.run(SCORED)
        first, second, *_ = (key for (key,) in world.rows(FIVE.format(SCORED)))
        world.change(VERDICT.format(first, "genuine"), VERDICT.format(first, "fraud"), VERDICT.format(second, "genuine"))
        yield world
        world.database.engine.dispose()


MODEL = f"SELECT model_version FROM scoring.night_summary WHERE night = '{SCORED}'"


def answer(world: World, name: str, **values: object) -> list[sa.Row[tuple[object, ...]]]:
    """The rows of a ready query, by name of column."""
    given = {**ASKED[name], **{key: str(value) for key, value in values.items()}}
    found = ask(world.database, Question.of(read_query(ANALYSIS / f"{name}.sql"), given))
    return [dict(zip(found.names, row, strict=True)) for row in found.rows]  # type: ignore[misc]


def five(world: World) -> list[object]:
    """The five first alerts of the fourth night, in order."""
    return [key for (key,) in world.rows(FIVE.format(SCORED))]


def test_every_ready_query_is_asked_here_and_says_what_it_answers_its_grain_its_parameters_and_what_may_be_late() -> None:
    assert [query.path.stem for query in listed()] == sorted(ASKED)
    assert len(ASKED) >= 12
    for query in listed():
        title, grain, parameters, *rest = read_query(query.path).splitlines()
        assert (title[:3], grain[:10], parameters[:15]) == ("-- ", "-- Grain: ", "-- Parameters: "), query.path
        assert any(line.startswith("-- Late: ") for line in rest), query.path
        assert set(query.names) == set(ASKED[query.path.stem]), query.path


def test_precision_by_segment_counts_each_alert_once_under_what_led_it(told: World) -> None:
    rows = answer(told, "precision_by_segment")
    assert sum(row["alerts"] for row in rows) == 8  # three of the fourth night, five of the fifth
    assert sum(row["matured"] for row in rows) == sum(row["frauds"] for row in rows) == 3
    assert {row["precision"] for row in rows if row["matured"]} == {1}


def test_why_flagged_tells_every_feature_of_the_alert_largest_first(told: World) -> None:
    rows = answer(told, "why_flagged", transaction_id=five(told)[0])
    assert [row["place"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["alert_rank"] == 1
    assert rows[0]["contribution"] == max(row["contribution"] for row in rows)
    assert answer(told, "why_flagged", transaction_id=3139) == []


def test_what_changed_are_the_two_alerts_that_the_smaller_budget_took(told: World) -> None:
    rows = answer(told, "changed_since")
    assert [row["transaction_id"] for row in rows] == sorted(five(told)[3:])
    assert {(row["alert_before"], row["alert"], row["cause"]) for row in rows} == {(True, False, "alert budget")}
    assert answer(told, "changed_since", since="2100-01-01 00:00+00") == []


def test_the_same_model_asked_beside_says_the_same_with_the_budget_of_its_day(told: World) -> None:
    rows = answer(told, "compare_models", model=told.scalar(MODEL))
    assert [row["transaction_id"] for row in rows] == five(told)
    assert [row["alerted_by"] for row in rows] == ["both"] * 3 + ["asked only"] * 2
    assert all(row["published_score"] == row["asked_score"] for row in rows)


def test_the_late_row_is_a_day_late(told: World) -> None:
    days = {(str(row["night"]), row["days_late"]): row["scored_rows"] for row in answer(told, "late_rows")}
    assert days == {(SCORED, 0): 140, (NEXT, 0): 140, (NEXT, 1): 1}


def test_marked_nights_are_those_that_warned_or_were_not_published(told: World) -> None:
    rows = {str(row["night"]): row for row in answer(told, "marked_nights")}
    assert [rows[night]["state"] for night in sorted(rows)][:3] == ["unscored"] * 3
    assert str(rows[FIRST]["because"]).startswith("there is no champion yet")
    assert all("warned" in row.values() or row["event"] for row in rows.values() if row["state"] == "published")


def test_weekdays_come_in_order_with_their_rows_and_alerts(told: World) -> None:
    rows = answer(told, "volume_by_weekday")
    assert [(row["weekday"], row["nights"], row["fewest"], row["most"], row["alerts"]) for row in rows] == [
        ("Wednesday", 1, 140, 140, 3),
        ("Thursday", 1, 141, 141, 5),
    ]
    assert float(rows[0]["alert_rate"]) == pytest.approx(3 / 140, abs=1e-5)


def test_what_was_caught_are_the_amounts_of_the_alerted_frauds(told: World) -> None:
    (row,) = answer(told, "amount_caught")
    keys = ", ".join(map(str, five(told)[:3]))
    caught = told.scalar(f"SELECT sum(amount) FROM transactions WHERE transaction_id IN ({keys})")
    assert (str(row["night"]), row["alerts"], row["frauds"], row["amount_caught"]) == (SCORED, 3, 3, caught)
    assert float(row["caught_per_alert"]) == pytest.approx(float(caught) / 3, abs=0.01)  # type: ignore[arg-type]


def test_a_figure_of_then_is_reproduced_beside_that_of_now(told: World) -> None:
    first = told.scalar(f"SELECT min(published_at) FROM scoring.publication WHERE night = '{SCORED}'")
    then, only_now = answer(told, "reproduce", moment=first)
    assert (str(then["night"]), then["scored_rows"], then["alerts"]) == (SCORED, 140, 5)
    assert then["expected_frauds"] == then["expected_frauds_now"]  # from the same seals, the same bits
    assert then["run_id"] < then["run_id_now"]
    assert (str(only_now["night"]), only_now["scored_rows"]) == (NEXT, None)


def test_the_history_of_a_transaction_names_each_publication(told: World) -> None:
    earlier, now = answer(told, "score_history", transaction_id=five(told)[4])
    assert (earlier["alert_rank"], now["alert_rank"]) == (5, None)
    assert earlier["superseded_at"] == now["published_at"]
    assert earlier["score"] == now["score"]


def test_verdicts_stand_beside_labels_the_latest_of_each_and_what_differs_first(told: World) -> None:
    first, second, *_ = five(told)
    rows = answer(told, "verdicts_and_labels")
    assert [(row["transaction_id"], row["verdict"], row["label"], row["agrees"]) for row in rows] == [
        (second, "genuine", "fraud", False),
        (first, "fraud", "fraud", True),
    ]
    assert answer(told, "verdicts_and_labels", written_by="nobody") == []


def test_a_model_change_is_seen_where_the_model_changed(told: World) -> None:
    rows = answer(told, "model_change")
    models = [row["model_version"] for row in rows]
    assert [row["model_changed"] for row in rows] == [False, models[0] != models[1]]
    assert [row["scored_rows"] for row in rows] == [140, 141]
    assert rows[0]["times_the_night_before"] is None


def test_calibration_counts_every_scored_row_of_a_measured_night_once(told: World) -> None:
    rows = answer(told, "calibration")
    assert sum(row["scored_rows"] for row in rows) == 140
    assert sum(row["frauds"] for row in rows) == 110
    assert all(0 <= row["came_true"] <= 1 for row in rows)
    assert [row["up_to_about"] for row in rows] == sorted(row["up_to_about"] for row in rows)


def test_rejections_tell_the_reason(told: World) -> None:
    (row,) = answer(told, "rejections")
    assert (str(row["night"]), row["what"], row["reason"], row["rejected_rows"], row["for_example"]) == (
        NEXT, "transactions", "amount is negative", 1, "9501",
    )  # fmt: skip


def test_a_file_is_asked_from_a_shell_with_bound_values(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_CONFIG", str(told.home / "nightshift.toml"))
    path, key = str(ANALYSIS / "score_history.sql"), five(told)[0]
    outcome = nightshift("sql", "--file", path, "--set", f"transaction_id={key}", "--csv")
    assert (outcome.code, outcome.out.count("\n")) == (0, 3), outcome
    inline = nightshift(
        "sql", "SELECT count(*) FROM scoring.alert WHERE night = :night AND model_version <> ':x 50 %'", "--set", f"night={SCORED}", "--csv"
    )
    assert inline.out == "count\n3\n"
