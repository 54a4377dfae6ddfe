"""Analysts' verdicts: signed by the database, sealed as labels by the night in which they were written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import intake, predictions, runs, seals
from pipeline.data.names import LABELS
from pipeline.data.predictions import Origin
from pipeline.scoring.training import known_frauds
from tests.integration.test_staging import MODEL, scores_of
from tests.step_users import StepUsers, step_users
from tests.worlds import SMALL, World, as_of, trade

WRITE = "INSERT INTO scoring.verdict (transaction_id, verdict, note) VALUES (:key, :verdict, :note)"
PUBLISHED = "2026-03-01"  # a night in which the transactions 1, 2 and 3 are published


@pytest.fixture
def users(world: World) -> Iterator[StepUsers]:
    world.configure(**SMALL)
    world.make_tables()
    world.change(MODEL)
    with world.database.begin() as connection:
        plan = runs.plan_of(connection, runs.open_run(connection, as_of(PUBLISHED)))
    predictions.stage(world.database, plan, Origin("m", None), scores_of(0.9, 0.5, 0.1))
    predictions.publish(world.database, plan)
    with step_users(world) as users:
        yield users


def write(users: StepUsers, key: int, verdict: str, note: str = "asked the customer") -> None:
    with users.session("analyst") as connection:
        connection.execute(sa.text(WRITE), {"key": key, "verdict": verdict, "note": note})
        connection.commit()


def refusal(users: StepUsers, statement: str, **values: object) -> tuple[str, str]:
    """SQLSTATE and first line of a refused statement of the analyst's."""
    with users.session("analyst") as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(sa.text(statement), values)
    return str(getattr(caught.value.orig, "sqlstate", None)), str(caught.value.orig).splitlines()[0]


def labels_of(world: World, night: Night) -> seals.Seal:
    with world.database.begin() as connection:
        return seals.bound(connection, LABELS, night, night)[0]


def test_the_database_says_who_wrote_a_verdict_and_when(users: StepUsers) -> None:
    before = users.world.scalar("SELECT clock_timestamp()")
    write(users, 1, "fraud")
    (row,) = users.world.rows("SELECT *, clock_timestamp() AS now FROM scoring.verdict")
    assert (row.transaction_id, row.verdict, row.note) == (1, "fraud", "asked the customer")
    assert row.written_by == sa.make_url(users.urls["analyst"]).username
    assert before < row.written_at < row.now
    for column, value in (("written_by", "'somebody'"), ("written_at", "'2020-01-01'")):
        forged = f"INSERT INTO scoring.verdict (transaction_id, verdict, note, {column}) VALUES (1, 'fraud', 'x', {value})"
        assert refusal(users, forged)[0] == "42501"


def test_a_login_that_puts_the_role_on_signs_with_its_own_name(users: StepUsers) -> None:
    with users.session("analyst") as connection:
        connection.exec_driver_sql("SET ROLE nightshift_analyst")
        connection.execute(sa.text(WRITE), {"key": 2, "verdict": "genuine", "note": "seen"})
        assert connection.exec_driver_sql("SELECT written_by FROM scoring.verdict").scalar() == connection.engine.url.username


def test_a_verdict_about_a_transaction_that_nobody_published_is_refused_in_words(users: StepUsers) -> None:
    with users.world.database.begin() as connection:
        plan = runs.plan_of(connection, runs.open_run(connection, as_of("2026-03-02")))
    staged = scores_of(0.9, 0.5, 0.1, 0.2)
    predictions.stage(users.world.database, plan, Origin("m", None), staged)  # 4 is staged and was never published
    for key in (4, 999):
        told = refusal(users, WRITE, key=key, verdict="fraud", note="x")
        sentence = f"no published transaction has the id {key}: a verdict is about one that scoring.current_prediction shows"
        assert told == ("23503", sentence)


@pytest.mark.parametrize(("verdict", "note"), [("maybe", "x"), ("fraud", " "), ("fraud", None), (None, "x"), ("fraud", "x" * 2001)])
def test_a_verdict_is_fraud_or_genuine_and_says_why(users: StepUsers, verdict: str | None, note: str | None) -> None:
    assert refusal(users, WRITE, key=1, verdict=verdict, note=note)[0] in {"23514", "23502"}


def test_no_verdict_is_changed_or_taken_back(users: StepUsers) -> None:
    write(users, 1, "fraud")
    for statement in ("UPDATE scoring.verdict SET verdict = 'genuine'", "DELETE FROM scoring.verdict"):
        assert refusal(users, statement)[0] == "42501"
        with users.world.database.engine.connect() as owner, pytest.raises(sa.exc.DBAPIError, match="append-only"):
            owner.exec_driver_sql(statement)


def test_the_night_in_which_verdicts_were_written_seals_them_and_no_other_night_does(users: StepUsers) -> None:
    world = users.world
    for key, verdict in ((1, "fraud"), (1, "genuine"), (2, "fraud")):
        write(users, key, verdict)
    tonight = Night.of(world.scalar("SELECT max(written_at) FROM scoring.verdict"))  # type: ignore[arg-type]
    world.bring(trade(str(tonight.back(1)), nights=3))
    seal(world, tonight.back(1))
    seal(world, tonight)
    before, sealed = labels_of(world, tonight.back(1)), labels_of(world, tonight)
    assert before.verdict_rows == 0
    assert (sealed.verdict_rows, sealed.row_count) == (3, world.scalar(in_night(tonight)) + 3)  # type: ignore[operator]
    assert sealed.source_rows == sealed.row_count + sealed.rejected_rows + sealed.collapsed_rows
    with world.house() as house:
        rows = house.lake.read_table(sealed.path, sealed.sha256)
        frauds = set(known_frauds(rows, tonight.end).to_pylist())
    assert {1, 2} & frauds == {2}  # of 1 the later verdict wins
    seal(world, tonight)
    assert labels_of(world, tonight) == sealed
    assert disagrees(world) == 0
    seal(world, tonight.back(1))
    assert labels_of(world, tonight.back(1)) == before
    late = tonight.end - dt.timedelta(seconds=1)
    world.change(
        "SET session_replication_role = replica",
        f"INSERT INTO scoring.feedback (transaction_id, verdict, note, written_by, written_at) VALUES (3, 'fraud', 'x', 'x', '{late}')",
        "SET session_replication_role = origin",
    )  # committed after the night was sealed
    seal(world, tonight)
    assert disagrees(world) == 1
    seal(world, tonight.next())
    straggled = labels_of(world, tonight.next())
    assert (straggled.straggler_rows, straggled.verdict_rows) == (1, 0)
    with world.house() as house:
        assert 3 in house.lake.read_table(straggled.path, straggled.sha256)["transaction_id"].to_pylist()


def in_night(night: Night) -> str:
    return f"SELECT count(*) FROM labels WHERE known_at >= '{night.start}' AND known_at < '{night.end}'"


def disagrees(world: World) -> object:
    """What the newest run found of its source."""
    return world.scalar(
        "SELECT (figures ->> 'source_disagrees')::float FROM scoring.run_step WHERE step = 'extract' ORDER BY run_id DESC LIMIT 1"
    )


def seal(world: World, night: Night) -> None:
    """Extract the night, and let its seals bind."""
    with world.house() as house:
        run_id = steps.plan(house, night, scheduled=False, requested_by="test")
        steps.extract(house, run_id)
        with house.warehouse.begin() as connection:
            intake.bind(connection, house.lake, run_id, night)
