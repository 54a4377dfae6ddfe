"""The commands as a person meets them: help, wrong use, questions in SQL, sources of many shapes, Ctrl-C, a terminal and a pipe."""

from __future__ import annotations

import functools
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commanding import FIRST, SCORED, nightshift, says
from tests.worlds import World

COMMAND = [sys.executable, "-m", "pipeline"]


# wrong use


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nigth", SCORED], "No such command 'nigth'. Did you mean 'night'"),
        (["serve"], "No such command 'serve'."),
        (["night"], "Missing argument 'DAY'."),
        (["night", SCORED, "--mode", "corrected"], "mode corrected needs a reason"),
        (["night", SCORED, "--until", "now"], "No such option"),
        (["night", "22.11.2026"], "write it as YYYY-MM-DD, for example 2026-11-22"),
        (["night", "2099-01-01"], "night 2099-01-01 is not over: it ends at 2099-01-02 00:00 UTC"),
        (["backfill", SCORED, FIRST], f"the range is empty: {SCORED} comes after {FIRST}"),
        (["load", "nowhere"], "nowhere does not exist"),
        (["load", "x", "--append", "--replace"], "--append and --replace exclude each other"),
        (["report", "2026-02-01"], "night 2026-02-01 was never run: run 'nightshift night 2026-02-01' first"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_would_be_right(scored: World, words: list[str], sentence: str) -> None:
    says(2, sentence, *words)


@pytest.mark.parametrize("command", ["init", "load", "night", "backfill", "report", "sql"])
def test_every_command_explains_itself(command: str) -> None:
    outcome = nightshift(command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"Usage: nightshift {command}" in outcome.out
    assert len(outcome.out.splitlines()) > 8


def test_without_a_word_the_commands_are_listed() -> None:
    outcome = nightshift()
    assert outcome.code == 2
    assert all(command in outcome.err for command in ("init", "load", "night", "backfill", "report", "sql"))


# set-up


def test_nothing_set_up_is_answered_with_the_command_that_sets_up(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTSHIFT_CONFIG", str(tmp_path / "nightshift.toml"))
    for words in (["night", SCORED], ["sql", "SELECT 1"], ["report", SCORED], ["load", "x"], ["init"]):
        says(2, "run 'nightshift init --embedded'", *words)
    world = World.make(database_url, tmp_path, monkeypatch)
    world.configure(warehouse_url="")
    (tmp_path / "nightshift.toml").write_text('[source.transactions]\nentities = { customer = "customer_id" }\n')
    says(2, "no warehouse: set warehouse_url in nightshift.toml, or run 'nightshift init --embedded'", "night", SCORED)
    world.configure()
    for words in (["night", SCORED], ["sql", "SELECT 1"], ["report", SCORED]):
        says(2, "is not set up for this version: run 'nightshift init'", *words)
    says(4, "the source has no table 'transactions'", "init")


def test_init_may_be_repeated_and_keeps_the_key(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World.make(database_url, tmp_path, monkeypatch)
    world.make_tables()
    key = tmp_path / ".nightshift" / "signing.key"
    before = key.read_bytes()
    assert (len(before), key.stat().st_mode & 0o777) == (32, 0o600)
    outcome = nightshift("init")
    assert (outcome.code, outcome.err) == (0, "")
    assert "every migration was applied before" in outcome.out
    assert f"signing key kept: {key}" in outcome.out
    assert key.read_bytes() == before


def test_a_place_where_no_settings_can_be_written_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_CONFIG", "/proc/nowhere/nightshift.toml")
    says(2, "cannot write /proc/nowhere/nightshift.toml", "init", "--embedded")


# questions


def test_a_question_is_answered_as_a_table_and_as_csv(scored: World) -> None:
    query = f"SELECT alert_rank, transaction_id FROM scoring.alert WHERE night = '{SCORED}' ORDER BY 1"
    table, plain = nightshift("sql", query), nightshift("sql", query, "--csv")
    assert (table.code, plain.code, table.err + plain.err) == (0, 0, "")
    lines = plain.out.splitlines()
    assert lines[0] == "alert_rank,transaction_id"
    assert len(lines) == 6
    assert [line.split() for line in table.out.splitlines() if "─" not in line] == [line.split(",") for line in lines]


def test_a_wide_answer_keeps_every_column_in_a_pipe(scored: World) -> None:
    names = nightshift("sql", "SELECT * FROM scoring.night_summary", "--csv").out.splitlines()[0].split(",")
    header = nightshift("sql", "SELECT * FROM scoring.night_summary").out.splitlines()[0]
    assert header.split() == names


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x1b]0;mine\x07", "\x9b2J", "\r", "\b"])
def test_no_text_of_the_warehouse_drives_the_terminal(scored: World, sign: str) -> None:
    outcome = nightshift("sql", f"SELECT U&'a\\{ord(sign[0]):04x}' || '{sign[1:].replace(chr(7), '')}b' AS told")
    assert outcome.code == 0, outcome
    assert f"a\\x{ord(sign[0]):02x}" in outcome.out
    assert not any(sign[0] in text for text in (outcome.out, outcome.err))


def test_no_refusal_drives_the_terminal_by_what_it_quotes(scored: World) -> None:
    ended = subprocess.run([*COMMAND, "sql", "SELECT (U&'\\001b[2J')::int"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "\\x1b[2J" in ended.stderr
    assert "\x1b" not in ended.stdout + ended.stderr


def test_no_name_of_a_column_drives_the_terminal(scored: World) -> None:
    outcome = nightshift("sql", 'SELECT 1 AS "a\x1b[2Jb"')
    assert outcome.out.split()[0] == "a\\x1b[2Jb"


def test_a_question_may_hold_any_sign(scored: World) -> None:
    outcome = nightshift("sql", "SELECT '100 %s :x [bold]' AS \"a % b\", 'é,\"' AS c, NULL AS d", "--csv")
    assert outcome.out == 'a % b,c,d\n100 %s :x [bold],"é,""",\n'
    assert "100 %s :x [bold]" in nightshift("sql", "SELECT '100 %s :x [bold]' AS a").out


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELEC 1", 'the query was refused: syntax error at or near "SELEC"'),
        ("SELECT * FROM nothing", 'the query was refused: relation "nothing" does not exist'),
        ("SELECT * FROM transactions", "the query was refused: permission denied for table transactions"),
        ("DELETE FROM scoring.publication", "the query was refused: "),
        ("CREATE TABLE mine (x int)", "the query was refused: "),
        ("SET TRANSACTION READ WRITE", "the query was refused: "),
        ("COMMIT; RESET ROLE; DROP TABLE labels", "the query was refused: cannot insert multiple commands"),
        ("RESET ROLE", "only queries that give rows can be asked"),
        ("", "only queries that give rows can be asked"),
        ("COPY (SELECT 1) TO STDOUT", "the query was refused: "),
        ("DO $$ BEGIN RESET ROLE; DELETE FROM public.labels; END $$", "the query was refused: "),
    ],
)
def test_what_is_no_analysts_question_is_refused_and_changes_nothing(scored: World, query: str, sentence: str) -> None:
    before = scored.rows("SELECT count(*) FROM labels UNION ALL SELECT count(*) FROM scoring.publication")
    says(2, sentence, "sql", query)
    assert scored.rows("SELECT count(*) FROM labels UNION ALL SELECT count(*) FROM scoring.publication") == before


def test_the_report_is_written_anew_and_its_place_told(scored: World) -> None:
    place = Path(nightshift("report", SCORED).out.strip().removeprefix("file://"))
    assert SCORED in place.read_text()


def test_the_command_as_a_process_says_one_line_and_ends_with_its_code(scored: World) -> None:
    environment = os.environ | {"NIGHTSHIFT_WAREHOUSE_URL": "postgresql+psycopg://me:canary@127.0.0.1:1/x"}
    ended = subprocess.run([*COMMAND, "sql", "SELECT 1"], env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (5, "")
    assert (
        ended.stderr == "nightshift: no connection to postgresql+psycopg://me@127.0.0.1:1/x: is the server up, and warehouse_url right?\n"
    )


@pytest.mark.slow
def test_a_night_in_a_pipe_is_told_in_plain_lines_without_the_noise_of_libraries(scored: World) -> None:
    ended = subprocess.run([*COMMAND, "night", FIRST], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert all(line.startswith(f"night {FIRST} ") for line in ended.stderr.splitlines())
    assert ended.stdout.startswith(f"{FIRST} ")
    assert "\x1b" not in ended.stdout + ended.stderr


@pytest.mark.slow
def test_a_night_on_a_terminal_leaves_lines_that_can_be_read(scored: World) -> None:
    leader, follower = pty.openpty()
    started = subprocess.Popen([*COMMAND, "backfill", FIRST, FIRST], stdout=follower, stderr=follower, env=os.environ | {"TERM": "xterm"})
    os.close(follower)
    shown = b""
    while piece := _read(leader):
        shown += piece
    assert started.wait() == 0
    assert f"{FIRST} unscored".encode() in shown


@pytest.mark.slow
def test_ctrl_c_is_one_line_and_code_130(scored: World) -> None:
    asked = [*COMMAND, "sql", "SELECT pg_sleep(600)"]
    hear = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background job would be born deaf to it
    started = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hear)  # noqa: PLW1509  # no threads here
    while not scored.scalar("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'"):
        assert started.poll() is None
        time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    _, told = started.communicate()
    assert started.returncode == 130
    assert told == "nightshift: interrupted; nothing is half-published, and running the same command again is the repair\n"


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side closed
        return b""
