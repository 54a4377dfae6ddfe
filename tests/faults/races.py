"""Several commands at once, let go point by point in a drawn order, and held against the same commands one after the other."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import psycopg

from pipeline import steps
from pipeline.core.night import Night
from pipeline.house import open_house
from tests.commanding import NEXT, SCORED
from tests.faults.acts import BUSY, DONE
from tests.faults.grounds import REASON, Grounds, Subject, log_of, start
from tests.faults.orders import Operation, Publication, explanation
from tests.faults.orders import State as Before
from tests.faults.reading import State, conninfo, state_of, watched
from tests.faults.runs import EVERYWHERE, Run
from tests.faults.trials import Trial, another_past, rows_of, untrue
from tests.worlds import SMALL, World

PATIENCE = 0.15  # seconds for the way to the next point; who needs longer waits for another's lock, or works on beside the others
DEADLINE = 240  # seconds for all of them
LONGEST_TURN = 25  # points; a night passes some seventy
AT_ONCE = "commands at once"
MODELLESS = 6  # the exit code of a night that finds no model
CODES = frozenset({DONE, BUSY, MODELLESS})
PUBLISHED = """SELECT publication.run_id, publication.night::text, md5(string_agg(
        concat_ws('|', transaction_id, score, alert, alert_rank, model_version), ',' ORDER BY transaction_id))
    FROM scoring.publication LEFT JOIN scoring.prediction_history USING (run_id)
    WHERE publication.published_at > '{began}' GROUP BY 1, 2, publication.published_at ORDER BY publication.published_at"""
OPENED = "SELECT run_id FROM scoring.run WHERE requested_by LIKE %s"


@dataclass(frozen=True)
class Racer:
    """One command of a race: the night that it publishes, or that it withdraws the champion."""

    subject: Subject
    night: str | None = None
    withdraws: bool = False

    @property
    def name(self) -> str:
        return self.subject.name


@dataclass(frozen=True)
class Scheduled(Subject):
    """The nightly run as Airflow starts it."""

    def do(self, world: World) -> None:
        with open_house() as house:
            for _ in steps.run_night(house, Night.parse(NEXT), scheduled=True, requested_by=self.name):
                pass


def racer(name: str, *words: str, night: str | None = None, withdraws: bool = False) -> Racer:
    """A command that is run by a user of this name, which stands with each run it opens."""
    return Racer(Subject(name, words, partial(os.environ.__setitem__, "LOGNAME", name)), night, withdraws)


NIGHTLY = Racer(Scheduled("the nightly run"), NEXT)
AGAIN = racer("an earlier night again", "night", SCORED, night=SCORED)
ROLLBACK = racer("rollback", "rollback", "--reason", REASON, withdraws=True)
PRUNE = racer("prune", "prune")
BACKFILLS = tuple(racer(f"backfill {number}", "backfill", NEXT, NEXT, night=NEXT) for number in range(1, 6))


@dataclass(frozen=True)
class Race:
    """What runs at once."""

    name: str
    racers: tuple[Racer, ...]


RACES = (
    Race("five backfills and the nightly run", (NIGHTLY, *BACKFILLS)),
    Race("publish, rollback and prune", (NIGHTLY, AGAIN, ROLLBACK, PRUNE)),
    Race("two nightly runs, rollback and prune", (NIGHTLY, BACKFILLS[0], ROLLBACK, PRUNE)),
)


@dataclass
class Racing:
    """A racer on its way: whether it stands at a point, or is under way to the next."""

    racer: Racer
    run: Run
    began: float
    ended: float = 0.0
    stands: bool = False
    turn: list[str] = field(default_factory=list)


def race(racers: Sequence[Racer], world: World, rng: random.Random) -> list[Racing]:
    """Start them one by one and let one of them go on at a time, up to some points, until all have ended.

    One that does not come to its next point within `PATIENCE` waits for a lock or works long: another goes on meanwhile.
    """
    waiting, racing = list(rng.sample(racers, len(racers))), list[Racing]()
    deadline = time.monotonic() + DEADLINE
    while waiting or any(not one.ended for one in racing):
        standing = [one for one in racing if one.stands]
        if waiting and (not standing or rng.random() < 1 / (1 + 2 * len(standing))):
            subject = waiting[-1].subject
            racing.append(Racing(waiting.pop(), start(subject, world, EVERYWHERE), time.time()))
            continue
        chosen = rng.choice(standing) if standing else None
        for _ in range(rng.randint(1, LONGEST_TURN)):
            if chosen is not None and chosen.stands:
                chosen.run.let_go()
                chosen.stands = False
            _look(racing, chosen)
            if chosen is None or not chosen.stands:
                break
        if time.monotonic() > deadline:
            for one in racing:
                one.run.kill()
    return racing


def _look(racing: Iterable[Racing], chosen: Racing | None) -> None:
    """See who has come to the next point or ended; the chosen one is waited for."""
    for one in (one for one in racing if not one.stands and not one.ended):
        point = one.run.comes_to(PATIENCE if one is chosen or chosen is None else 0)
        if point:
            one.stands = True
            one.turn.append(point)
        elif point is not None:
            one.run.end()
            one.ended = time.time()


@dataclass
class RaceTrials:
    """Races over the same grounds; what the commands do one after the other is found out once."""

    grounds: Grounds

    @cached_property
    def twin(self) -> tuple[State, State]:
        """What analysts see at first, and when the nights were run one after the other; a withdrawal changes nothing of a night by hand."""
        with self.grounds.copy() as world:
            before = state_of(world.url)
        after, withdrawn = self._sequence(NIGHTLY, AGAIN), self._sequence(ROLLBACK, BACKFILLS[0], AGAIN)
        if after != withdrawn:
            raise SystemExit("a night by hand hangs on a withdrawal that came after its end")
        return before, after

    def _sequence(self, *racers: Racer) -> State:
        with self.grounds.copy() as world:
            for racer in racers:
                if start(racer.subject, world).end() != DONE:
                    raise SystemExit(f"{racer.name} fails undisturbed: {log_of(world).read_text()[-2000:]}")
            return state_of(world.url)

    def try_it(self, what: Race, seed: int) -> Trial:
        """Run the race, then the night once more where everybody gave way to somebody."""
        before, after = self.twin
        with self.grounds.copy() as world:
            world.configure(**SMALL, keep_superseded="0s")
            began = str(world.scalar("SELECT clock_timestamp()"))
            with watched(world.url) as watch:
                racing = race(what.racers, world, random.Random(seed))
                over = time.monotonic()
                observed = publications(world, began)
                operations = [as_operation(one, world, observed) for one in racing]
                complaints = list(_wrong(operations, observed, after, racing, world))
                retries = 0 if any(one.night == NEXT for one in observed) else 1
                if retries and start(BACKFILLS[0].subject, world).end() != DONE:
                    complaints.append(f"one more run did not do: {log_of(world).read_text()[-1500:]}")
            stands = state_of(world.url)
            complaints += [*_past(what, world, before, began), *untrue(world), *([] if watch.seen else ["no reader read anything"])]
            complaints += ["what stands is what no order of these commands publishes"] if stands != after else []
            return Trial(
                fault=what.name,
                subject=AT_ONCE,
                point=f"{sum(len(one.turn) for one in racing)} points",
                seed=seed,
                fired=any(one.overlaps(other) for one in operations for other in operations if one is not other),
                wrong_reads=watch.wrong(before, after),
                lost=max(0, rows_of(after) - rows_of(stands)),
                doubled=sum(rows - different for _, rows, different, _ in stands),
                retries=retries,
                recovery=time.monotonic() - over,
                complaints=tuple(complaints),
            )


def _past(what: Race, world: World, before: State, began: str) -> Iterator[str]:
    """The past is told as it was; where the race prunes, it may be refused in words instead."""
    try:
        yield from another_past(world, before, began)
    except psycopg.errors.ObjectNotInPrerequisiteState:
        if PRUNE not in what.racers:
            yield "nobody pruned, and prediction_as_of refuses to tell the past"


def publications(world: World, began: str) -> list[Publication]:
    """What was published since, in order."""
    with psycopg.connect(conninfo(world.url)) as connection:
        return [Publication(int(run), str(night), hashed) for run, night, hashed in connection.execute(PUBLISHED.format(began=began))]


def as_operation(one: Racing, world: World, observed: Sequence[Publication]) -> Operation:
    """What the racer did, as it is seen from outside."""
    opened = opened_by(world, one.racer)
    published = next((publication for publication in observed if publication.run_id in opened), None)
    return Operation(
        name=one.racer.name,
        night=one.racer.night,
        began=one.began,
        ended=one.ended,
        refused=one.run.code == BUSY,
        modelless=one.run.code == MODELLESS,
        scheduled=isinstance(one.racer.subject, Scheduled),
        withdraws=one.racer.withdraws and one.run.code == DONE,
        published=published,
    )


def opened_by(world: World, one: Racer) -> set[int]:
    """The runs that were opened in its name."""
    with psycopg.connect(conninfo(world.url)) as connection:
        return {run_id for (run_id,) in connection.execute(OPENED, (f"{one.name}%",))}


def _wrong(
    operations: Sequence[Operation], observed: Sequence[Publication], after: State, racing: Sequence[Racing], world: World
) -> Iterator[str]:
    for one in racing:
        if one.run.code not in CODES:
            yield f"{one.racer.name} ended with {one.run.code}: {log_of(world).read_text()[-1500:]}"
        if one.run.code == DONE and one.racer.night and not opened_by(world, one.racer) & {each.run_id for each in observed}:
            yield f"{one.racer.name} says that it is done, and published nothing"
    if explanation(operations, observed, {night: hashed for night, _, _, hashed in after}, Before(frozenset({SCORED}))) is None:
        yield f"no order of the commands explains what was published: {operations}, {observed}"
    current = "SELECT night FROM scoring.publication GROUP BY night HAVING count(*) FILTER (WHERE superseded_at IS NULL) <> 1"
    if world.rows(current):
        yield "a night that was published has not exactly one current publication"
