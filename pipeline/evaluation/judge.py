"""Great Expectations judges the figures of a night."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pipeline.evaluation.checks import Check, Gate, Severity
from pipeline.evaluation.expectations import least_value, library, quiet_context, whole_table
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.limits import Bounds
from pipeline.evaluation.weekday import NO_NIGHTS, Weekday

WHOLE_TABLE = ""  # stands for a check's name where an expectation speaks of the table of figures itself


def judge(gate: Gate, figures: Figures, weekday: Weekday = NO_NIGHTS) -> tuple[Judgement, ...]:
    """One judgement for each check that applies to these figures (`Gate.checks`), in the order of declaration.

    Great Expectations sees a table of one row with a column for each figure. A check passes where the least value of that column is
    within the limits; a figure that is absent or NaN is a null, of which there is no least value, so its check does not pass.
    """
    bound = {check: check.limits.bounds(check.figure, weekday) for check in gate.checks(figures)}
    row = pd.DataFrame({check.figure: [figures.get(check.figure)] for check in bound}, dtype="float64")
    held = _expectations_that_held(bound, row)
    return tuple(_judgement(gate, check, bounds, figures, held) for check, bounds in bound.items())


def _judgement(gate: Gate, check: Check, bounds: Bounds, figures: Figures, held: Counter[str]) -> Judgement:
    """The check's judgement: it passed only where its expectation was answered, and with success."""
    known = held[WHOLE_TABLE] == 1 and held[check.name] == 1
    passed = None if known and not bounds.told else known
    severity: Severity = "warn" if passed is None else check.severity  # what nobody can tell stops nothing
    reason = check.reason if not bounds.because else f"{bounds.because}: {check.reason}" if bounds.told else bounds.because
    return Judgement(
        gate=gate.name,
        check=check.name,
        figure=check.figure,
        value=figures.get(check.figure),
        low=bounds.low,
        high=bounds.high,
        severity=severity,
        passed=passed,
        reason=reason,
        then=check.then,
    )


def _expectations_that_held(bound: Mapping[Check, Bounds], row: pd.DataFrame) -> Counter[str]:
    """How many expectations succeeded, by the name of their check."""
    suite = library().ExpectationSuite(name="gate", expectations=list(_expectations(bound)))
    results = _one_row_table().get_batch({"dataframe": row}).validate(suite, result_format="BOOLEAN_ONLY").results
    return Counter(result.expectation_config.meta["check"] for result in results if result.success)


def _expectations(bound: Mapping[Check, Bounds]) -> Iterator[Any]:
    """One a check, and one about the table itself."""
    yield library().expectations.ExpectTableRowCountToEqual(value=1, meta={"check": WHOLE_TABLE})
    for check, bounds in bound.items():
        yield least_value(check.figure, bounds.low, bounds.high, check.severity, meta={"check": check.name})


@functools.cache
def _one_row_table() -> Any:
    """Where Great Expectations finds the table of figures: one context for the life of the process, nothing on disk."""
    return whole_table(quiet_context(), "one_row")
