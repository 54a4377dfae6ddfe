"""The life of an embedded PostgreSQL: is it running, bring it up, shut it down; one caller at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator

from pipeline.core.errors import UsageError, WorldError
from pipeline.data.embedded_place import Place, not_ours, write_aside
from pipeline.data.embedded_probe import Answer, ask, free_port, is_free, nap
from pipeline.data.embedded_process import Launch, launch, recorded

PATIENCE = 300  # seconds for a start or a stop: recovery from 2 GB of log takes a minute on a slow disk
STUBBORN = 30  # seconds of failing starts until we give up: the processes of a killed server are gone within a few


def running(place: Place, password: str) -> int | None:
    """The port at which our server answers, after waiting for one that is just starting or stopping; None where none does."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answers = {ask(port, place.data, password): port for port in _ports(place)}
        if Answer.OURS in answers:
            return answers[Answer.OURS]
        if Answer.FULL in answers:
            raise WorldError(
                f"all connections of the embedded PostgreSQL on port {answers[Answer.FULL]} are taken: close some and try again"
            )
        if Answer.SOON not in answers:
            return None
        nap(deadline, f"the embedded PostgreSQL has been starting or stopping for {PATIENCE} s: see {place.log}")


def _ports(place: Place) -> list[int]:
    """Where our server can be: the port it had, and the one that the last server wrote beside its data."""
    record = recorded(place)
    ports = (place.port(), record.port if record else None)
    return list(dict.fromkeys(port for port in ports if port is not None))


def come_up(place: Place, password: str) -> int:
    """Start until our server answers, and return its port: the kept one, or another where somebody else holds that."""
    deadline = time.monotonic() + STUBBORN
    while True:
        kept = place.port()
        port = kept if kept is not None and is_free(kept) else free_port()
        launched = launch(place, port)
        if _answers(place, port, password, launched):
            write_aside(place.port_file, str(port), 0o644)
            return port
        nap(deadline, f"the embedded PostgreSQL does not start: {launched.last_words()} (log: {place.log})")


def _answers(place: Place, port: int, password: str, launched: Launch) -> bool:
    """Whether the launched server comes to answer; False when it ended first."""
    deadline = time.monotonic() + PATIENCE
    while launched.process.poll() is None:
        answer = ask(port, place.data, password)
        if answer is Answer.OURS:
            return True
        if answer is Answer.REFUSED and _stays(launched):
            launched.process.send_signal(signal.SIGINT)
            launched.process.wait()
            raise UsageError(
                f"{place.password_file} is not the password of {place.data}: put the right one back, or delete both to begin anew"
            )
        nap(deadline, f"the embedded PostgreSQL does not answer after {PATIENCE} s: {launched.last_words()} (log: {place.log})")
    return False


def _stays(launched: Launch) -> bool:
    """Whether the server is still there after a second: where a stranger was quicker at the port, it was the stranger who refused us."""
    try:
        launched.process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return True
    return False


def shut_down(place: Place) -> None:
    """Fast shutdown. The id in the lock file is true now: a server has just answered from this very folder."""
    record = recorded(place)
    if record is None:
        return
    os.kill(record.pid, signal.SIGINT)
    deadline = time.monotonic() + PATIENCE
    while recorded(place) == record:
        nap(deadline, f"the embedded PostgreSQL (process {record.pid}) does not stop after {PATIENCE} s: see {place.log}")


@contextlib.contextmanager
def locked(place: Place) -> Iterator[None]:
    """One starter or stopper at a time; the lock goes with the process that held it."""
    try:
        file = (place.folder / "lock").open("a")
    except PermissionError:
        raise not_ours(place.folder) from None
    deadline = time.monotonic() + 2 * PATIENCE
    with file:
        while not _taken(file.fileno()):
            nap(deadline, f"another process has held {file.name} for {2 * PATIENCE} s: end it and try again")
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
