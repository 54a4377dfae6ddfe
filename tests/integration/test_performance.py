"""What real nights promised, and what their labels said of them as they came: entered once, restated, never overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.data import runs, server
from pipeline.data.performances import COLUMNS
from pipeline.maturing import Followed, follow
from tests.commanding import Template
from tests.learning import FRAUDS, LEARNING, ROWS, Rows, drawn_trade, learning_world, night, noon, run_nights
from tests.oracles.curves import slow_precision_recall, slow_reliability
from tests.oracles.performance import Judged, slow_figures
from tests.worlds import SMALL, Trade, World, trade

SERVED, LAST = 6, 10  # places: the first night that a model scored, and the last that ran
LATE, KNOWN_LATE = 6000, 9  # a fraud of that night, and the place of the night in which it became known: after the second measurement
FIGURES = ", ".join(COLUMNS.values())
MEASURED = f"SELECT night, known_through, {FIGURES} FROM scoring.performance WHERE {{}} ORDER BY night, known_through"
JUDGED = """
    SELECT score, amount, customer_id, alert_rank IS NOT NULL AS alerted, EXISTS (
        SELECT FROM labels WHERE labels.transaction_id = current.transaction_id AND is_fraud AND known_at < '{end}') AS is_fraud
    FROM scoring.current_prediction AS current JOIN transactions USING (transaction_id) WHERE night = '{night}'"""
CURVE = """SELECT row_count, frauds, score FROM scoring.performance_curve
    WHERE night = '{night}' AND known_through = '{through}' AND curve = '{curve}' ORDER BY position"""
PROMISE = "SELECT expected_frauds, expected_precision, expected_recall FROM scoring.promise WHERE night = '{}'"


@pytest.fixture(scope="module")
def template(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Eleven nights, of which the last five are scored; labels mature in a night, and one comes three nights late."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        url, folder = server.create_database(postgres, "performance_template"), tmp_path_factory.mktemp("performance")
        trade = drawn_trade(LAST + 2)
        late = [{**one, "known_at": noon(KNOWN_LATE)} if one["transaction_id"] == LATE else one for one in trade.labels]
        world = learning_world(World.make(url, folder, monkeypatch), LAST + 2, replace(trade, labels=late))
        assert run_nights(world, range(LAST + 1)) == []
        world.database.engine.dispose()
        yield Template(world, postgres, LEARNING)


@pytest.fixture
def world(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    copied = template.copy(tmp_path, monkeypatch)
    yield copied
    copied.database.engine.dispose()


def measured(world: World, condition: str = "true") -> Rows:
    return world.rows(MEASURED.format(condition))


def judged(world: World, place: int, through: int) -> list[Judged]:
    """A night as the source tables tell of it at the end of a later one."""
    rows = world.rows(JUDGED.format(night=night(place), end=Night.parse(night(through)).end))
    return [Judged(row.score, row.is_fraud, row.alerted, int(row.amount * 100), row.customer_id) for row in rows]


def test_a_night_is_measured_when_it_matures_and_at_twice_and_four_times_that_age(world: World) -> None:
    ages = [(place, place + age) for place in range(SERVED, LAST + 1) for age in (1, 2, 4) if place + age <= LAST]
    assert [(str(row.night), str(row.known_through)) for row in measured(world)] == [(night(one), night(two)) for one, two in ages]


def test_figures_are_what_a_plain_computation_finds_in_the_source(world: World) -> None:
    rows = measured(world)
    assert rows
    for row in rows:
        place, through = (next(n for n in range(LAST + 1) if night(n) == str(day)) for day in (row.night, row.known_through))
        slow = slow_figures(judged(world, place, through), LEARNING["alert_budget"])  # type: ignore[arg-type]
        told = {COLUMNS[name]: value for name, value in slow.items()}
        assert {name: getattr(row, name) for name in told} == pytest.approx(told, abs=1e-9)
        assert row.row_count == ROWS


def test_a_label_that_comes_late_restates_the_night_and_leaves_the_earlier_rows(world: World) -> None:
    frauds = world.rows(f"SELECT known_through, frauds FROM scoring.performance WHERE night = '{night(SERVED)}' ORDER BY 1")
    assert [(str(day), count) for day, count in frauds] == [(night(7), FRAUDS - 1), (night(8), FRAUDS - 1), (night(10), FRAUDS)]
    card = world.rows(f"SELECT * FROM scoring.model_scorecard WHERE night = '{night(SERVED)}'")[0]
    assert (card.first_frauds, card.frauds, card.measurements) == (FRAUDS - 1, FRAUDS, 3)
    assert (str(card.first_known_through), str(card.known_through)) == (night(7), night(10))


def test_each_measurement_has_its_curves_and_a_restatement_leaves_the_earlier_ones(world: World) -> None:
    for row in measured(world):
        place, through = (next(n for n in range(LAST + 1) if night(n) == str(day)) for day in (row.night, row.known_through))
        slow = judged(world, place, through)
        for curve, twin in (("precision_recall", slow_precision_recall), ("reliability", slow_reliability)):
            points = world.rows(CURVE.format(night=row.night, through=row.known_through, curve=curve))
            assert [tuple(point)[:2] for point in points] == [(point.rows, point.frauds) for point in twin(slow)]
            assert [point.score for point in points] == pytest.approx([point.score for point in twin(slow)])


def test_the_page_of_a_night_draws_the_curves_of_those_that_had_matured_by_then(world: World) -> None:
    page = (world.home / ".nightshift" / "lake" / "reports" / f"{night(LAST)}.html").read_text()
    drawn = page[page.index("Precision against recall") : page.index("Scores beside what came true")]
    assert re.findall(r'<td class="short">([\d-]+)</td>', drawn) == [night(LAST - 1), night(LAST - 2), night(LAST - 3), night(SERVED)]
    assert f"alerts of {night(LAST - 1)}" in drawn


@pytest.mark.parametrize("table", ["promise", "performance", "performance_curve"])
@pytest.mark.parametrize("change", ["UPDATE scoring.{} SET night = night", "DELETE FROM scoring.{}"])
def test_what_was_entered_cannot_be_changed(world: World, table: str, change: str) -> None:
    with pytest.raises((UsageError, sa.exc.DBAPIError), match="23001"):
        world.change(change.format(table))


def test_a_published_night_promises_what_its_scores_say_and_one_without_a_model_nothing(world: World) -> None:
    for place in range(SERVED, LAST + 1):
        night_of_it = judged(world, place, place)
        scores, alerted = [one.score for one in night_of_it], [one.score for one in night_of_it if one.alerted]
        ((frauds, precision, recall),) = world.rows(PROMISE.format(night(place)))
        assert frauds == pytest.approx(sum(scores))
        assert precision == pytest.approx(sum(alerted) / len(alerted))
        assert recall == pytest.approx(sum(alerted) / sum(scores))
    assert world.rows(PROMISE.format(night(SERVED - 1))) == []


def test_the_scorecard_holds_the_promise_of_a_night_that_has_not_matured(world: World) -> None:
    card = world.rows(f"SELECT * FROM scoring.model_scorecard WHERE night = '{night(LAST)}'")[0]
    assert (card.measurements, card.known_through, card.frauds, card.average_precision) == (0, None, None, None)
    assert (card.promised_frauds, card.promised_precision, card.promised_recall) == world.rows(PROMISE.format(night(LAST)))[0]


def test_monitoring_again_enters_nothing_twice(world: World) -> None:
    before = measured(world)
    with world.house() as house:
        run_id = int(world.scalar("SELECT max(run_id) FROM scoring.run"))  # type: ignore[call-overload]
        counts = steps.monitor(house, run_id).counts
    assert counts.items() >= {"reports": 1, "promised": 0, "measured": 0, "unreadable": 0}.items()
    assert measured(world) == before


def test_a_backfill_of_the_same_nights_measures_the_same(world: World) -> None:
    before, cards = measured(world), world.rows("SELECT * FROM scoring.model_scorecard ORDER BY night")
    newest = world.scalar("SELECT max(run_id) FROM scoring.run")
    assert run_nights(world, range(SERVED, LAST + 1)) == []
    assert measured(world, f"run_id > {newest}") == before
    assert measured(world, f"run_id <= {newest}") == before
    assert world.rows("SELECT * FROM scoring.model_scorecard ORDER BY night") == cards


def test_a_lost_file_leaves_its_own_night_unmeasured_and_no_other(world: World) -> None:
    (lost,) = (world.home / ".nightshift" / "lake" / "transactions" / f"night={night(LAST)}").iterdir()
    lost.unlink()
    with world.house() as house:
        run_id = steps.plan(house, Night.parse(night(LAST + 1)), scheduled=False, requested_by="test")
        with house.warehouse.begin() as connection:
            plan = runs.plan_as_entered(connection, run_id)
        assert follow(house, plan) == Followed(promised=0, measured=2, unreadable=1)
    assert {str(row.night) for row in measured(world, f"known_through = '{night(LAST + 1)}'")} == {night(LAST - 1), night(LAST - 3)}


def test_the_report_shows_the_nights_that_were_known_by_its_own(world: World) -> None:
    def page(place: int) -> str:
        return (world.home / ".nightshift" / "lake" / "reports" / f"{night(place)}.html").read_text()

    def shown(place: int) -> list[tuple[str, ...]]:
        return re.findall(r'<td class="short">([\d-]+)</td>\s+<td class="short">([\d-]+)</td>', page(place))

    assert "Matured nights" in page(LAST)
    assert (night(SERVED), night(LAST)) in shown(LAST)
    assert (night(SERVED), night(8)) in shown(9)
    assert "No night has matured yet." in page(SERVED)


def test_keys_of_text_and_transactions_without_a_card_are_measured_too(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = World.make(database_url, tmp_path, monkeypatch)
    small.configure(**SMALL, transactions={"nullable_entities": ["customer"]})
    small.make_tables(key="text", entity="text")
    drawn = trade(night(0), nights=5)
    cards = [None if number % 3 == 0 else f"card {number % 7}" for number in range(len(drawn.transactions))]
    texts = [
        {**row, "transaction_id": f"t-{row['transaction_id']}", "customer_id": card, "terminal_id": "one"}
        for row, card in zip(drawn.transactions, cards, strict=True)
    ]
    small.bring(Trade(texts, [{**row, "transaction_id": f"t-{row['transaction_id']}"} for row in drawn.labels]))
    assert run_nights(small, range(5)) == []
    (row,) = measured(small)
    assert (str(row.night), row.row_count, row.frauds, row.alerts) == (night(3), 140, 110, SMALL["alert_budget"])
    assert (row.average_precision, row.precision, row.card_precision) == (1.0, 1.0, 1.0)
