"""A password that must never be told, put wherever a password may stand, and every command asked: nothing that is said or logged has it."""

from __future__ import annotations

import http.server
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer

from pipeline.__main__ import app
from pipeline.data import server
from pipeline.data.embedded_place import place_of
from tests.commanding import NEXT, SCORED, Outcome, nightshift
from tests.servers import ask
from tests.worlds import SMALL, World

pytestmark = pytest.mark.slow
CANARY = "canary-3f9c"
WORDS = (
    ("init",),
    ("load", "FOLDER"),
    ("night", NEXT),
    ("backfill", NEXT, NEXT),
    ("plan", SCORED, NEXT),
    ("gaps",),
    ("train", "--until", SCORED),
    ("models",),
    ("compare", "MODEL", "MODEL"),
    ("promote", "MODEL", "--reason", "x"),
    ("rollback", "--reason", "x"),
    ("report", SCORED),
    ("prune", "--dry-run"),
    ("sql", "SELECT 1 AS one"),
    ("doctor",),
    ("doctor", "--repair"),
)
MODEL = "SELECT version FROM scoring.model_version LIMIT 1"


def addresses(world: World) -> Iterator[str]:
    """Addresses of databases that do not answer, each with the canary in it."""
    url = world.database.url
    for wrong in (
        url.set(password=CANARY),
        url.set(password=CANARY, port=1),
        url.set(password=CANARY, host="nowhere.invalid"),
        url.set(password=None, query={"password": CANARY, "user": "me"}),
        url.set(password=CANARY, query={"sslmode": CANARY}),
    ):
        yield wrong.render_as_string(hide_password=False)
    yield f"{CANARY} is no address"
    yield f"postgresql+psycopg://me:{CANARY}@[half"
    yield f"oracle+cx_oracle://me:{CANARY}@127.0.0.1/x"


@contextmanager
def stranger() -> Iterator[int]:
    """A store of objects that lets nobody in, and repeats in its refusal all that it was told."""

    class Store(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = f"{self.path} {self.headers}".replace("&", "").replace("<", "")
            body = f"<Error><Code>AccessDenied</Code><Message>{told}</Message></Error>".encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815  # the names are the library's

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store) as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        yield store.server_port
        store.shutdown()


@pytest.fixture
def model(behind: World) -> str:
    return str(behind.scalar(MODEL))


def asked(model: str, folder: Path) -> list[Outcome]:
    """What every command says."""
    places = {"FOLDER": str(folder / "nothing"), "MODEL": model}
    return [nightshift(*(places.get(word, word) for word in words)) for words in WORDS]


def assert_untold(outcomes: list[Outcome], caplog: pytest.LogCaptureFixture, secret: str = CANARY) -> None:
    """Each says something in words, and no word is the secret."""
    assert all(outcome.out or outcome.err for outcome in outcomes)
    assert "Traceback" not in "".join(outcome.err for outcome in outcomes)
    assert secret not in "".join([*map(repr, outcomes), caplog.text])


def test_every_command_is_asked_here() -> None:
    assert {words[0] for words in WORDS} == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("setting", ["warehouse_url", "source_url"])
def test_no_command_tells_the_password_of_an_address_that_does_not_answer(
    behind: World, model: str, setting: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    for address in addresses(behind):
        behind.configure(**SMALL | {setting: address})
        outcomes = asked(model, tmp_path)
        assert_untold(outcomes, caplog)
        assert outcomes[2].code in {2, 4, 5}, (address, outcomes[2])


def test_no_command_tells_the_key_of_a_lake_that_refuses(
    behind: World, model: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    with stranger() as port:
        behind.configure(**SMALL, lake_uri=f"s3://me:{CANARY}@bucket/lake?scheme=http&region=x&endpoint_override=127.0.0.1:{port}")
        outcomes = asked(model, tmp_path)
    assert_untold(outcomes, caplog)
    assert outcomes[2].code == 5
    assert "the lake cannot" in outcomes[2].err


@pytest.mark.parametrize(
    "table",
    [
        f'[notify.webhook]\nurl = "hooks.example/{CANARY}"',
        f'[notify.webhook]\nurl = "https://hooks.example/x"\nsecret = "{CANARY}\\n"',
        f'[notify.webhook]\nurl = "https://hooks.example/x"\ntoken = "{CANARY}"',
        f'[notify.webhook]\nurl = ["{CANARY}"]',
        f'[notify.email]\nhost = "mail.example"\nsender = "a@b"\nrecipients = ["a@b"]\npassword = "{CANARY}"',
        f'[notify.email]\nhost = "m"\nsender = "a@b"\nrecipients = ["a@b"]\nuser = "u"\nencryption = "none"\npassword = "{CANARY}"',
        f"[notify.email]\npassword = {CANARY}",
        f'[notify.email]\npassword = "{CANARY}',
        f'[notify.email]\npassword "{CANARY}"',
    ],
)
def test_settings_that_are_refused_do_not_tell_the_secret_in_them(
    behind: World, model: str, table: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    file = behind.home / "nightshift.toml"
    file.write_text(f"{file.read_text()}\n{table}\n")
    outcomes = asked(model, tmp_path)
    assert {outcome.code for outcome in outcomes} == {2, 3}  # 3 is the doctor's
    assert_untold(outcomes, caplog)


def test_no_command_tells_the_password_that_is_right(behind: World, model: str, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    outcomes = asked(model, tmp_path)
    assert outcomes[2].code == 0
    assert_untold(outcomes, caplog, str(behind.database.url.password))


def test_no_help_tells_a_setting(behind: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_WAREHOUSE_URL", f"postgresql+psycopg://me:{CANARY}@host/x")
    for words in ((), *((name,) for name, *_ in WORDS)):
        outcome = nightshift(*words, "--help")
        assert (outcome.code, "Usage" in outcome.out) == (0, True)
        assert CANARY not in outcome.out + outcome.err


def test_the_servers_log_holds_no_password_and_no_statement_that_failed(postgres: server.Embedded, folder_of_all: Path) -> None:
    log = place_of(folder_of_all / "postgres").log
    before = log.stat().st_size
    wrong = sa.make_url(postgres.url).set(password=CANARY).render_as_string(hide_password=False)
    for url, statement in (
        (wrong, "SELECT 1"),
        (postgres.url, f"CREATE ROLE pg_mine PASSWORD '{CANARY}'"),
        (postgres.url, f"SELECT '{CANARY}'::int"),
        (postgres.url, f"DO $$ BEGIN RAISE WARNING '{CANARY}'; RAISE EXCEPTION '{CANARY}'; END $$"),
    ):
        with suppress(sa.exc.DBAPIError):
            ask(url, statement)
    told = log.read_text(errors="replace")[before:]
    assert "password authentication failed" in told
    assert CANARY not in told
