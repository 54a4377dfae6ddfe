"""`nightshift sql` with files and named values: what is missing, unknown or unreadable is one line and exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.data.named import ANALYSIS, listed
from tests.commanding import nightshift, says
from tests.worlds import World

HISTORY = str(ANALYSIS / "score_history.sql")


@pytest.fixture
def warehouse(world: World) -> World:
    world.make_tables()
    return world


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--file", HISTORY), "the query asks for transaction_id: add --set transaction_id=VALUE"),
        (("--file", HISTORY, "--set", "transaction_id=1", "--set", "nite=2"), "the query asks for no 'nite': it asks for transaction_id"),
        (("SELECT 1", "--set", "night=2"), "the query asks for no 'night': it asks for nothing"),
        (("SELECT :a, :b", "--set", "a=1"), "the query asks for b: add --set b=VALUE"),
        (
            ("--file", HISTORY, "--set", "transaction_id"),
            "--set takes NAME=VALUE, for example --set night=2026-11-22, not 'transaction_id'",
        ),
        (("--file", HISTORY, "--set", "transaction_id=1", "--set", "transaction_id=2"), "--set transaction_id is given twice"),
        (("--file", HISTORY, "--set", "transaction_id=x"), 'the query was refused: invalid input syntax for type bigint: "x"'),
        (("--file", "nowhere.sql"), "cannot read 'nowhere.sql' (No such file or directory): 'nightshift sql --list' shows"),
        (("--file", "/"), "cannot read '/' (Is a directory)"),
        ((), "say one of QUERY, --file PATH and --list"),
        (("SELECT 1", "--list"), "say one of QUERY, --file PATH and --list"),
        (("SELECT 1", "--file", HISTORY), "say one of QUERY, --file PATH and --list"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(warehouse: World, words: tuple[str, ...], sentence: str) -> None:
    says(2, sentence, "sql", *words)


@pytest.mark.parametrize(
    "text", ["SELECT 1; SELECT 2", "DELETE FROM scoring.publication", "SELECT * FROM scoring.prediction", "RESET ROLE"]
)
def test_a_file_may_do_no_more_than_an_analyst(warehouse: World, tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.sql").write_text(text)
    says(
        2, "only queries that give rows" if text == "RESET ROLE" else "the query was refused: ", "sql", "--file", str(tmp_path / "mine.sql")
    )


def test_the_list_tells_of_every_file_what_it_answers_and_asks_for(world: World) -> None:
    outcome = nightshift("sql", "--list")
    assert outcome.code == 0
    for query in listed():
        (line,) = (line for line in outcome.out.splitlines() if query.path.name in line)
        assert query.title in line
        assert all(name in line for name in query.names)
