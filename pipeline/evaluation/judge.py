"""Great Expectations judges the figures of a night; no other module knows it.

Importing it takes seconds, so that happens at the first judgement of a process, and the same context serves all later ones.
"""

from __future__ import annotations

import functools
import importlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import Check, Gate
from pipeline.evaluation.judgement import Judgement

SEVERITY = {"fail": "critical", "warn": "warning"}  # our word = theirs
WHOLE_TABLE = ""  # stands for a check's name where an expectation speaks of the table of figures itself


def judge(gate: Gate, figures: Figures) -> tuple[Judgement, ...]:
    """One judgement for each check that applies to these figures (`Gate.checks`), in the order of declaration.

    Great Expectations sees a table of one row with a column for each figure. A check passes where the least value of that column is
    within the limits; a figure that is absent or NaN is a null, of which there is no least value, so its check does not pass.
    """
    checks = gate.checks(figures)
    row = pd.DataFrame({check.figure: [figures.get(check.figure)] for check in checks}, dtype="float64")
    held = _expectations_that_held(checks, row)
    return tuple(_judgement(gate, check, figures, held) for check in checks)


def _judgement(gate: Gate, check: Check, figures: Figures, held: Counter[str]) -> Judgement:
    """The check's judgement: it passed only where its expectation was answered, and with success."""
    passed = held[WHOLE_TABLE] == 1 and held[check.name] == 1
    value = figures.get(check.figure)
    return Judgement(gate.name, check.name, check.figure, value, check.low, check.high, check.severity, passed, check.reason)


def _expectations_that_held(checks: Iterable[Check], row: pd.DataFrame) -> Counter[str]:
    """How many expectations succeeded, by the name of their check."""
    suite = _great_expectations().ExpectationSuite(name="gate", expectations=list(_expectations(checks)))
    results = _one_row_table().get_batch({"dataframe": row}).validate(suite, result_format="BOOLEAN_ONLY").results
    return Counter(result.expectation_config.meta["check"] for result in results if result.success)


def _expectations(checks: Iterable[Check]) -> Iterator[Any]:
    """One a check, about the least value: limits of values let a null pass, and cost four times as much with an expectation against it."""
    known = _great_expectations().expectations
    yield known.ExpectTableRowCountToEqual(value=1, meta={"check": WHOLE_TABLE})
    for check in checks:
        about: dict[str, Any] = {"column": check.figure, "severity": SEVERITY[check.severity], "meta": {"check": check.name}}
        yield known.ExpectColumnMinToBeBetween(min_value=check.low, max_value=check.high, **about)


@functools.cache
def _one_row_table() -> Any:
    """Where Great Expectations finds the table of figures: one context for the life of the process, nothing on disk."""
    great_expectations = _great_expectations()
    configured = importlib.import_module("great_expectations.data_context.types.base")
    configured.logger.setLevel(logging.WARNING)  # that module raises its own level to INFO while it is imported
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = configured.ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("nightshift").add_dataframe_asset("figures").add_batch_definition_whole_dataframe("one_row")


@functools.cache
def _great_expectations() -> Any:
    """The library, imported when it is first needed; it would log hundreds of lines where a host has made logging verbose."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    importlib.import_module("great_expectations.expectations")
    return importlib.import_module("great_expectations")
