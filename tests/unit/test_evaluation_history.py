"""Stored figures of nights become the history that alarms watch."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from pipeline.evaluation.history import Steps, history

DAY = dt.date(2026, 3, 2)


def steps(rows: float, mean: float | None, null_share: float) -> Steps:
    extract = {
        "sealed_rows": rows,
        "late_share": 0.25,
        "amount_cents.mean": 900.0,
        "amount_cents.std": 30.0,
        "customer.null_share": null_share,
    }
    return {"extract": extract, "build_features": {"amount.mean": mean, "amount.std": 4.0}, "score": {"score.mean": 0.01, "alerts": 25.0}}


def test_each_figure_has_a_value_a_night_and_what_was_not_stored_is_unknown() -> None:
    told = history([(DAY, steps(100.0, 7.0, 0.0)), (DAY + dt.timedelta(days=2), steps(64.0, None, 0.5))], ["customer"], ["amount"])
    assert told.names == (
        *("rows", "late_share", "amount_cents.mean", "customer.null_share", "amount.mean", "amount.null_share", "score.mean", "alerts"),
    )
    assert told.nights.tolist() == [DAY, DAY + dt.timedelta(days=2)]
    np.testing.assert_array_equal(told.values[0], [100.0, 0.25, 900.0, 0.0, 7.0, math.nan, 0.01, 25.0])
    np.testing.assert_array_equal(told.values[1], [64.0, 0.25, 900.0, 0.5, math.nan, math.nan, 0.01, 25.0])


def test_the_least_deviation_is_what_chance_gives_in_a_night_of_so_many_rows() -> None:
    told = history([(DAY, steps(100.0, 7.0, 0.0))], ["customer"], ["amount"])
    least = dict(zip(told.names, told.least.tolist(), strict=True))
    assert least["rows"] == pytest.approx(math.sqrt(100))
    assert least["late_share"] == pytest.approx(math.sqrt(0.25 * 0.75 / 100))
    assert least["amount.mean"] == pytest.approx(4 / math.sqrt(100))
    assert least["customer.null_share"] == pytest.approx(0.01)  # no null was seen: one row in a hundred is no news
    assert least["amount.null_share"] == 0.0  # never stored


def test_a_night_without_rows_tells_nothing_of_chance() -> None:
    assert history([(DAY, steps(0.0, None, 0.0))], ["customer"], ["amount"]).least.tolist() == [0.0] * 8
