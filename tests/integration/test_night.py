"""One story of six nights with messy rows, played once through the real steps, and read as an analyst would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from pipeline.core.errors import GateError, UsageError
from pipeline.data import server
from tests.worlds import SMALL, World, at, label, trade, transaction

pytestmark = pytest.mark.slow
Rows = Sequence[sa.Row[tuple[object, ...]]]

DAYS = [f"2026-03-{day:02d}" for day in range(2, 8)]  # three before the first champion, one scored, one that breaks, one empty
SEEN = "SELECT * FROM scoring.current_prediction ORDER BY night, transaction_id"


@dataclass(frozen=True)
class Story:
    """What happened: the world at its end, and what was seen around the night that broke."""

    world: World
    refusal: GateError
    seen_before: Rows
    seen_after: Rows
    bound_after: object
    stopped: Rows

    def night(self, day: str) -> sa.Row[tuple[object, ...]]:
        return self.world.rows(f"SELECT * FROM scoring.night_summary WHERE night = '{day}'")[0]


def mess(day: int) -> list[dict[str, object]]:
    """A negative amount, a row twice, a row that occurred two days before, one without customer, and an id with two payloads."""
    noon = at(f"2026-03-{day:02d} 12:00")
    twice = transaction(100_000 * day + 1, noon)
    return [
        transaction(100_000 * day, noon, amount=-1),
        twice,
        twice,
        transaction(100_000 * day + 2, noon - dt.timedelta(days=2), recorded_at=noon),
        transaction(100_000 * day + 3, noon, customer_id=None),
        transaction(100_000 * day + 4, noon),
        transaction(100_000 * day + 4, noon, amount=11),
    ]


@pytest.fixture(scope="module")
def story(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "night_story"), tmp_path_factory.mktemp("night"), monkeypatch)
        world.configure(**SMALL)
        world.make_tables()
        world.bring(trade(DAYS[0], 5))
        for day in (3, 5):
            world.insert("transactions", mess(day))
        for day in DAYS[:3]:
            world.run(day)
        straggler = transaction(770_077, at("2026-03-03 23:59"))
        world.insert("transactions", [straggler, straggler])
        world.insert("labels", [label(770_077, at("2026-03-04 12:00"))])
        world.run(DAYS[3])
        yield _broken_and_mended(world)


def _broken_and_mended(world: World) -> Story:
    """One row in ten of the fifth night is negative until somebody mends the source; then comes a night without rows."""
    negate = "UPDATE transactions SET amount = -amount WHERE recorded_at >= '2026-03-06' AND transaction_id % 10 = 0"
    before = world.rows(SEEN)
    _change(world, negate)
    with pytest.raises(GateError) as caught:
        world.run(DAYS[4])
    figures = "state, rows_in, rejected_rows, unscored_rows, scored_rows, transactions_gate"
    stopped = world.rows(f"SELECT {figures} FROM scoring.night_summary WHERE night = '{DAYS[4]}'")
    after, bound = world.rows(SEEN), world.scalar(f"SELECT count(*) FROM scoring.seal WHERE night = '{DAYS[4]}' AND bound_at IS NOT NULL")
    _change(world, negate)
    world.run(DAYS[4])
    world.run(DAYS[5])
    return Story(world, caught.value, before, after, bound, stopped)


def _change(world: World, statement: str) -> None:
    with world.database.begin() as connection:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


@pytest.mark.parametrize("day", DAYS)
def test_rows_in_are_scored_or_rejected_or_collapsed_or_unscored(story: Story, day: str) -> None:
    night = story.night(day)
    assert night.rows_in == (night.scored_rows or 0) + night.rejected_rows + night.collapsed_rows + night.unscored_rows


def test_before_the_first_champion_good_rows_are_unscored_and_the_summary_says_why(story: Story) -> None:
    night = story.night(DAYS[1])
    counts = (night.rows_in, night.scored_rows, night.rejected_rows, night.collapsed_rows, night.unscored_rows, night.late_rows)
    assert counts == (140 + 7, None, 4, 1, 140 + 2, 1)
    assert (night.state, night.model_version) == ("unscored", None)
    assert "no champion yet" in night.unscored_because


def test_with_a_champion_good_rows_are_scored_and_stragglers_count_in_the_night_that_took_them(story: Story) -> None:
    night = story.night(DAYS[3])
    counts = (night.rows_in, night.scored_rows, night.rejected_rows, night.collapsed_rows, night.unscored_rows, night.straggler_rows)
    assert counts == (140 + 7 + 2, 140 + 3, 4, 2, 0, 2)
    assert (night.state, night.late_rows, night.alerts, night.transactions_gate) == ("published", 2, 5, "warned")


def test_every_row_of_the_source_is_seen_once_or_was_set_aside_with_a_reason(story: Story) -> None:
    scored = story.world.rows("SELECT transaction_id FROM scoring.current_prediction WHERE night >= '2026-03-05'")
    refused = story.world.rows(
        """SELECT DISTINCT transaction_id::bigint FROM scoring.rejected_transaction JOIN scoring.seal USING (seal_id)
        WHERE bound_at IS NOT NULL AND rejected_transaction.night = '2026-03-05'"""
    )
    held = story.world.rows("SELECT DISTINCT transaction_id FROM transactions WHERE recorded_at >= '2026-03-05' OR transaction_id = 770077")
    assert len(scored) == len(set(scored))
    assert {*scored, *refused} == set(held)
    assert not {*scored} & {*refused}


def test_a_row_that_is_set_aside_keeps_its_reason(story: Story) -> None:
    reasons = story.world.rows(
        "SELECT reason, count(*) FROM scoring.rejected_transaction WHERE night = '2026-03-03' GROUP BY reason ORDER BY reason"
    )
    assert reasons == [("amount is negative", 1), ("customer is missing", 1), ("one id with two payloads", 2)]


def test_a_failed_gate_names_check_value_and_limit_and_ends_with_3(story: Story) -> None:
    assert story.refusal.exit_code == 3
    assert "\n" not in str(story.refusal)
    for part in (DAYS[4], "rows_accepted", "accepted_share", "0.9", "0.95"):
        assert part in str(story.refusal)


def test_a_failed_gate_changes_nothing_that_analysts_see_and_binds_no_seal(story: Story) -> None:
    assert len(story.seen_before) == 143
    assert story.seen_after == story.seen_before
    assert story.bound_after == 0
    assert story.stopped == [("stopped", 140, 14, 126, None, "failed")]


def test_once_the_source_is_mended_the_night_is_extracted_again_and_published(story: Story) -> None:
    night = story.night(DAYS[4])
    assert (night.state, night.rows_in, night.scored_rows, night.rejected_rows, night.transactions_gate) == (
        "published",
        140,
        140,
        0,
        "passed",
    )


def test_an_empty_night_is_published_empty_and_marked(story: Story) -> None:
    night = story.night(DAYS[5])
    assert (night.state, night.rows_in, night.scored_rows, night.alerts, night.empty) == ("published", 0, 0, 0, True)
    assert (night.transactions_gate, night.features_gate, night.predictions_gate) == ("warned", "warned", "warned")
    assert story.world.rows(f"SELECT FROM scoring.publication WHERE night = '{DAYS[5]}' AND superseded_at IS NULL") == [()]


def test_a_night_before_the_source_begins_is_refused_and_does_not_stand_in_the_way_of_the_first(world: World) -> None:
    world.make_tables()
    world.insert("transactions", [transaction(1, at("2026-03-02 10:00"))])
    with pytest.raises(UsageError, match="its first night is 2026-03-02") as caught:
        world.run("2026-03-01")
    assert caught.value.exit_code == 2
    assert world.rows("SELECT FROM scoring.run") == []
