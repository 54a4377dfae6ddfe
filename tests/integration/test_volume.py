"""A night held against its weekday: what a load that broke off does, a holiday, a person who vouches, and a night that runs again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.night import Night
from pipeline.data import server
from pipeline.features.declarations import Amount, Count
from pipeline.features.view import FeatureView
from tests.commanding import Template, nightshift, passes, refused
from tests.worlds import SMALL, World, at, trade, transaction

pytestmark = pytest.mark.slow
MONTH_VIEW = FeatureView("month", (Amount(), Count("customer", (dt.timedelta(days=30),))))
MONTH = {**SMALL, "view": "tests.integration.test_volume:MONTH_VIEW", "train_patience": "0s"}
FIRST = "2026-01-01"
ROWS = 140  # a night
USUAL = f"{ROWS}, the median of the 4"
RELATIVE = ("rows_arrived", "rows_as_usual", "late_as_usual")


def day(place: int) -> str:
    """The night at this place, from 0."""
    return str(Night.parse(FIRST).back(-place))


BEGINS, SCORED = 32, 34  # the first night that is run, behind a month of history; the first with a champion
TONIGHT = day(SCORED + 1)
LEAVE = "DELETE FROM transactions WHERE transaction_id / 1000 = {place} AND transaction_id % 1000 >= {rows}"


@pytest.fixture(scope="module")
def month(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Thirty-eight nights of trade, of which three ran: the history before them was sealed by the first."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "volume"), tmp_path_factory.mktemp("volume"), monkeypatch)
        world.configure(**MONTH)
        world.make_tables()
        world.bring(trade(FIRST, SCORED + 4))
        outcome = nightshift("backfill", day(BEGINS), day(SCORED))
        assert outcome.code == 0, outcome
        world.database.engine.dispose()
        yield Template(world, postgres, MONTH)


@pytest.fixture
def world(month: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    copied = month.copy(tmp_path, monkeypatch)
    yield copied
    copied.database.engine.dispose()


def leave(world: World, rows: int, place: int = SCORED + 1) -> None:
    """Take all but so many rows of a night from the source."""
    world.change(LEAVE.format(place=place, rows=rows))


def judged(world: World, night: str = TONIGHT) -> dict[str, tuple[object, ...]]:
    """The newest judgement of each check of the transactions: passed, severity, value, limits and reason."""
    rows = world.rows(
        f"""SELECT check_name, passed, severity, value, low, high, reason FROM scoring.evaluation
        WHERE gate = 'transactions' AND night = '{night}' ORDER BY evaluation_id"""
    )
    return {str(row.check_name): tuple(row)[1:] for row in rows}


def summary(world: World, night: str = TONIGHT) -> tuple[object, ...]:
    row = world.rows(f"SELECT state, rows_in, empty, transactions_gate FROM scoring.night_summary WHERE night = '{night}'")[0]
    return tuple(row)


def test_the_first_night_already_has_a_history_to_be_held_against(world: World) -> None:
    passed, _, value, low, _, reason = judged(world, day(BEGINS))["rows_arrived"]
    assert (passed, value, low) == (True, ROWS, 46.67)
    assert str(reason).startswith(f"a third of {ROWS}, the median of the 4 {Night.parse(day(BEGINS)).day:%A}s before: ")


def test_scores_have_none_until_four_weeks_were_published_and_the_night_says_so(world: World) -> None:
    row = world.rows(f"SELECT alarms_gate, untold_checks FROM scoring.night_summary WHERE night = '{day(SCORED)}'")[0]
    assert tuple(row) == ("passed", 3)  # two of the scores, and the alarms
    untold = "SELECT check_name, reason FROM scoring.evaluation WHERE passed IS NULL AND night = '{}' ORDER BY evaluation_id"
    told = {row.check_name: row.reason for row in world.rows(untold.format(day(SCORED)))}
    weekday = f"{Night.parse(day(SCORED)).day:%A}s"
    assert told["scores_as_usual"] == f"NOT ENOUGH HISTORY: score.mean is known of 0 {weekday} before, judged from 4 on"
    assert told["no_new_alarms"].startswith("NOT ENOUGH HISTORY (fewer than 14 nights) of ")
    page = (world.home / ".nightshift" / "lake" / "reports" / f"{day(SCORED)}.html").read_text()
    assert "<br>not judged yet: scores_as_usual, alert_line_as_usual" in page
    assert f"<td>{told['scores_as_usual']}</td>" in page
    assert "FAILED" not in page


def test_a_load_that_broke_off_stops_the_night_and_the_night_runs_once_it_is_loaded(world: World) -> None:
    world.change("CREATE TABLE kept AS SELECT * FROM transactions")
    leave(world, 46)
    refused(world, 3, f"rows_arrived: new_rows is 46, must be at least 46.67 (a third of {USUAL}", "night", TONIGHT)
    assert summary(world) == ("stopped", 46, False, "failed")
    world.change("TRUNCATE transactions", "INSERT INTO transactions SELECT * FROM kept")
    passes(world, TONIGHT, rows=ROWS)
    assert summary(world) == ("published", ROWS, False, "passed")


def test_a_holiday_is_published_and_marked(world: World) -> None:
    leave(world, 60)
    passes(world, TONIGHT, rows=60)
    assert summary(world) == ("published", 60, False, "warned")
    assert judged(world)["rows_as_usual"][:2] == (False, "warn")


def test_an_empty_night_where_that_weekday_has_rows_is_stopped_until_a_person_vouches_for_it(world: World) -> None:
    leave(world, 0)
    refused(world, 3, "if the night really is so small, name it in accept_nights", "night", TONIGHT)
    assert summary(world) == ("stopped", 0, True, "failed")
    world.configure(**MONTH, accept_nights=[TONIGHT])
    passes(world, TONIGHT, rows=0)
    assert summary(world) == ("published", 0, True, "warned")
    passed, severity, value, low, _, reason = judged(world)["rows_arrived"]
    assert (passed, severity, value, low) == (False, "warn", 0, 46.67)
    assert str(reason).endswith(": a person vouches for the night")
    world.configure(**MONTH)
    passes(world, TONIGHT, rows=0)  # its seal binds: nothing could be extracted again


def test_a_person_vouches_for_one_night_and_no_other(world: World) -> None:
    world.configure(**MONTH, accept_nights=[day(SCORED + 2)])
    leave(world, 0)
    refused(world, 3, "rows_arrived", "night", TONIGHT)


def test_an_empty_night_of_a_weekday_that_rests_is_published_and_marked(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.make(database_url, tmp_path, monkeypatch)
    world.configure(**MONTH)
    world.make_tables()
    world.bring(trade(FIRST, BEGINS))
    for weeks in range(1, 5):
        leave(world, 0, BEGINS - 7 * weeks)
    assert nightshift("night", day(BEGINS)).code == 0
    passed, severity, value, low, high, reason = judged(world, day(BEGINS))["rows_arrived"]
    assert (passed, severity, value, low, high) == (None, "warn", 0, None, None)
    assert str(reason).startswith("TOO SMALL TO TELL: the median of the 4 ")
    assert summary(world, day(BEGINS)) == ("unscored", 0, True, "warned")
    world.database.engine.dispose()


def test_a_night_that_runs_again_is_judged_alike_whatever_became_known_meanwhile(world: World) -> None:
    passes(world, TONIGHT)
    before = {check: (passed, *rest) for check, (passed, _, *rest) in judged(world).items()}
    assert {check: before[check][0] for check in RELATIVE} == dict.fromkeys(RELATIVE, True)
    earlier = day(SCORED + 1 - 35)  # a fifth night of the weekday: it was not known when tonight was judged
    world.insert("transactions", [transaction(900_000 + number, at(f"{earlier} 23:00")) for number in range(900)])
    assert nightshift("night", earlier).code == 0
    passes(world, TONIGHT)
    assert {check: (passed, *rest) for check, (passed, _, *rest) in judged(world).items()} == before
    assert judged(world)["rows_arrived"][1] == "warn"  # its seal binds now
    assert world.scalar(f"SELECT count(*) FROM scoring.run WHERE night = '{TONIGHT}'") == 2


PUBLISH = """WITH made AS (
        INSERT INTO scoring.run
            (night, mode, cutoff, known_through, champion_at, publishes, in_chain, scheduled, requested_by, backtestable, state)
        VALUES ('{night}', 'as-of', '{night}', '{night}', '{night}', true, true, false, 'test', true, 'published')
        RETURNING run_id, night
    ),
    stepped AS (
        INSERT INTO scoring.run_step (run_id, step, started_at, seconds, counts, figures)
        SELECT run_id, 'score', now(), 1, '{{}}', '{{"score.mean": {mean}, "alert_line": {mean}}}' FROM made
    )
    INSERT INTO scoring.publication (night, run_id, row_count, alert_count, published_at) SELECT night, run_id, 140, 5, now() FROM made"""


def publish(world: World, weeks: int, mean: float) -> None:
    """A publication of a night so many weeks before tonight, of which only the scores matter."""
    world.change(PUBLISH.format(night=day(SCORED + 1 - 7 * weeks), mean=mean))


def of_scores(world: World) -> tuple[object, ...]:
    query = f"""SELECT passed, low, high, reason FROM scoring.evaluation
        WHERE night = '{TONIGHT}' AND check_name = 'scores_as_usual' ORDER BY evaluation_id DESC LIMIT 1"""
    return tuple(world.rows(query)[0])


def test_scores_are_held_against_those_of_the_weekday_that_were_published_by_then(world: World) -> None:
    for weeks, mean in enumerate((0.1, 0.2, 0.2, 0.3), start=1):
        publish(world, weeks, mean)
    passes(world, TONIGHT)
    told = of_scores(world)
    assert told[:3] == (False, 0.1, 0.4)  # of tonight's rows eight in ten are frauds
    assert str(told[3]).startswith("half to twice 0.2, the median of the 4 Thursdays before: ")
    publish(world, 5, 0.9)
    world.change(f"UPDATE scoring.publication SET superseded_at = clock_timestamp() WHERE night = '{day(SCORED + 1 - 7)}'")
    passes(world, TONIGHT)
    assert of_scores(world) == told
