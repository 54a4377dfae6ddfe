"""MariaDB as a source: a server of its own, where Debian's package and a driver are installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.house import open_house
from tests.commanding import FIRST, nightshift, says
from tests.worlds import SMALL, World, at

NOON = at(f"{FIRST} 12:00")
LATER = "2026-03-02"
PROGRAMS = ("mariadbd", "mariadb-install-db")
LACKING = [name for name in PROGRAMS if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
PATIENCE = 60.0  # seconds for a server to come up
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(LACKING), reason=f"{', '.join(LACKING)} is not installed: apt-get install mariadb-server"),
    pytest.mark.skipif(not importlib.util.find_spec("pymysql"), reason="the driver is not installed: pip install pymysql"),
]
TABLES = (
    """CREATE TABLE transactions (transaction_id bigint, occurred_at timestamp(6) NULL, recorded_at timestamp(6) NULL,
    customer_id varchar(9), terminal_id int, amount decimal(18, 2))""",
    "CREATE TABLE labels (transaction_id bigint, is_fraud boolean, known_at timestamp(6) NULL)",
    "CREATE USER reader IDENTIFIED BY 'secret'",
    "GRANT SELECT ON shop.* TO reader",
)


@pytest.fixture(scope="module")
def server(folder_of_all: Path) -> Iterator[str]:
    """The URL of a fresh server's database, for its owner; its clock is not UTC's."""
    data, link = folder_of_all / "mariadb", folder_of_all / "mariadb.sock"
    account = ["--user=root"] if os.geteuid() == 0 else []
    path = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    settled = ["--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(["mariadb-install-db", *settled, *account], check=True, env=path, stdout=subprocess.DEVNULL)
    port = free_port()
    places = [f"--datadir={data}", f"--socket={link}", f"--port={port}", "--bind-address=127.0.0.1", "--default-time-zone=+02:00"]
    with subprocess.Popen(["mariadbd", "--no-defaults", *places, *account], env=path, stderr=subprocess.DEVNULL) as process:
        url = f"mysql+pymysql://root@127.0.0.1:{port}"
        wait_for(url)
        execute(url, "CREATE DATABASE shop")
        yield f"{url}/shop"
        process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    started = time.monotonic()
    while True:
        try:
            execute(url, "SELECT 1")
        except sa.exc.OperationalError:
            if time.monotonic() - started > PATIENCE:
                raise
            time.sleep(0.2)
        else:
            return


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in ("SET time_zone = '+00:00'", *statements):
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def shop(server: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, str]]:
    """A source in MariaDB, read by an account that may only read, and its owner's URL."""
    execute(server, "DROP TABLE IF EXISTS transactions, labels", "DROP USER IF EXISTS reader", *TABLES)
    world = World.make(database_url, tmp_path, monkeypatch)
    world.configure(**SMALL, source_url=sa.make_url(server).set(username="reader", password="secret").render_as_string(False))
    yield world, server
    world.database.engine.dispose()


def arrive(owner: str, key: int, moment: str, amount: str = "9.99") -> None:
    execute(
        owner,
        f"INSERT INTO transactions VALUES ({key}, '{moment}', '{moment}', 'c\u00e9', 7, {amount})",
        f"INSERT INTO labels VALUES ({key}, true, '{moment}')",
    )


def test_mariadb_is_a_source_whose_timestamps_are_instants(shop: tuple[World, str]) -> None:
    world, owner = shop
    arrive(owner, 1, f"{FIRST} 12:00:00.000001")
    arrive(owner, 2, f"{FIRST} 23:30:00")  # of another night by the server's own clock
    assert nightshift("init").code == 0
    outcome = nightshift("night", FIRST)
    assert outcome.code == 0, outcome
    assert "2 rows in = 0 scored + 0 rejected + 0 collapsed + 2 unscored" in outcome.out
    with open_house() as house, world.database.begin() as connection:
        paths = connection.execute(sa.text("SELECT path, sha256 FROM scoring.seal WHERE what = 'transactions'"))
        (rows,) = [house.lake.read_table(path, sha256).to_pylist() for path, sha256 in paths]
    assert [row["occurred_at"] for row in rows] == [at(f"{FIRST} 12:00").replace(microsecond=1), at(f"{FIRST} 23:30")]
    assert (rows[0]["amount_cents"], rows[0]["customer"], rows[0]["terminal"]) == (999, "c\u00e9", 7)


def test_a_row_that_comes_late_into_a_sealed_night_straggles(shop: tuple[World, str]) -> None:
    world, owner = shop
    arrive(owner, 1, f"{FIRST} 12:00")
    assert nightshift("init").code == 0
    assert nightshift("night", FIRST).code == 0
    arrive(owner, 2, f"{FIRST} 13:00")
    arrive(owner, 3, f"{LATER} 12:00")
    outcome = nightshift("night", LATER)
    assert outcome.code == 0, outcome
    sealed = "SELECT source_rows, straggler_rows FROM scoring.seal WHERE night = '2026-03-02' AND what IN ('transactions', 'labels')"
    assert world.rows(sealed) == [(2, 1), (2, 1)]


def test_a_datetime_is_refused_since_it_could_be_of_any_zone(shop: tuple[World, str]) -> None:
    _, owner = shop
    execute(owner, "ALTER TABLE transactions MODIFY recorded_at datetime(6)")
    says(4, "transactions.recorded_at is a timestamp without time zone: make it TIMESTAMP", "init")


def test_what_the_server_refuses_is_told_as_what_it_is(shop: tuple[World, str]) -> None:
    world, owner = shop
    arrive(owner, 1, f"{FIRST} 12:00")
    assert nightshift("init").code == 0
    wrong = sa.make_url(owner).set(username="reader", password="wrong").render_as_string(False)
    world.configure(**SMALL, source_url=wrong)
    says(2, "cannot log in to", "night", FIRST)
    world.configure(**SMALL, source_url=sa.make_url(wrong).set(password="secret").render_as_string(False))
    execute(owner, "REVOKE SELECT ON shop.* FROM reader", "GRANT SELECT ON shop.labels TO reader")
    says(2, "lacks a right that this needs (SQLSTATE 42501)", "night", FIRST)


def test_a_key_beyond_all_whole_numbers_of_ours_is_refused(shop: tuple[World, str]) -> None:
    _, owner = shop
    execute(owner, "ALTER TABLE transactions MODIFY transaction_id bigint unsigned")
    arrive(owner, 1, f"{FIRST} 12:00")
    execute(owner, f"UPDATE transactions SET transaction_id = {2**63}")
    assert nightshift("init").code == 0
    says(4, "'transaction_id' holds values that do not fit int64", "night", FIRST)


def test_a_server_that_is_not_there_may_be_asked_again(shop: tuple[World, str]) -> None:
    world, owner = shop
    arrive(owner, 1, f"{FIRST} 12:00")
    assert nightshift("init").code == 0
    world.configure(**SMALL, source_url=sa.make_url(owner).set(port=free_port()).render_as_string(False))
    says(5, "no connection to", "night", FIRST)
