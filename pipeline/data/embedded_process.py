"""The embedded PostgreSQL as a process: make its data folder, launch it, read what it left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import WorldError
from pipeline.data.embedded_account import popen_as
from pipeline.data.embedded_place import Place, write_aside
from pipeline.data.embedded_probe import ADDRESS, SUPERUSER

LOG_LIMIT = 1_000_000  # bytes after which a start puts the log aside
SETTINGS = {
    "listen_addresses": ADDRESS,
    "unix_socket_directories": "",  # a socket's path has a limit of 107 bytes, and its folder must be guarded
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",  # needs shared memory that a container may lack, and adds floats in no fixed order
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %e %u@%d ",
    "log_min_messages": "log",  # errors go to the client alone: their texts carry row values
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class Launch:
    """A server that was started, and where in the log its own words begin."""

    process: subprocess.Popen[bytes]
    log: Path
    log_start: int

    def last_words(self) -> str:
        """The last complaint of this start."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            return last_complaint(log.read().decode(errors="replace"))


@dataclass(frozen=True)
class Record:
    """What the last server wrote beside its data; true or stale."""

    pid: int
    port: int


def make_data(place: Place, password: str) -> None:
    """`initdb` beside, then rename: a data folder is complete or absent. The caller holds the lock."""
    beside, given = place.data.with_name("data.new"), place.data.with_name("initial-password")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True, mode=0o700)
        write_aside(given, password, 0o600)
        for path in (beside, given):
            _give(path, place)
        _initdb(place, beside, given)
        beside.rename(place.data)
    except OSError as error:
        raise WorldError(f"could not make the embedded PostgreSQL's data at {place.data}: {error.strerror}") from None
    finally:
        given.unlink(missing_ok=True)


def _give(path: Path, place: Place) -> None:
    if place.account is not None:
        os.chown(path, place.account.uid, place.account.gid)


def _initdb(place: Place, data: Path, password_file: Path) -> None:
    who = [f"--pgdata={data}", f"--username={SUPERUSER}", f"--pwfile={password_file}", "--auth=scram-sha-256"]
    order = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # texts sort alike everywhere
    with popen_as(place.account, [str(place.programs / "initdb"), *who, *order], subprocess.PIPE, {}) as process:
        said, _ = process.communicate()
    if process.returncode != 0:
        raise WorldError(f"could not make the embedded PostgreSQL's data at {place.data}: {last_complaint(said.decode(errors='replace'))}")


def launch(place: Place, port: int) -> Launch:
    """Start the server on `port`; it outlives us, and may still fail: watch it."""
    options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command = [str(place.programs / "postgres"), "-D", str(place.data), "-p", str(port), *options]
    with _opened(place.log) as log:
        process = popen_as(place.account, command, log, _stale_pid(place))
        launched = Launch(process, place.log, os.fstat(log).st_size)
    threading.Thread(target=process.wait, daemon=True).start()  # leaves no zombie, should the server stop before we do
    return launched


@contextlib.contextmanager
def _opened(log: Path) -> Iterator[int]:
    if log.is_file() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _stale_pid(place: Place) -> dict[str, str]:
    """Tells PostgreSQL that the id in a left-over lock file is not a server's but its grandparent's; shared memory still guards."""
    record = recorded(place)
    return {} if record is None else {"PG_GRANDPARENT_PID": str(record.pid)}


def recorded(place: Place) -> Record | None:
    """Process id and port in the lock file beside the data; None where there is none, or half of one."""
    try:
        lines = (place.data / "postmaster.pid").read_text().splitlines()
        return Record(int(lines[0]), int(lines[3]))
    except (FileNotFoundError, IndexError, ValueError):
        return None


def last_complaint(text: str) -> str:
    """The last line that complains, or else the last line; refusals while starting up are no complaint."""
    lines = [line.strip() for line in text.splitlines() if " 57P03 " not in line]
    complaints = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (complaints or lines or ["it said nothing"])[-1]
