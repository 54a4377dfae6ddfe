"""One trial: a fault at a point of a run, what readers saw meanwhile, and what stands when the night was run once more."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.acts import DONE, Fault, Scene, happening
from tests.faults.grounds import Course, Grounds, Subject, log_of, start
from tests.faults.reading import State, Watch, state_of, watched
from tests.worlds import World

MOST_RETRIES = 3


@dataclass(frozen=True)
class Trial:
    """What became of one fault. `complaints` say what else was not as it must be."""

    fault: str
    subject: str
    point: str
    seed: int
    fired: bool
    wrong_reads: int
    lost: int
    doubled: int
    retries: int
    recovery: float
    complaints: tuple[str, ...]

    @property
    def survived(self) -> bool:
        return not (self.wrong_reads or self.lost or self.doubled or self.complaints) and self.retries <= 1

    @property
    def again(self) -> str:
        """The command that repeats it."""
        return f"python -m tests.faults --fault '{self.fault}' --subject '{self.subject}' --seed {self.seed} --trials 1"


@dataclass(frozen=True)
class Draw:
    """What a trial is made of: all of it follows from the seed, unless the point is chosen (`at`)."""

    fault: Fault
    subject: Subject
    course: Course
    seed: int
    at: int | None = None

    @property
    def place(self) -> int:
        """The number of the point at which it happens."""
        return random.Random(self.seed).randrange(len(self.course.points)) if self.at is None else self.at


def try_it(grounds: Grounds, draw: Draw) -> Trial:
    """Make the fault happen in a copy of the four nights, and look from outside."""
    with grounds.copy(draw.fault.room) as world:
        began = str(world.scalar("SELECT clock_timestamp()"))
        with watched(world.url) as watch:
            point, fired, code, undone = _disturb(grounds, draw, world)
            retries = _retry(draw.subject, world, code)
            recovery = time.monotonic() - undone
        return _judged(draw, world, watch, began, Outcome(point, fired, code, retries, recovery))


@dataclass(frozen=True)
class Outcome:
    """How the disturbed run ended, and how long it took to get the night done from then on."""

    point: str
    fired: bool
    code: int
    retries: int
    recovery: float


def _disturb(grounds: Grounds, draw: Draw, world: World) -> tuple[str, bool, int, float]:
    run = start(draw.subject, world, draw.place)
    point = run.held_at()
    if point is None:
        return "none", False, run.end(), time.monotonic()
    with happening(draw.fault, Scene(grounds, draw.subject, world, run, random.Random(draw.seed))) as fired:
        code = run.end()
    return point, fired, code, time.monotonic()


def _retry(subject: Subject, world: World, code: int) -> int:
    """Run the subject again until it is done; how often that took."""
    retries = 0
    while code != DONE and retries < MOST_RETRIES:
        retries, code = retries + 1, start(subject, world).end()
    return retries if code == DONE else MOST_RETRIES + 1


def _judged(draw: Draw, world: World, watch: Watch, began: str, outcome: Outcome) -> Trial:
    stands, wanted = state_of(world.url), draw.course.after
    complaints = [] if outcome.code in draw.fault.codes else [f"the run ended with {outcome.code}: {log_of(world).read_text()[-500:]}"]
    if outcome.retries > 1:
        complaints.append(f"one more run did not do: {log_of(world).read_text()[-1500:]}")
    complaints += ["no reader read anything"] if not watch.seen else []
    complaints += [*another_past(world, draw.course.before, began), *untrue(world)]
    complaints += ["what stands is not what the night without a fault published"] if stands != wanted else []
    return Trial(
        fault=draw.fault.name,
        subject=draw.subject.name,
        point=outcome.point,
        seed=draw.seed,
        fired=outcome.fired,
        wrong_reads=watch.wrong(draw.course.before, wanted),
        lost=rows_of(wanted) - rows_of(stands),
        doubled=sum(rows - different for _, rows, different, _ in stands),
        retries=outcome.retries,
        recovery=outcome.recovery,
        complaints=tuple(complaints),
    )


def rows_of(state: State) -> int:
    """How many different transactions have a prediction."""
    return sum(different for _, _, different, _ in state)


def another_past(world: World, before: State, began: str) -> Iterator[str]:
    """Whether what analysts saw at an instant is told otherwise now."""
    if state_of(world.url, f"scoring.prediction_as_of('{began}')") != before:
        yield "prediction_as_of tells another past"


def untrue(world: World) -> Iterator[str]:
    """What is wrong behind the views: asked of the warehouse and of the files."""
    yield from untrue_in_the_warehouse(world)
    for path, sha256 in world.rows("SELECT path, sha256 FROM scoring.seal WHERE bound_at IS NOT NULL"):
        found = next(iter(world.home.rglob(str(path))), None)
        if found is None or hashlib.sha256(found.read_bytes()).hexdigest() != sha256:
            yield f"{path} is not what was sealed"


def untrue_in_the_warehouse(world: World) -> Iterator[str]:
    """What of it the warehouse itself can tell."""
    twice = "SELECT night FROM scoring.publication WHERE superseded_at IS NULL GROUP BY night HAVING count(*) > 1"
    if world.rows(twice):
        yield "a night has two current publications"
    older = """SELECT night FROM scoring.publication AS standing WHERE superseded_at IS NULL
        AND EXISTS (SELECT FROM scoring.publication AS other WHERE other.night = standing.night AND other.run_id > standing.run_id)"""
    if world.rows(older):
        yield "a run that was overtaken has published over the one that overtook it"
    sums = """SELECT night FROM scoring.night_summary WHERE state = 'published'
        AND rows_in <> scored_rows + rejected_rows + collapsed_rows + unscored_rows"""
    if world.rows(sums):
        yield "rows in are not scored + rejected + collapsed + unscored"
