"""What the report recalls of the nights around tonight: counts and training, curves of matured nights, durations, the promise."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from pipeline.core.plan import Plan
from pipeline.data import curves, past, performances, runs
from pipeline.evaluation.curves import Curves, Point
from pipeline.evaluation.weeks import Around, MeasuredCurves, NightLine, Pace, Promise

NIGHTS = 28  # four weeks, so that a weekday stands beside itself
MATURED_NIGHTS = 14  # shown: two weeks, so that the same weekday stands twice
STEPS = ("extract", "build_features", "score", "judge", "publish", "monitor", "retrain")


def around(connection: sa.Connection, plan: Plan, steps: Mapping[str, runs.StepRecord]) -> Around:
    """What stands in the warehouse by now; `monitor` and `retrain` end after the page is written, so they may lack a duration."""
    told = performances.promised(connection, plan.run_id)
    return Around(
        tuple(NightLine(**vars(row)) for row in past.past(connection, plan.night, NIGHTS)),
        tuple(_measured(stored) for stored in curves.newest(connection, plan.night, MATURED_NIGHTS)),
        _paces(steps, past.usual_seconds_by_step(connection, plan.night, NIGHTS)),
        None if told is None else Promise(*told),
    )


def _paces(steps: Mapping[str, runs.StepRecord], usual: Mapping[str, tuple[float, int]]) -> tuple[Pace, ...]:
    return tuple(_pace(step, steps.get(step), usual.get(step)) for step in STEPS if step in steps or step in usual)


def _pace(step: str, record: runs.StepRecord | None, usual: tuple[float, int] | None) -> Pace:
    seconds = record.seconds if record is not None and record.skipped is None else None
    return Pace(step, seconds, *(usual or (None, 0)))


def _measured(stored: curves.StoredCurves) -> MeasuredCurves:
    told = Curves(_points(stored.precision_recall), _points(stored.reliability))
    return MeasuredCurves(stored.night, stored.known_through, told)


def _points(triples: tuple[curves.Triple, ...]) -> tuple[Point, ...]:
    return tuple(Point(*triple) for triple in triples)
