"""What a piece of work upon the published nights takes, while two analysts look transactions up."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import sqlalchemy as sa

from bench.parts.publication_world import World


@dataclass(frozen=True)
class Took:
    """Wall seconds, bytes of WAL, and the longest answer of a reader of this night and of another."""

    seconds: float
    wal: int
    same_night: float
    other_night: float


@dataclass
class Watch:
    """What each piece of work took, turn by turn."""

    world: World
    took: dict[str, list[Took]] = field(default_factory=dict)

    def over(self, name: str, work: Callable[[], object]) -> None:
        with self.world.database.idle() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            with reading(self.world) as waits:
                before, begun = position(connection), time.perf_counter()
                work()
                seconds, wal = time.perf_counter() - begun, position(connection) - before
        self.took.setdefault(name, []).append(Took(seconds, wal, *waits))

    def seconds(self, name: str) -> float:
        return median(each.seconds for each in self.took[name])

    def wal(self, name: str) -> float:
        return median(each.wal for each in self.took[name])


def run(world: World, *statements: str) -> None:
    """One transaction."""
    with world.database.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def position(connection: sa.Connection) -> int:
    """Bytes of WAL that were ever written."""
    return int(connection.exec_driver_sql("SELECT pg_current_wal_lsn() - '0/0'").scalar_one())


@contextmanager
def reading(world: World) -> Iterator[list[float]]:
    """Two analysts look transactions up; their longest answers are in the list when the block has ended."""
    waits: list[float] = []
    readers = [reader(world, str(night)) for night in (world.night, world.other_night)]
    for each in readers:
        assert each.stdout and each.stdout.readline() == "ready\n"
    yield waits
    for each in readers:
        told, _ = each.communicate("stop\n")
        waits.append(float(told.split()[0]))


def reader(world: World, night: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.parts.publication_reader", world.url, night, "7"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
