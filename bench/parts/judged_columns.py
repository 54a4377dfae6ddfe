"""One table judged, by us or by Great Expectations' pandas engine, with what that costs; a child of bench/evaluation.py.

Both hold the same rows in memory when the clock starts, in their own form (Arrow, pandas), have Great Expectations loaded and have
judged a small table before. One check is meant to break, so that silence is no success: whoever does not say so has not looked.
"""

from __future__ import annotations

import argparse
import gc
import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bench.parts.measure import Stopwatch, forget_peak, own_peak, save_costs
from pipeline.data.names import TRANSACTION_ID
from pipeline.evaluation.checks import Check, Gate, at_least, at_most, zero
from pipeline.evaluation.figures import Figures, column_figures
from pipeline.evaluation.judge import judge
from pipeline.evaluation.limits import Within
from pipeline.evaluation.uniqueness import duplicate_rows

COLUMNS = tuple(f"column_{place:02}" for place in range(20))
DRAWN_UNKNOWN = 0.01
UNKNOWN = 0.05  # the share that is allowed
VALUES = (0.0, 1e5)
MEAN, WRONG_MEAN = (1.0, 100.0), (1.0, 2.0)
BROKEN = f"{COLUMNS[-1]}.mean"  # the check of the wrong mean
WARM_UP = 1_000  # rows

Judged = Callable[[], set[str]]  # runs all checks, gives the names of those that broke


def drawn(rows: int, place: int) -> npt.NDArray[np.float64]:
    """A column of amounts (even places) or of small counts (odd ones), one value in a hundred unknown."""
    rng = np.random.default_rng(place)
    values = rng.integers(0, 40, rows).astype(np.float64) if place % 2 else rng.lognormal(3.0, 1.0, rows)
    values[rng.random(rows) < DRAWN_UNKNOWN] = np.nan
    return values


def table(rows: int) -> dict[str, npt.NDArray[Any]]:
    """Twenty columns, and ids in no order."""
    ids = np.random.default_rng(rows).permutation(rows)
    return {TRANSACTION_ID: ids, **{name: drawn(rows, place) for place, name in enumerate(COLUMNS)}}


def mean_limits(column: str) -> tuple[float, float]:
    return WRONG_MEAN if column == COLUMNS[-1] else MEAN


def checks(column: str) -> Iterator[Check]:
    """Ours, of one column."""
    yield at_most(f"{column}.null_share", f"{column}.null_share", UNKNOWN, "fail", "")
    yield at_least(f"{column}.min", f"{column}.min", VALUES[0], "fail", "")
    yield at_most(f"{column}.max", f"{column}.max", VALUES[1], "fail", "")
    yield Check(f"{column}.mean", f"{column}.mean", Within(*mean_limits(column)), "fail", "")


def expectations(known: Any, column: str) -> Iterator[Any]:
    """Theirs, of one column: the same."""
    low, high = mean_limits(column)
    yield known.ExpectColumnValuesToNotBeNull(column=column, mostly=1 - UNKNOWN)
    yield known.ExpectColumnValuesToBeBetween(column=column, min_value=VALUES[0], max_value=VALUES[1])
    yield known.ExpectColumnMeanToBeBetween(column=column, min_value=low, max_value=high, meta={"check": f"{column}.mean"})


def ours(rows: int) -> Judged:
    """Figures in one pass, then Great Expectations over the figures."""
    arrived = pa.table(table(rows))
    counted = (Check("rows", "rows", Within(rows, rows), "fail", ""), zero("unique", "duplicate_ids", "fail", ""))
    gate = Gate("bench", "rows", counted, tuple(check for column in COLUMNS for check in checks(column)))

    def judged() -> set[str]:
        counts = {"rows": arrived.num_rows, "duplicate_ids": duplicate_rows(arrived[TRANSACTION_ID])}
        figures = Figures.of({**counts, **dict(column_figures(arrived, COLUMNS).values)})
        return {judgement.check for judgement in judge(gate, figures) if not judgement.passed}

    return judged


def theirs(rows: int) -> Judged:
    """The same checks as expectations of the frame itself."""
    library = importlib.import_module("great_expectations")
    importlib.import_module("great_expectations.expectations")
    configured = importlib.import_module("great_expectations.data_context.types.base")
    frame = pd.DataFrame(table(rows), copy=False)
    context = library.get_context(mode="ephemeral")
    context.variables.progress_bars = configured.ProgressBarsConfig(globally=False)
    whole = context.data_sources.add_pandas("bench").add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    known = library.expectations
    counted = [known.ExpectTableRowCountToEqual(value=rows), known.ExpectColumnValuesToBeUnique(column=TRANSACTION_ID)]
    of_columns = [expectation for column in COLUMNS for expectation in expectations(known, column)]
    suite = library.ExpectationSuite(name="bench", expectations=[*counted, *of_columns])

    def judged() -> set[str]:
        results = whole.get_batch({"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY").results
        return {(result.expectation_config.meta or {}).get("check", "another") for result in results if not result.success}

    return judged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("rows", type=int)
    parser.add_argument("costs", type=Path)
    asked = parser.parse_args()
    pa.set_cpu_count(1)
    side, stopwatch = SIDES[asked.side], Stopwatch()
    side(WARM_UP)()
    judged = side(asked.rows)
    gc.collect()
    forget_peak()
    data = own_peak()
    with stopwatch.stage("judged"):
        broken = judged()
    if broken != {BROKEN}:
        raise SystemExit(f"{asked.side} found {sorted(broken)} broken, and only {BROKEN} is")
    cost = stopwatch.costs["judged"]
    save_costs({"judged": replace(cost, peak=cost.peak - data)}, asked.costs)


SIDES = {"ours": ours, "theirs": theirs}

if __name__ == "__main__":
    main()
