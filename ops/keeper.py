"""The process that keeps Airflow and its database up; there is one at most for each home."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO

import psycopg
from sqlalchemy import make_url

from ops import airflow
from ops.airflow import Place
from ops.supervisor import Supervisor
from pipeline.core.errors import BusyError, WorldError
from pipeline.data import server

DATABASE = "airflow"  # name of the metadata database and of the role that owns it
LOOKS_PER_ROUND = 5  # looks at the processes, one a second, between two looks at the server
MIGRATION_PATIENCE = 300  # seconds; 12 on a quiet machine

Say = Callable[[str], None]


class Leave(BaseException):
    """The keeper was told to go."""


def keep(place: Place, home: Path, say: Say) -> None:
    """Keep the Airflow at `place`, with its metadata in the embedded server of `home`, until SIGTERM or SIGINT.

    Raises `BusyError` where another keeper has it, `WorldError` where the database cannot be had or migrated at the start.
    """
    supervisor = Supervisor(place.home, airflow.COMPONENTS, say)
    with _leaving_on_signal(), _sole_keeper(place) as lock:
        supervisor.sweep()
        keys, port = airflow.prepare(place), airflow.choose_port(place)
        _write(lock, str(os.getpid()))
        try:
            url = _database(home)
            environment = airflow.environment(place, keys, port, url)
            _migrate(place, url, environment, say)
            while True:
                for _ in range(LOOKS_PER_ROUND):
                    supervisor.watch(environment)
                    time.sleep(1)
                if (moved := _look_at_database(home, say) or url) != url:  # the server came back at another port
                    supervisor.stop()
                    url, environment = moved, airflow.environment(place, keys, port, moved)
        except Leave:
            say("told to go")
        finally:
            supervisor.stop()
            _write(lock, "")


def keeper_of(place: Place) -> int | None:
    """Process id of the keeper; the lock says whether there is one, so a number left in a file never misleads."""
    if not place.lock_file.exists():
        return None
    with place.lock_file.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written_pid(file)
    return None


@contextlib.contextmanager
def _sole_keeper(place: Place) -> Iterator[TextIO]:
    place.home.mkdir(parents=True, exist_ok=True)
    with place.lock_file.open("a+") as file:
        _lock(file)
        _write(file, "")
        yield file


def _lock(file: TextIO) -> None:
    """Take the lock; who only looks whether there is a keeper holds it for a moment."""
    for _ in range(20):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(0.1)
    raise BusyError(f"another keeper holds {file.name}: see 'python -m ops.stay status'")


def _write(file: TextIO, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def _written_pid(file: TextIO) -> int | None:
    """The id of who holds the lock; None where that was only somebody else's look, or a keeper that is leaving."""
    for _ in range(50):  # a keeper writes it as soon as it has swept and found a port
        file.seek(0)
        if text := file.read().strip():
            return int(text)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        time.sleep(0.1)
    raise WorldError(f"{file.name} is locked, but its holder does not say who it is: try again")


@contextlib.contextmanager
def _leaving_on_signal() -> Iterator[None]:
    """Turn the first SIGTERM or SIGINT into `Leave`; the next ones must not disturb the tidying up."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        raise Leave

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal may go
    with contextlib.suppress(Leave):
        yield


def _database(home: Path) -> str:
    """URL of Airflow's metadata database, made and its server started where need be."""
    return server.create_database(server.start(home), DATABASE, owner=DATABASE)


def _look_at_database(home: Path, say: Say) -> str | None:
    """The same while Airflow runs: a server that does not come back now may do so at the next look."""
    try:
        return _database(home)
    except WorldError as error:
        say(str(error))
        return None


def _migrate(place: Place, url: str, environment: dict[str, str], say: Say) -> None:
    """Bring the metadata database to this Airflow's version; a stamp spares the ten seconds where that was done."""
    stamp = airflow.migration_stamp(url)
    if place.migrated_file.exists() and place.migrated_file.read_text() == stamp and _has_tables(url):
        return
    say("migrating Airflow's database")
    log = place.logs / "migrate.log"
    with log.open("wb") as output:
        done = subprocess.run(  # noqa: S603  # the command is ours
            airflow.command("db", "migrate"),
            cwd=place.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=MIGRATION_PATIENCE,
            check=False,
        )
    if done.returncode != 0:
        raise WorldError(f"'airflow db migrate' ended with code {done.returncode}: see {log}")
    place.migrated_file.write_text(stamp)


def _has_tables(url: str) -> bool:
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        found = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    return bool(found and found[0])
