"""Where the time of a night goes, function by function: cProfile on the clock of the CPU, a stage at a time."""

from __future__ import annotations

import cProfile
import json
import pstats
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

TOLD = 6  # functions of a stage
LEAST = 0.02  # share of the night's CPU below which a function is left out


@dataclass(frozen=True)
class Spent:
    """CPU seconds within a function itself, what it calls left out."""

    stage: str
    function: str
    seconds: float


class Profiles:
    """One profile a stage."""

    def __init__(self) -> None:
        self.spent: list[Spent] = []

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Profile what happens within."""
        profile = cProfile.Profile(time.process_time)
        profile.enable()
        yield
        profile.disable()
        entries = pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]  # it is there, and in no stub
        longest = sorted(entries, key=lambda entry: -entry[1][2])[:TOLD]
        self.spent += [Spent(stage, _name(*function), timed[2]) for function, timed in longest]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps([asdict(each) for each in self.spent]))


def read_profile(path: Path) -> list[Spent]:
    return [Spent(**each) for each in json.loads(path.read_text())]


def _name(file: str, line: int, function: str) -> str:
    """Short enough for a table: `view.py:120 compute`, or the name of what is built in."""
    return function.strip("<>") if file == "~" else f"{Path(file).name}:{line} {function}"
