"""What every step has in common: its plan is looked up, its time taken, its counts entered and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, wraps

from pipeline.core.faults import reached
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import runs
from pipeline.evaluation.figures import Figures
from pipeline.house import House


@dataclass(frozen=True)
class Done:
    """What a step's work came to: counts for people, figures for the judge, and why nothing was to be done."""

    counts: Mapping[str, int]
    figures: Figures = field(default_factory=lambda: Figures(()))
    skipped: str | None = None


@dataclass(frozen=True)
class StepResult:
    """What a caller learns of a step; `skipped` is the reason where it had nothing to do, `repeated` where it was done before."""

    counts: Mapping[str, int]
    skipped: str | None
    repeated: bool = False


def step(work: Callable[[House, Plan], Done]) -> Callable[[House, int], StepResult]:
    """Make a step of a piece of work: callable with a `run_id`, and entered in `scoring.run_step` under its name.

    A try of a step up to the publication takes from every try before it, of this step or another, the right to change anything: one that
    was taken for dead and only slept is a `StaleRunError` when it wakes up. What follows the publication runs beside, and again at will.
    """

    @wraps(work)
    def run(house: House, run_id: int) -> StepResult:
        with house.warehouse.begin() as connection:
            plan = runs.plan_of(connection, run_id)
            number = None if work.__name__ in runs.REPEATABLE else runs.begin_try(connection, run_id)
            frozen = runs.frozen_step(connection, run_id, work.__name__)
        if frozen is not None:
            LOG.info("night %s %s: was done before run %d was published", plan.night, work.__name__, run_id)
            return StepResult(frozen.counts, frozen.skipped, repeated=True)
        if number is not None:
            house = replace(house, warehouse=house.warehouse.fenced(partial(runs.hold_try, run_id=run_id, number=number)))
        reached(f"{work.__name__}.begin")
        started_at, before = house.clock(), time.perf_counter()
        done = work(house, plan)
        seconds = time.perf_counter() - before
        record = runs.StepRecord(work.__name__, started_at, seconds, done.counts, done.figures.to_json(), done.skipped)
        with house.warehouse.begin() as connection:
            runs.record_step(connection, run_id, record)
        reached(f"{work.__name__}.entered")
        counts = " ".join(f"{name}={count}" for name, count in done.counts.items())
        LOG.info("night %s %s: %s (%.1f s)", plan.night, work.__name__, f"skipped, {done.skipped}" if done.skipped else counts, seconds)
        return StepResult(done.counts, done.skipped)

    return run
