"""Where trials take place: a world of four nights copied for each trial, and the two states that analysts may see of it."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from pipeline import steps
from pipeline.__main__ import main
from pipeline.core.night import Night
from pipeline.core.plan import Asked
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import server
from pipeline.house import House, open_house
from tests.commanding import NEXT, SCORED, Template, four_nights
from tests.faults.places import MOUNTS, SERVER_ROOM, disk, jumping_clock
from tests.faults.reading import State, conninfo, state_of
from tests.faults.runs import Run
from tests.servers import abandon, forget_power_cuts
from tests.worlds import World

REASON = "REASON"  # stands in a command for a fresh one
TO_PUBLICATION = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish)
PATH = (*TO_PUBLICATION, steps.monitor, steps.retrain)


@dataclass(frozen=True)
class Subject:
    """What is done while something goes wrong: a command line, or where it has none, steps of a night under one run as Airflow does.

    `prepare` is done first in each process: `tests/faults/mutants.py` breaks the build there.
    """

    name: str
    words: tuple[str, ...] = ()
    prepare: Callable[[], None] | None = None
    path: Sequence[Callable[[House, int], object]] = PATH

    def work(self, world: World) -> None:
        """Do it in this process."""
        os.environ[CONFIG_VARIABLE] = str(world.home / "nightshift.toml")
        open_house.__wrapped__.__kwdefaults__["clock"] = jumping_clock  # type: ignore[attr-defined]
        if self.prepare is not None:
            self.prepare()
        self.do(world)

    def do(self, world: World) -> None:
        if self.words:
            reason = f"a label was wrong, told to process {os.getpid()}"  # a used reason is refused
            sys.argv = ["nightshift", *(reason if word == REASON else word for word in self.words)]
            main()
        else:
            _run_steps(world, self.path)


def _run_steps(world: World, path: Sequence[Callable[[House, int], object]]) -> None:
    """The steps of the next night under the run that an earlier try opened, or a new one."""
    opened = world.home.parent / "run_id"
    with open_house() as house:
        if not opened.exists():
            run_id = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="airflow", asked=Asked())
            opened.write_text(str(run_id))
        for step in path:
            step(house, int(opened.read_text()))


COMMAND = Subject("nightshift night", ("night", NEXT))
CORRECTION = Subject("nightshift night --mode corrected", ("night", SCORED, "--mode", "corrected", "--reason", REASON))
TRIES = Subject("steps of one run")
PUBLISHING = Subject("steps of one run up to its publication", path=TO_PUBLICATION)
SUBJECTS = (COMMAND, CORRECTION, TRIES)


@dataclass(frozen=True)
class Course:
    """What a subject does when nothing goes wrong: the points it passes, and what analysts see before and after."""

    points: tuple[str, ...]
    before: State
    after: State


@dataclass(frozen=True)
class Grounds:
    """A server of our own under `folder`, and the template of all trials."""

    folder: Path
    postgres: server.Embedded
    template: Template

    @contextmanager
    def copy(self, room: str | None = None) -> Iterator[World]:
        """The four nights again, for one trial; gone after it. With `room`, home and lake lie on a disk of this size."""
        home = self.folder / f"trial_{uuid.uuid4().hex[:8]}" / "home"
        home.mkdir(mode=0o755, parents=True)
        with disk(home, room) if room else nullcontext():
            yield from self._copied(home)
        shutil.rmtree(home.parent)

    def _copied(self, home: Path) -> Iterator[World]:
        with pytest.MonkeyPatch.context() as monkeypatch:
            world = self.template.copy(home, monkeypatch)
        # a copied sequence believes that its next 32 numbers are in a log of which the copy has nothing: after a crash they come twice
        world.change("CHECKPOINT")
        try:
            yield world
        finally:
            world.database.engine.dispose()
            self.drop(world)

    def drop(self, world: World) -> None:
        """Drop the trial's database, whoever is still connected to it."""
        with psycopg.connect(conninfo(self.postgres.url), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{world.database.url.database}" WITH (FORCE)')

    def course(self, subject: Subject) -> Course:
        """Run the subject undisturbed."""
        with self.copy() as world:
            before = state_of(world.url)
            run = start(subject, world)
            points = run.points()
            code = run.end()
            if code != 0:
                raise SystemExit(f"{subject.name} fails undisturbed, with exit code {code}: {log_of(world).read_text()[-2000:]}")
            return Course(points, before, state_of(world.url))


def start(subject: Subject, world: World, stop_at: int = -1) -> Run:
    """Begin the subject's work in a process of its own."""
    world.database.engine.dispose()  # a fork must not share a connection with us
    return Run.start(lambda: subject.work(world), log_of(world), stop_at)


def log_of(world: World) -> Path:
    """Where the runs of a trial say what they say: not on the disk that may be full."""
    return world.home.parent / "runs.log"


@contextmanager
def open_grounds(folder: Path) -> Iterator[Grounds]:
    """Start the server, run the four nights."""
    for part in ("postgres", "template"):
        (folder / part).mkdir(mode=0o755)
    with disk(folder / "postgres", SERVER_ROOM) if MOUNTS else nullcontext():
        postgres = server.start(folder / "postgres")
        forget_power_cuts(postgres.url)
        try:
            with four_nights(postgres, folder / "template") as template:
                yield Grounds(folder, postgres, template)
        finally:
            abandon(postgres.data)
