"""Several runs of one night at once: one is what analysts see, the others are refused, and nothing of theirs is mixed in."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import steps
from pipeline.core.errors import StaleRunError
from pipeline.core.night import Night
from pipeline.core.plan import Asked
from pipeline.data import runs
from pipeline.house import House
from pipeline.stepping import StepResult
from tests.commanding import NEXT, SCORED, seen
from tests.conftest import CHECKOUT
from tests.worlds import World

pytestmark = pytest.mark.slow

Step = Callable[[House, int], StepResult]
PATH: Sequence[Step] = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish, steps.monitor, steps.retrain)
PUBLISHING = PATH.index(steps.publish)
CHAIN = ("model_version", "champion", "training_ledger")
AS_OF, CORRECTED = Asked(), Asked("corrected", reason="rows came late")


def opened(house: House, night: str, asked: Asked = AS_OF, *, scheduled: bool = False) -> int:
    return steps.plan(house, Night.parse(night), scheduled=scheduled, requested_by="race", asked=asked)


def is_the_only_one_seen(world: World, night: str, run_id: int) -> bool:
    """Whether analysts see all rows of one run, and of nobody else."""
    rows = world.rows(
        f"SELECT run_id, count(*), count(DISTINCT transaction_id) FROM scoring.current_prediction WHERE night = '{night}' GROUP BY 1"
    )
    current = world.rows(f"SELECT run_id FROM scoring.publication WHERE night = '{night}' AND superseded_at IS NULL")
    return (rows, current) == ([(run_id, 140, 140)], [(run_id,)])


def refused(house: House, step: Step, run_id: int) -> None:
    with pytest.raises(StaleRunError, match=f"run {run_id} of night .* was overtaken by run"):
        step(house, run_id)


@pytest.mark.parametrize("done", range(len(PATH)))
def test_a_backfill_overtakes_the_nightly_run_after_any_of_its_steps(behind: World, done: int) -> None:
    """The nightly run tries its next step after each step of the backfill, and once more at the end."""
    with behind.house() as house:
        nightly = opened(house, NEXT, scheduled=True)
        for step in PATH[:done]:
            step(house, nightly)
        backfill = opened(house, NEXT)
        for step in PATH:
            refused(house, PATH[done], nightly)
            step(house, backfill)
        refused(house, PATH[done], nightly)
    assert is_the_only_one_seen(behind, NEXT, backfill)
    published = behind.rows(f"SELECT run_id FROM scoring.publication WHERE night = '{NEXT}' ORDER BY 1")
    assert published == ([(nightly,), (backfill,)] if done > PUBLISHING else [(backfill,)])
    assert behind.rows(f"SELECT count(*) FROM scoring.training_ledger WHERE night = '{NEXT}'") == [(1,)]


def test_a_zombie_that_wakes_up_inside_a_step_after_a_newer_run_published_changes_nothing(behind: World) -> None:
    """Each step is entered behind the look at who owns the night, as a process does that slept since."""
    with behind.house() as house:
        zombie = opened(house, NEXT, scheduled=True)
        with house.warehouse.begin() as connection:
            plan = runs.plan_of(connection, zombie)
        for step in (steps.extract, steps.build_features, steps.score):
            step(house, zombie)
        newer = opened(house, NEXT)
        for step in PATH:
            step(house, newer)
        before = standing(behind)
        for step in (steps.extract, steps.build_features):  # they read what is sealed for good by now
            step.__wrapped__(house, plan)  # type: ignore[attr-defined]
        for step in (steps.score, steps.judge):
            with pytest.raises(StaleRunError, match=f"run {zombie} of night {NEXT} was overtaken by run {newer}: it changed nothing"):
                step.__wrapped__(house, plan)  # type: ignore[attr-defined]
        behind.change(f"UPDATE scoring.run SET state = 'judged' WHERE run_id = {zombie}")  # it slept right before the flip
        with pytest.raises(StaleRunError):
            steps.publish.__wrapped__(house, plan)  # type: ignore[attr-defined]
        steps.retrain.__wrapped__(house, plan)  # type: ignore[attr-defined]  # finds nothing that is not trained
    assert standing(behind) == before
    assert is_the_only_one_seen(behind, NEXT, newer)


def standing(world: World) -> list[Sequence[object]]:
    """What analysts see, the seals that bind, and the chain of models."""
    sealed = world.rows("SELECT seal_id, sha256, bound_at FROM scoring.seal WHERE bound_at IS NOT NULL ORDER BY 1")
    return [*seen(world), *sealed, *(row for table in CHAIN for row in world.rows(f"SELECT * FROM scoring.{table} ORDER BY 1"))]


@pytest.mark.parametrize(("first", "second"), [(AS_OF, CORRECTED), (CORRECTED, AS_OF)])
@pytest.mark.parametrize("done", [0, 3, PUBLISHING, PUBLISHING + 1])
def test_of_a_correction_and_a_run_as_of_the_newer_one_is_seen(behind: World, first: Asked, second: Asked, done: int) -> None:
    with behind.house() as house:
        older = opened(house, SCORED, first)
        for step in PATH[:done]:
            step(house, older)
        newer = opened(house, SCORED, second)
        for step in PATH:
            refused(house, PATH[done], older)
            step(house, newer)
    assert is_the_only_one_seen(behind, SCORED, newer)
    assert behind.rows(f"SELECT mode FROM scoring.night_summary WHERE night = '{SCORED}'") == [(second.mode,)]


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.permutations([True] * len(PATH) + [False] * len(PATH)))
def test_a_what_if_beside_the_run_of_its_night_takes_nothing_from_it_whatever_the_order(behind: World, turns: list[bool]) -> None:
    model = str(behind.scalar("SELECT min(version) FROM scoring.model_version"))
    reason = f"question {behind.scalar('SELECT count(*) FROM scoring.run')}"
    with behind.house() as house:
        real, beside = opened(house, SCORED), opened(house, SCORED, Asked("what-if", model, reason))
        paths = {True: (iter(PATH), real), False: (iter(PATH), beside)}
        for turn in turns:
            path, run_id = paths[turn]
            next(path)(house, run_id)
    assert is_the_only_one_seen(behind, SCORED, real)
    kept = behind.rows(f"SELECT count(*), min(model_version) FROM scoring.what_if_prediction WHERE run_id = {beside}")
    assert kept == [(140, model)]


def test_two_processes_at_one_night_leave_one_publication_and_the_overtaken_say_so(behind: World) -> None:
    command = [sys.executable, "-m", "pipeline", "night", NEXT]
    running = [subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ended = [(process.communicate()[1].splitlines()[-1:], process.returncode) for process in running]
    codes = sorted(code for _, code in ended)
    assert codes[0] == 0, ended  # the newest is refused by nobody
    assert set(codes) <= {0, 7}, ended
    assert all("was overtaken by run" in line for (line,), code in ended if code == 7)
    newest = int(str(behind.scalar(f"SELECT max(run_id) FROM scoring.run WHERE night = '{NEXT}'")))
    assert is_the_only_one_seen(behind, NEXT, newest)


HELD_WHILE_PLANNED = """
    CREATE FUNCTION public.when_let_go() RETURNS double precision STABLE LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(17); RETURN -1; END $$"""


def test_a_reader_whose_query_was_planned_before_a_run_staged_and_is_executed_after_it_published_sees_a_whole_night(behind: World) -> None:
    """The planner asks the function what it comes to, and waits in it; a plan knows the partitions of its time alone."""
    behind.change(HELD_WHILE_PLANNED)
    question = f"SELECT count(*) FROM scoring.current_prediction WHERE night = '{SCORED}' AND score > public.when_let_go()"
    with behind.house() as house, ThreadPoolExecutor(1) as reader, behind.database.idle() as gate:
        run_id = opened(house, SCORED, CORRECTED)
        for step in PATH[:2]:
            step(house, run_id)
        gate.exec_driver_sql("SELECT pg_advisory_lock(17)")
        seen = reader.submit(behind.scalar, question)
        for step in PATH[2:PUBLISHING]:
            step(house, run_id)
        let_go = threading.Timer(1.0, lambda: gate.exec_driver_sql("SELECT pg_advisory_unlock(17)"))
        let_go.start()
        steps.publish(house, run_id)
        let_go.join()
        assert seen.result() == 140
    assert is_the_only_one_seen(behind, SCORED, run_id)
