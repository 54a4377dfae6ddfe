"""Reasons of a published night as analysts read them, of either learner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.data import server
from pipeline.data.questions import ask
from pipeline.scoring.learners import LEARNERS
from tests.learning import LEARNING, drawn_trade, night
from tests.worlds import World

pytestmark = pytest.mark.slow

TONIGHT, EMPTY = 6, 7  # the sixth night has trained the first model
OFF = """
    SELECT abs(ln(score / (1 - score)) - base_log_odds - sum(contribution)) AS off
    FROM scoring.alert_reason GROUP BY night, transaction_id, score, base_log_odds"""
STORED = """
    SELECT reason.transaction_id, place, feature, contribution, value, base_log_odds, reason_code, phrase, decimals
    FROM scoring.reason JOIN scoring.run USING (run_id) JOIN scoring.reason_word USING (run_id, feature)
    WHERE reason.run_id = {run_id} ORDER BY transaction_id, place"""


def world_of(learner: str, postgres: server.Embedded, folder: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> World:
    """Seven nights of trade, of which the last is scored, and one without."""
    world = World.make(server.create_database(postgres, f"reasons_{learner}"), folder.mktemp(learner), monkeypatch)
    world.configure(**LEARNING, learner=learner)
    world.make_tables()
    world.bring(drawn_trade(TONIGHT + 1))
    for place in (*range(TONIGHT + 1), EMPTY):
        world.run(night(place))
    return world


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def published(request: pytest.FixtureRequest, postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield world_of(request.param, postgres, tmp_path_factory, monkeypatch)


def stored(world: World, run_id: object) -> Sequence[sa.Row[tuple[object, ...]]]:
    return world.rows(STORED.format(run_id=run_id))


def test_contributions_of_every_alert_add_up_to_its_log_odds(published: World) -> None:
    off = [value for (value,) in published.rows(OFF)]
    assert len(off) == published.scalar("SELECT count(*) FROM scoring.alert") == 20
    assert max(off) < 1e-9


def test_every_alert_has_every_feature_with_its_value_and_its_words(published: World) -> None:
    rows = published.rows(
        "SELECT transaction_id, count(*), count(DISTINCT feature), count(value), count(phrase) FROM scoring.alert_reason GROUP BY 1"
    )
    assert {row[1:] for row in rows} == {(4, 4, 4, 4)}
    amounts = (
        """SELECT max(abs(value - amount)) FROM scoring.alert_reason JOIN transactions USING (transaction_id) WHERE feature = 'amount'"""
    )
    assert published.scalar(amounts) == 0
    codes = {code for (code,) in published.rows("SELECT DISTINCT reason_code FROM scoring.alert_reason")}
    assert codes == {"amount", "customer's activity", "customer's amounts", "terminal's known fraud"}


def test_an_analyst_reads_in_words_what_pushed_an_alert_up(published: World) -> None:
    answer = ask(published.database, "SELECT alert_rank, reasons FROM scoring.alert ORDER BY alert_rank")
    assert len(answer.rows) == 20
    assert all(str(reasons).startswith("amount +") and "(amount: " in str(reasons) for _, reasons in answer.rows)  # dear ones are frauds


def test_the_reasons_told_are_the_codes_that_added_most(published: World) -> None:
    told = dict(published.rows("SELECT transaction_id, reasons FROM scoring.alert"))
    rows = published.rows(
        """SELECT transaction_id, reason_code, sum(contribution), min(code_contribution), max(code_contribution)
        FROM scoring.alert_reason GROUP BY 1, 2"""
    )
    for key, reasons in told.items():
        codes = sorted(((total, code) for owner, code, total, _, _ in rows if owner == key and total >= 0.05), reverse=True)[:3]
        assert [part.split(" +")[0] for part in str(reasons).split("; ")] == [code for _, code in codes]
    assert all(row[2] == pytest.approx(row[3]) and row[3] == row[4] for row in rows)


def test_an_empty_night_and_nights_before_the_first_champion_have_no_reasons(published: World) -> None:
    nights = [str(each) for (each,) in published.rows("SELECT DISTINCT night FROM scoring.alert_reason")]
    assert nights == [night(TONIGHT)]
    assert published.scalar(f"SELECT published_at IS NOT NULL FROM scoring.night_summary WHERE night = '{night(EMPTY)}'") is True


def test_a_night_run_again_stores_the_same_bits_and_shows_only_its_own(published: World) -> None:
    (before,) = published.rows("SELECT DISTINCT run_id FROM scoring.alert_reason")[0]
    first, shown = stored(published, before), published.rows("SELECT transaction_id, reasons FROM scoring.alert ORDER BY alert_rank")
    published.run(night(TONIGHT))
    (after,) = published.rows("SELECT max(run_id) FROM scoring.run")[0]
    assert after != before
    assert len(first) == 80
    assert stored(published, after) == first
    assert published.rows("SELECT DISTINCT run_id FROM scoring.alert_reason") == [(after,)]
    assert published.rows("SELECT transaction_id, reasons FROM scoring.alert ORDER BY alert_rank") == shown


def test_reasons_that_are_staged_are_not_seen_and_a_repeated_try_begins_anew(published: World) -> None:
    seen = published.rows("SELECT * FROM scoring.alert_reason ORDER BY alert_rank, place")
    with published.house() as house:
        run_id = steps.plan(house, Night.parse(night(TONIGHT)), scheduled=False, requested_by="test")
        for step in (steps.extract, steps.build_features, steps.score, steps.score):
            step(house, run_id)
    assert len(stored(published, run_id)) == 80
    assert published.rows("SELECT * FROM scoring.alert_reason ORDER BY alert_rank, place") == seen


def test_a_night_that_was_published_without_reasons_shows_none(behind: World) -> None:
    behind.change(
        "UPDATE scoring.run SET base_log_odds = NULL",
        "DELETE FROM scoring.reason",
        "DELETE FROM scoring.reason_word",
    )
    assert behind.rows("SELECT reasons FROM scoring.alert") == [(None,)] * 5
    assert behind.rows("SELECT FROM scoring.alert_reason") == []


def test_the_database_refuses_a_contribution_that_is_no_number(behind: World) -> None:
    for value in ("NaN", "Infinity", "-Infinity"):
        with pytest.raises(UsageError, match="constraint reason_contribution_check"):
            behind.change(f"UPDATE scoring.reason SET contribution = '{value}'")
