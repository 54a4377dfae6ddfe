"""The figures of many nights as the history that alarms watch: which figures, and the least deviation of each that counts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pipeline.data.names import AMOUNT_CENTS, SCORE
from pipeline.evaluation.seasonal import History

Steps = Mapping[str, Mapping[str, float | None]]  # figures by step, as stored
ROWS, LATE, ALERTS = "sealed_rows", "late_share", "alerts"


def history(nights: Sequence[tuple[dt.date, Steps]], entities: Iterable[str], columns: Iterable[str]) -> History:
    """Rows, late share, means and null shares of amount, entities and feature columns, mean score and alerts, by night.

    `nights`: days, rising, at least one, each with the figures of its steps `extract`, `build_features` and `score`.
    """
    watched = _watched(entities, columns)
    values = np.array([[_value(steps, step, name) for name, step in watched.items()] for _, steps in nights], np.float64)
    least = np.array([_least([steps for _, steps in nights], step, name) for name, step in watched.items()], np.float64)
    days = np.array([day for day, _ in nights], "datetime64[D]")
    return History(tuple("rows" if name == ROWS else name for name in watched), days, values, least)


def _watched(entities: Iterable[str], columns: Iterable[str]) -> dict[str, str]:
    """Each figure that is watched, and the step that stored it."""
    extracted = [ROWS, LATE, f"{AMOUNT_CENTS}.mean", *(f"{entity}.null_share" for entity in entities)]
    built = [f"{column}.{statistic}" for column in columns for statistic in ("mean", "null_share")]
    by_step = {"extract": extracted, "build_features": built, "score": [f"{SCORE}.mean", ALERTS]}
    return {name: step for step, names in by_step.items() for name in names}


def _least(nights: Iterable[Steps], step: str, figure: str) -> float:
    """The error that the figure has by chance in a night of so many rows, the median over nights; 0 where nothing tells."""
    errors = [_error(steps, step, figure) for steps in nights]
    known = [error for error in errors if math.isfinite(error)]
    return float(np.median(known)) if known else 0.0


def _error(steps: Steps, step: str, figure: str) -> float:
    """Of a mean std / √n, of a count its root, of a share √(p(1 - p) / n), where a share of 0 counts as one row."""
    value, rows = _value(steps, step, figure), _value(steps, "extract", ROWS)
    if not rows > 0:
        return math.nan
    if figure in {ROWS, ALERTS}:
        return math.sqrt(value)
    if figure.endswith(".mean"):
        return _value(steps, step, figure.removesuffix("mean") + "std") / math.sqrt(rows)
    return math.sqrt(min(max(value, 1 / rows), 1.0) * max(1 - value, 1 / rows) / rows)


def _value(steps: Steps, step: str, figure: str) -> float:
    found = steps.get(step, {}).get(figure)
    return math.nan if found is None else float(found)
