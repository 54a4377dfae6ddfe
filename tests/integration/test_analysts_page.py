"""What docs/analysts.md tells analysts to ask, asked as they ask it."""

from __future__ import annotations

import re
import shlex
from itertools import groupby

import pytest

from pipeline import steps
from pipeline.core.night import Night
from pipeline.data.questions import Answer, ask
from tests.commanding import NEXT, SCORED, nightshift
from tests.conftest import CHECKOUT
from tests.worlds import World

PAGE = (CHECKOUT / "docs" / "analysts.md").read_text()
OF_THE_PAGE = {
    "2026-11-22": SCORED,
    "2026-11-23 09:00+00": "2100-01-01",
    "2026-11-20 09:00+00": "2026-03-05 09:00+00",
    "202611220004711": "3000",
}  # a night, an instant and a key of ours


def blocks() -> list[str]:
    """Every block of the page: lines that are indented by four, up to the next that is not."""
    grouped = groupby(PAGE.splitlines(), key=lambda line: line.startswith("    "))
    return ["\n".join(line[4:] for line in lines) for indented, lines in grouped if indented]


def questions() -> list[str]:
    """The blocks of SQL; one that begins with $ is of commands."""
    return [block for block in blocks() if not block.startswith("$")]


def commands() -> list[list[str]]:
    """The words of every command of the page."""
    return [shlex.split(line[2:]) for block in blocks() if block.startswith("$") for line in block.splitlines()]


def asked(world: World, question: str) -> Answer:
    """The answer of the warehouse to a question of the page, with values of ours in place of the page's."""
    for theirs, ours in OF_THE_PAGE.items():
        question = question.replace(theirs, ours)
    return ask(world.database, question)


@pytest.mark.parametrize("question", questions())
def test_every_question_of_the_page_has_an_answer(scored: World, question: str) -> None:
    assert asked(scored, question).rows


def test_the_page_asks_of_every_night_and_score_that_can_be_asked() -> None:
    named = {"night_summary", "alert", "alert_reason", "prediction_history", "prediction_as_of", "champion_at", "model_scorecard"}
    assert {name for question in questions() for name in re.findall(r"scoring\.(\w+)", question)} == named


def test_every_command_of_the_page_can_be_given(scored: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    told = [words for words in commands() if words[0] == "nightshift"]
    for _, *words in told:
        assert nightshift(*words).code == 0, words
    (write,) = (words for words in commands() if words[0] == "psql")
    with scored.database.engine.connect() as connection:  # nothing of it stays
        connection.exec_driver_sql("SET LOCAL ROLE nightshift_analyst")
        assert connection.exec_driver_sql(write[-1].replace("202611220004711", "3000")).rowcount == 1
    assert len(told) >= 3


def test_no_row_is_lost_also_where_a_night_was_begun_and_never_extracted(behind: World) -> None:
    (question,) = (question for question in questions() if "lost" in question)
    with behind.house() as house:
        steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
    assert asked(behind, question) == Answer(["lost"], [(0,)])
