"""Two tries of one step of one run: the first was taken for dead and only slept; when it wakes up it changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.errors import NightshiftError, StaleRunError
from pipeline.core.faults import listen
from pipeline.core.night import Night
from pipeline.data import runs
from pipeline.house import House
from pipeline.stepping import StepResult
from tests.commanding import NEXT
from tests.worlds import World

Step = Callable[[House, int], StepResult]
BEFORE: Sequence[Step] = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish)
PATIENCE = 120  # seconds


@dataclass
class Sleeper:
    """A try of a step in a thread of its own, asleep from its point number `place` on until it is woken."""

    house: House
    step: Step
    run_id: int
    place: int
    asleep: threading.Event = field(default_factory=threading.Event)
    woken: threading.Event = field(default_factory=threading.Event)
    passed: list[str] = field(default_factory=list)
    ended: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._work, daemon=True)

    def _work(self) -> None:
        try:
            self.ended.append(self.step(self.house, self.run_id))
        except NightshiftError as error:
            self.ended.append(error)
        finally:
            self.asleep.set()

    def reached(self, point: str) -> None:
        if threading.current_thread() is self.thread:
            self.passed.append(point)
            if len(self.passed) == self.place + 1:
                self.asleep.set()
                self.woken.wait(PATIENCE)

    def falls_asleep(self) -> str | None:
        """The point at which it sleeps; None where it ended before."""
        self.thread.start()
        assert self.asleep.wait(PATIENCE)
        return None if self.ended else self.passed[-1]

    def wakes(self) -> object:
        """What became of it."""
        self.woken.set()
        self.thread.join(PATIENCE)
        (became,) = self.ended
        return became


@contextmanager
def sleeper(house: House, step: Step, run_id: int, place: int) -> Iterator[Sleeper]:
    asleep = Sleeper(house, step, run_id, place)
    with listen(asleep.reached):
        try:
            yield asleep
        finally:
            asleep.woken.set()
            if asleep.thread.is_alive():
                asleep.thread.join(PATIENCE)


def everything(world: World) -> list[object]:
    """Every row of every table of ours."""
    names = "SELECT relname FROM pg_class WHERE relnamespace = 'scoring'::regnamespace AND relkind = 'r' AND NOT relispartition ORDER BY 1"
    tables = [*(name for (name,) in world.rows(names)), "prediction", "reason"]
    return [(name, row) for name in tables for row in world.rows(f"SELECT t::text FROM scoring.{name} AS t ORDER BY 1")]


def opened(house: House) -> int:
    return steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="tries")


def is_published_whole(world: World, run_id: int) -> bool:
    rows = "SELECT run_id, count(*), count(DISTINCT transaction_id) FROM scoring.current_prediction WHERE night = '{}' GROUP BY 1"
    reasons = "SELECT count(*) > 0 FROM scoring.alert_reason JOIN scoring.alert USING (transaction_id) WHERE alert.night = '{}'"
    return (world.rows(rows.format(NEXT)), world.rows(reasons.format(NEXT))) == ([(run_id, 140, 140)], [(True,)])


def asleep_at_each_point(world: World, step: Step) -> Iterator[tuple[House, Sleeper, str]]:
    """For each point of the step a new run of the night, whose try sleeps there."""
    with world.house() as house:
        for place in count():
            run_id = opened(house)
            for done in BEFORE[: BEFORE.index(step)]:
                done(house, run_id)
            with sleeper(house, step, run_id, place) as first:
                point = first.falls_asleep()
                if point is None:
                    return
                yield house, first, point


@pytest.mark.parametrize("step", BEFORE, ids=lambda step: step.__name__)
def test_whatever_the_point_at_which_a_try_slept_it_changes_nothing_after_the_next_one_published(behind: World, step: Step) -> None:
    """The next try comes to its end beside it wherever no transaction of the sleeper is under way."""
    slept = []
    for house, first, point in asleep_at_each_point(behind, step):
        if point.endswith(".commit") or (step is steps.extract and "lake." in point):
            continue  # a transaction is under way: the test below
        for each in BEFORE[BEFORE.index(step) :]:
            each(house, first.run_id)
        assert is_published_whole(behind, first.run_id)
        before = everything(behind)
        became = first.wakes()
        assert everything(behind) == before, point
        if first.passed[first.place :] not in (["warehouse.committed", f"{step.__name__}.entered"], [f"{step.__name__}.entered"]):
            assert isinstance(became, StaleRunError), (first.passed[first.place :], became)  # unless it had done all there was to do
            assert "taken for dead" in str(became)
            slept.append(point)
    assert len(slept) >= 2, slept


@pytest.mark.parametrize("step", [steps.score, steps.publish], ids=lambda step: step.__name__)
def test_a_next_try_waits_for_a_transaction_that_is_under_way_and_no_other_follows_it(behind: World, step: Step) -> None:
    waited = 0
    for house, first, point in asleep_at_each_point(behind, step):
        if not point.endswith(".commit") or len(first.passed) < 3:  # before the third its try has not begun
            continue
        with sleeper(house, step, first.run_id, 10_000) as second:
            second.thread.start()
            assert not second.asleep.wait(0.2), point
            first.wakes()
            assert second.asleep.wait(PATIENCE)
        assert isinstance(second.ended[0], StepResult), (point, second.ended)
        for each in BEFORE[BEFORE.index(step) + 1 :]:
            each(house, first.run_id)
        assert is_published_whole(behind, first.run_id)
        waited += 1
    assert waited


def test_what_follows_the_publication_takes_no_right_from_a_step_before_it(behind: World) -> None:
    """Airflow trains beside publishing."""
    with behind.house() as house:
        run_id = opened(house)
        for step in BEFORE[:-1]:
            step(house, run_id)
        with house.warehouse.begin() as connection:
            number = runs.begin_try(connection, run_id)
        steps.retrain(house, run_id)
        with house.warehouse.begin() as connection:
            runs.hold_try(connection, run_id, number)
            assert connection.scalar(sa.text("SELECT number FROM scoring.run_try WHERE run_id = :run_id"), {"run_id": run_id}) == number
