"""Trials by several processes side by side, each with a server and disks of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from queue import Queue

from tests.faults.trials import Trial

BEGINNING = '{"fault": '  # of a line that is a trial; all else that a part says is passed on


def as_line(trial: Trial) -> str:
    return json.dumps(asdict(trial))


def side_by_side(asked: Sequence[Sequence[str]]) -> Iterator[Trial]:
    """The trials of all parts as they end, each asked for by words; one that ends otherwise than by its trials is a `SystemExit`."""
    command = [sys.executable, "-m", "tests.faults"]
    parts = [subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True) for words in asked]
    said: Queue[str | None] = Queue()
    for part in parts:
        threading.Thread(target=_hear, args=(part, said), daemon=True).start()
    try:
        yield from _trials(said, len(parts))
    finally:
        for part in parts:
            if part.poll() is None:
                part.send_signal(signal.SIGINT)
        codes = [part.wait() for part in parts]
    if any(codes):
        raise SystemExit(f"parts ended with {codes}")


def _hear(part: subprocess.Popen[str], said: Queue[str | None]) -> None:
    for line in part.stdout or ():
        said.put(line)
    said.put(None)


def _trials(said: Queue[str | None], parts: int) -> Iterator[Trial]:
    while parts:
        line = said.get()
        if line is None:
            parts -= 1
        elif line.startswith(BEGINNING):
            fields = json.loads(line)
            yield Trial(**fields | {"complaints": tuple(fields["complaints"])})
        else:
            print(line, end="", flush=True)
