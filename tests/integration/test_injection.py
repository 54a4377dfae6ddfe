"""Hostile text through every parameter that takes text: refused in words or harmless, from a shell and from Airflow's parameters."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer

from pipeline import one_off, steps
from pipeline.__main__ import app
from pipeline.core.errors import NightshiftError
from pipeline.core.night import Night
from pipeline.core.plan import Asked
from pipeline.core.settings import load_settings
from pipeline.data.named import ANALYSIS
from tests.commanding import FIRST, NEXT, SCORED, nightshift
from tests.payloads import Ground
from tests.worlds import SMALL, World, trade, transaction

pytestmark = pytest.mark.slow
HISTORY = ANALYSIS / "score_history.sql"
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {  # where each text goes: TEXT stands for it, MODEL for a model that is there
    ("backfill", "first"): ("backfill", "TEXT", SCORED),
    ("backfill", "last"): ("backfill", SCORED, "TEXT"),
    ("backfill", "mode"): ("backfill", SCORED, SCORED, "--mode", "TEXT"),
    ("backfill", "model"): ("backfill", SCORED, SCORED, "--model", "TEXT"),
    ("backfill", "reason"): ("backfill", SCORED, SCORED, "--mode", "what-if", "--reason", "TEXT"),
    ("compare", "first"): ("compare", "TEXT", "MODEL"),
    ("compare", "second"): ("compare", "MODEL", "TEXT"),
    ("compare", "nights"): ("compare", "MODEL", "MODEL", "--nights", "TEXT"),
    ("load", "path"): ("load", "TEXT"),
    ("night", "day"): ("night", "TEXT"),
    ("night", "mode"): ("night", SCORED, "--mode", "TEXT"),
    ("night", "model"): ("night", SCORED, "--mode", "what-if", "--model", "TEXT", "--reason", "x"),
    ("night", "reason"): ("night", SCORED, "--mode", "corrected", "--model", "none", "--reason", "TEXT"),
    ("plan", "first"): ("plan", "TEXT", SCORED),
    ("plan", "last"): ("plan", SCORED, "TEXT"),
    ("plan", "mode"): ("plan", SCORED, SCORED, "--mode", "TEXT"),
    ("plan", "model"): ("plan", SCORED, SCORED, "--mode", "what-if", "--model", "TEXT"),
    ("promote", "version"): ("promote", "TEXT", "--reason", "x"),
    ("promote", "reason"): ("promote", "none", "--reason", "TEXT"),
    ("promote", "expires_when"): ("promote", "MODEL", "--reason", "x", "--expires-when", "TEXT"),
    ("report", "day"): ("report", "TEXT"),
    ("report", "data_docs"): ("report", "TEXT", "--data-docs", "TEXT"),
    ("sql", "query"): ("sql", "TEXT"),
    ("sql", "file"): ("sql", "--file", "TEXT"),
    ("sql", "values"): ("sql", "--file", str(HISTORY), "--set", "transaction_id=TEXT"),
    ("train", "until"): ("train", "--until", "TEXT"),
    ("train", "nights"): ("train", "--until", SCORED, "--nights", "TEXT"),
    ("train", "learner"): ("train", "--until", SCORED, "--learner", "TEXT"),
    ("train", "expires_when"): ("train", "--until", SCORED, "--promote", "--reason", "x", "--expires-when", "TEXT"),
    ("train", "exclude"): ("train", "--exclude", "TEXT", "--reason", "x"),
    ("train", "rebuild"): ("train", "--rebuild", "TEXT"),
    ("train", "reason"): ("train", "--exclude", "none", "--reason", "TEXT"),
    ("rollback", "reason"): ("rollback", "--reason", " "),  # whatever else it says is written down: a test below
}


@pytest.fixture
def ground(behind: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    behind.database.engine.dispose()
    yield Ground(behind, tmp_path_factory.mktemp("elsewhere") / "witness")


def test_every_parameter_of_every_command_that_takes_text_is_tried_here() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    taken = {(name, str(each.name)) for name, command in commands.items() for each in command.params if not _is_switch(each)}
    assert taken == set(WORDS)


def _is_switch(parameter: object) -> bool:
    return bool(getattr(parameter, "is_flag", False))


def test_no_text_from_a_shell_does_more_than_to_be_refused(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ground.world.home)
    before, model = ground.state(), str(ground.world.scalar("SELECT version FROM scoring.model_version LIMIT 1"))
    for words in WORDS.values():
        for text in ground.texts():
            given = [word.replace("TEXT", text).replace("MODEL", model) for word in words]
            outcome = nightshift(*given)
            assert (outcome.code, "Traceback" in outcome.err) == (2, False), (given, outcome)
            assert any(line.startswith("nightshift: ") for line in outcome.err.splitlines()), given
    assert ground.state() == before


def test_a_reason_is_written_down_as_it_was_said(ground: Ground) -> None:
    model = str(ground.world.scalar("SELECT version FROM scoring.model_version LIMIT 1"))
    hostile, (_, files) = " ".join(ground.texts()), ground.state()
    for words, written in (
        (("night", SCORED, "--mode", "what-if", "--model", model), "SELECT reason FROM scoring.run ORDER BY run_id DESC LIMIT 1"),
        (("promote", model), "SELECT reason FROM scoring.champion ORDER BY assignment_id DESC LIMIT 1"),
        (("rollback",), "SELECT reason FROM scoring.champion ORDER BY assignment_id DESC LIMIT 1"),
        (("train", "--exclude", NEXT), "SELECT reason FROM scoring.excluded_night ORDER BY exclusion_id DESC LIMIT 1"),
    ):
        outcome = nightshift(*words, "--reason", hostile)
        assert outcome.code == 0, outcome
        assert ground.world.scalar(written) == hostile
    assert ground.state()[1] == files
    assert ground.world.scalar("SELECT count(*) FROM scoring.publication") == 1


def test_no_parameter_of_a_dag_does_more_through_what_the_adapter_calls(ground: Ground) -> None:
    """Behind the parameters' schema, as if it let everything pass: the very calls of dags/nightshift_adapter.py."""
    before = ground.state()
    with ground.world.house() as house:
        for text in ground.texts():
            for asked in (
                Asked.of({"mode": text, "model_version": None, "reason": "x"}),
                Asked.of({"mode": "what-if", "model_version": text, "reason": "x"}),
                Asked.of({"mode": "corrected", "model_version": text, "reason": text}),
            ):
                with pytest.raises(NightshiftError):
                    steps.plan(house, Night.parse(SCORED), scheduled=False, requested_by=text, asked=asked)
            with pytest.raises(NightshiftError):
                Night.parse(text)
            with pytest.raises(NightshiftError):
                _ = one_off.Assignment(text, text, text, False).rule
            with pytest.raises(NightshiftError):
                one_off.train_until(house, Night.parse(NEXT), None, text)
    assert ground.state() == before


SETTINGS = ("source.transactions.table", "source.transactions.transaction_id", "source.transactions.amount", "source.labels.table",
    "source.labels.known_at", "source.transactions.entities.customer", "timezone", "view", "learner", "label_maturity")  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_no_name_in_the_settings_is_more_than_a_name(ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before, variable = ground.state(), f"NIGHTSHIFT_{name.upper().replace('.', '__')}"
    for text in ground.texts():
        monkeypatch.setenv(variable, text)
        outcome = nightshift("night", NEXT)
        assert outcome.code in {2, 4}, (text, outcome)
        assert "Traceback" not in outcome.err
    monkeypatch.delenv(variable)
    assert ground.state() == before
    assert load_settings().alert_budget == SMALL["alert_budget"]
    assert variable not in os.environ


VERDICT = "INSERT INTO scoring.verdict (transaction_id, verdict, note) VALUES (:key, 'genuine', :note)"
ALERTS = 150  # of a night: more than its dear rows, so that the hostile ones are among them


def as_text(rows: list[dict[str, object]], *names: str) -> list[dict[str, object]]:
    return [row | {name: str(row[name]) for name in names} for row in rows]


def test_a_hostile_key_and_a_hostile_entity_are_values(world: World, tmp_path: Path) -> None:
    """Where keys are text, they travel through every step, the views and verdicts as what they are."""
    world.configure(**SMALL | {"alert_budget": ALERTS})
    world.make_tables(key="text", entity="text")
    usual = trade(FIRST, nights=5)
    world.insert("transactions", as_text(usual.transactions, "transaction_id", "customer_id", "terminal_id"))
    world.insert("labels", as_text(usual.labels, "transaction_id"))
    ground, moment = Ground(world, tmp_path / "witness"), Night.parse(SCORED).start
    for place in range(3):
        world.run(str(Night.parse(FIRST).back(-place)))
    good = [transaction(f"{text} good", moment, customer_id=text, terminal_id=text, amount=990) for text in ground.texts()]
    twice = [transaction(text, moment, customer_id=text, terminal_id=text, amount=amount) for text in ground.texts() for amount in (5, 6)]
    plenty = [transaction(f"plain {number}", moment, customer_id="1", terminal_id="2") for number in range(200)]  # rejected rows are few
    world.insert("transactions", [*good, *twice, *plenty])
    source, files = world.scalar("SELECT count(*) FROM transactions"), ground.state()[1]

    world.run(SCORED)
    hostile, rejected = {str(row["transaction_id"]) for row in good}, set(ground.texts())
    for view in ("current_prediction", "prediction_history", "alert", "alert_reason", "prediction_as_of(now())"):
        assert hostile <= keys(world, view), view
    assert keys(world, "rejection") == rejected == keys(world, "rejected_transaction")
    with world.database.begin() as connection:
        connection.execute(sa.text(VERDICT), [{"key": key, "note": key} for key in hostile])
    assert {tuple(row) for row in world.rows("SELECT transaction_id, note FROM scoring.verdict")} == {(key, key) for key in hostile}
    world.run(NEXT)
    assert world.rows("SELECT night::text FROM scoring.publication WHERE superseded_at IS NULL ORDER BY 1") == [(SCORED,), (NEXT,)]
    assert world.scalar("SELECT count(*) FROM transactions") == source
    assert ground.state()[1] == files


def keys(world: World, relation: str) -> set[str]:
    return {str(key) for (key,) in world.rows(f"SELECT DISTINCT transaction_id FROM scoring.{relation}")}
