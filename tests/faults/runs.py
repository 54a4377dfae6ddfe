"""A night run in a process of its own, which can be held at any point it passes."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import NightshiftError
from pipeline.core.faults import listen

Work = Callable[[], None]
NOWHERE, EVERYWHERE = -1, -2
UNEXPLAINED = 1  # the exit code of an error that nobody raised on purpose
PATIENCE = 120  # seconds for a night of 140 rows; a run that takes longer hangs


@dataclass
class Run:
    """A child of ours. It tells of the point at which it stops, and waits there until it is let go."""

    pid: int
    told: int
    go: int
    code: int | None = None
    peak_kb: int = 0  # of its memory, what it was born with included; told when it has ended

    @classmethod
    def start(cls, work: Work, log: Path, stop_at: int = NOWHERE) -> Run:
        """Begin `work` in a fork of this process, to be held when it passes its point number `stop_at` (from 0), or at each point."""
        told, telling = os.pipe()
        waiting, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(told)
            os.close(go)
            _child(work, log, stop_at, telling, waiting)
        os.close(telling)
        os.close(waiting)
        return cls(pid, told, go)

    def held_at(self) -> str | None:
        """Wait until the child stands at its point, and return the point's name; None where it ended before."""
        with os.fdopen(os.dup(self.told)) as lines:
            return lines.readline().strip() or None

    def points(self) -> tuple[str, ...]:
        """All points that a child passes which is held nowhere."""
        with os.fdopen(os.dup(self.told)) as lines:
            return tuple(line.strip() for line in lines)

    def comes_to(self, patience: float) -> str | None:
        """The next point of a child that is held at each; "" where it ended, None where it is still under way after `patience` seconds."""
        ready, _, _ = select.select([self.told], [], [], patience)
        return os.read(self.told, 4_096).decode().strip() if ready else None

    def let_go(self) -> None:
        with suppress(BrokenPipeError):
            os.write(self.go, b".")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process as a machine does that was suspended, and wait until it stands still."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def end(self) -> int:
        """The exit code, negative for the signal that killed it; a run that hangs is killed."""
        deadline = time.monotonic() + PATIENCE
        while self.code is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.code, self.peak_kb = os.waitstatus_to_exitcode(status), usage.ru_maxrss
            elif time.monotonic() > deadline:
                self.kill()
                deadline = float("inf")
            else:
                time.sleep(0.005)
        for descriptor in (self.told, self.go):
            with suppress(OSError):
                os.close(descriptor)
        return self.code


def _child(work: Work, log: Path, stop_at: int, telling: int, waiting: int) -> None:
    """The child's whole life; it never returns into the parent's code."""
    code = UNEXPLAINED
    try:
        with log.open("a") as words:
            os.dup2(words.fileno(), 1)
            os.dup2(words.fileno(), 2)
        sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1, closefd=False)  # a test runner has put others in their place
        with listen(_Stop(stop_at, telling, waiting)):
            code = _exit_code(work)
    finally:
        os._exit(code)


def _exit_code(work: Work) -> int:
    try:
        work()
    except NightshiftError as error:
        print(f"nightshift: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:  # noqa: BLE001  # told, and judged by its exit code
        traceback.print_exc()
        sys.stderr.flush()
        return UNEXPLAINED
    return 0


@dataclass
class _Stop:
    """Counts the points that a process passes, and holds it at one of them."""

    at: int
    telling: int
    waiting: int
    passed: int = 0
    step: str = "plan"

    def __call__(self, point: str) -> None:
        if point.endswith(".begin"):
            self.step = point.removesuffix(".begin")
        if self.at in {self.passed, EVERYWHERE}:
            os.write(self.telling, f"{self.step}: {point}\n".encode())
            os.read(self.waiting, 1)
        elif self.at == NOWHERE:
            os.write(self.telling, f"{self.step}: {point}\n".encode())
        self.passed += 1
