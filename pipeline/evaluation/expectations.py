"""Great Expectations, opened once: no other module imports it, and those that judge or draw with it ask here.

Importing it takes seconds, so that happens when it is first needed in a process, and one context serves for the life of it.
"""

from __future__ import annotations

import functools
import importlib
import logging
from typing import Any

from pipeline.core.deferred import deferred
from pipeline.evaluation.checks import Severity

UNTOUCHED = ("scipy.stats", "altair")  # it imports them for an expectation that we do not use: half of its 10 CPU seconds, and 84 MB
SEVERITY = {"fail": "critical", "warn": "warning"}  # our word = theirs


def least_value(figure: str, low: float | None, high: float | None, severity: Severity, **about: Any) -> Any:
    """The expectation that a figure lies between its limits: one about the least value of its column, which a null has not.

    Limits of values would let a null pass, and cost four times as much with an expectation against it.
    """
    known = library().expectations
    return known.ExpectColumnMinToBeBetween(column=figure, min_value=low, max_value=high, severity=SEVERITY[severity], **about)


def quiet_context() -> Any:
    """A context in memory, without progress bars; it asks no network for anything."""
    great_expectations = library()
    configured = importlib.import_module("great_expectations.data_context.types.base")
    configured.logger.setLevel(logging.WARNING)  # that module raises its own level to INFO while it is imported
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = configured.ProgressBarsConfig(globally=False)
    return context


def whole_table(context: Any, name: str) -> Any:
    """Where a context finds a table of figures that is handed to it."""
    return context.data_sources.add_or_update_pandas("nightshift").add_dataframe_asset(name).add_batch_definition_whole_dataframe("figures")


@functools.cache
def library() -> Any:
    """The library, imported when it is first needed; it would log hundreds of lines where a host has made logging verbose."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    deferred(*UNTOUCHED)
    importlib.import_module("great_expectations.expectations")
    return importlib.import_module("great_expectations")
