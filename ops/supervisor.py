"""Keeps a handful of processes up: starts each in a session of its own, starts again what died, and leaves nobody behind."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

TERM_PATIENCE = 20  # seconds: Airflow's processes leave within 5 to 15
STEADY = 60  # seconds: who lived that long is started again at once
LONGEST_PAUSE = 30.0  # seconds between two starts of a process that keeps dying
LARGEST_LOG = 20_000_000  # bytes; a larger log is set aside before the next start

Say = Callable[[str], None]


@dataclass
class Child:
    """A component and its current process; `deaths` in a row decide how long the next start waits."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0

    @property
    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Starts, watches, restarts and stops `commands`; a record of their sessions lets the next supervisor clean up after a killed one."""

    def __init__(self, folder: Path, commands: Mapping[str, list[str]], say: Say) -> None:
        self._folder = folder
        self._record = folder / "children.json"
        self._children = [Child(name, command) for name, command in commands.items()]
        self._say = say

    def sweep(self) -> None:
        """End what a supervisor that was killed has left behind."""
        if self._record.exists():
            for session, started in json.loads(self._record.read_text()).values():
                if not _is_reused(session, started):
                    end_session(session)
            self._record.unlink()

    def watch(self, environment: Mapping[str, str]) -> None:
        """One look at every child: start what is not up and whose pause is over."""
        for child in self._children:
            if child.process is not None and not child.is_up:
                self._mourn(child)
            if child.process is None and time.monotonic() >= child.not_before:
                self._start(child, environment)

    def stop(self) -> None:
        """Ask all to end, then end what is left of their sessions."""
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + TERM_PATIENCE
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            end_session(process.pid)
            process.wait()
        for child in self._children:
            child.process, child.deaths, child.not_before = None, 0, 0.0
        self._record.unlink(missing_ok=True)

    def _start(self, child: Child, environment: Mapping[str, str]) -> None:
        with self._log(child.name).open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603  # the commands are ours
                child.command,
                cwd=self._folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child.started = time.monotonic()
        self._remember()
        self._say(f"{child.name} started (process {child.process.pid})")

    def _mourn(self, child: Child) -> None:
        """A child has died: its workers go with it, lest a task run twice, and its next start waits its turn."""
        if child.process is None:
            return
        end_session(child.process.pid)
        child.deaths = 0 if time.monotonic() - child.started > STEADY else child.deaths + 1
        pause = 0.0 if child.deaths < 2 else min(LONGEST_PAUSE, 2.0**child.deaths)
        child.not_before = time.monotonic() + pause
        self._say(f"{child.name} ended with code {child.process.returncode}: starts again in {pause:.0f} s, see {self._log(child.name)}")
        child.process = None

    def _log(self, name: str) -> Path:
        log = self._folder / "logs" / f"{name}.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        return log

    def _remember(self) -> None:
        """Note each child's session with the moment it began: the number alone could belong to somebody else one day."""
        sessions = {}
        for child in self._children:
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.process is not None:
                    sessions[child.name] = (child.process.pid, psutil.Process(child.process.pid).create_time())
        beside = self._record.with_suffix(".part")
        beside.write_text(json.dumps(sessions))
        beside.replace(self._record)


def end_session(session: int) -> None:
    """Kill whoever is left in a session that we began (a worker, a task), and wait until they are gone."""
    killed = list(members(session))
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process.kill()
    psutil.wait_procs(killed, timeout=5)


def members(session: int) -> Iterable[psutil.Process]:
    """The living processes of a session."""
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _is_reused(pid: int, started: float) -> bool:
    """Whether a process that has nothing to do with us carries the number now (1 s: clocks are read twice)."""
    try:
        return abs(psutil.Process(pid).create_time() - started) > 1
    except psutil.NoSuchProcess:
        return False
