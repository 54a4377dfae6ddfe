"""Messages to the person on call, put together from what Airflow tells of a run and what the warehouse knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data import evaluations, predictions, runs
from pipeline.data.database import Database
from pipeline.evaluation.judgement import limit, number
from pipeline.evaluation.notice import Broken, Notice

SILENT = "it ended without a word: killed, or out of its time; see its log"


@dataclass(frozen=True)
class Told:
    """What Airflow tells of a run: `mode` as asked, `run_id` its number in the warehouse where it got one, and two addresses."""

    night: str
    mode: str
    run_id: int | None
    run: str
    report: str


def failure(told: Told, errors: Mapping[str, str], broken: tuple[Broken, ...]) -> Notice:
    """The message about a red run; `errors` holds the one line of each red step, in the order of the night."""
    happened = f"{' and '.join(errors)} {'is' if len(errors) == 1 else 'are'} red"
    sentence = "; ".join(errors.values()) if len(errors) == 1 else "; ".join(f"{step}: {line}" for step, line in errors.items())
    return Notice(told.night, told.mode, happened, sentence, told.run, told.report, broken)


def late(told: Told, deadline: str, state: str, progress: str) -> Notice:
    """The message about a scheduled night that its deadline overtook."""
    sentence = f"{deadline} after the end of the night its run is {state}: {progress}"
    return Notice(told.night, told.mode, f"not done {deadline} after its end", sentence, told.run, told.report)


def broken_checks(warehouse: Database, run_id: int) -> tuple[Broken, ...]:
    """The checks that stopped a run, in the order in which they were made."""
    with warehouse.begin() as connection:
        rows = evaluations.of_run(connection, run_id)
    return tuple(
        Broken(row.gate, row.check_name, row.figure, "absent" if row.value is None else number(row.value), limit(row.low, row.high))
        for row in rows
        if row.severity == "fail" and row.passed is False  # null: too little history to tell
    )


def progress(warehouse: Database, night: Night) -> str:
    """How far the newest run of a night got, in words."""
    with warehouse.begin() as connection:
        published = predictions.current_run(connection, night)
        owner = connection.scalar(sa.text("SELECT run_id FROM scoring.night_owner WHERE night = :night"), {"night": night.day})
        done = list(runs.steps_of(connection, owner)) if owner is not None else []
    if not done:
        return "no step has ended yet"
    return f"its last step that ended is {done[-1]}, it is {'published' if published == owner else 'not published'}"
