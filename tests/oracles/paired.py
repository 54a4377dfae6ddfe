"""Slow twins of the comparison: one draw at a time, in loops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score


@dataclass(frozen=True)
class Row:
    """A matured row and how two models scored it."""

    night: int
    is_fraud: bool
    weight: float
    first: float
    second: float


def drawn(rows: Sequence[Row], times: Sequence[float]) -> tuple[list[bool], list[float], list[float]]:
    """Labels, scores of the first model, and the weights of the rows where the nights, in order, are taken so often."""
    nights = sorted({row.night for row in rows})
    weights = [row.weight * times[nights.index(row.night)] for row in rows]
    return [row.is_fraud for row in rows], [row.first for row in rows], weights


def slow_measures(rows: Sequence[Row], times: Sequence[float], budget: int) -> dict[str, float]:
    """The measures of the first model under one draw of nights."""
    labels, scores, weights = drawn(rows, times)
    frauds = sum(weight for weight, fraud in zip(weights, labels, strict=True) if fraud)
    genuine = sum(weights) - frauds
    rate = frauds / (frauds + genuine) if frauds + genuine else math.nan
    both = frauds > 0 and genuine > 0
    return {
        "average_precision": float(average_precision_score(labels, scores, sample_weight=weights)) if frauds else math.nan,
        "roc_auc": float(roc_auc_score(labels, scores, sample_weight=weights)) if both else math.nan,
        "alert_precision": slow_alert_precision(rows, times, budget),
        "brier_skill": 1 - float(brier_score_loss(labels, scores, sample_weight=weights)) / (rate * (1 - rate)) if both else math.nan,
    }


def slow_alert_precision(rows: Sequence[Row], times: Sequence[float], budget: int) -> float:
    """Alerts are handed out to the rows of each night by score; a row takes as many as it stands for, while there are any."""
    found, looked_at = 0.0, 0.0
    for count, night in zip(times, sorted({row.night for row in rows}), strict=True):
        left = float(budget)
        for row in sorted((row for row in rows if row.night == night), key=lambda row: -row.first):
            taken = min(left, row.weight)
            found += count * taken * row.is_fraud
            left -= taken
        looked_at += count * budget
    return found / looked_at if looked_at else math.nan


def slow_ks(first: Sequence[float], second: Sequence[float]) -> float:
    return float(ks_2samp(first, second, method="asymp").statistic)


def slow_bands(values: Sequence[float], weights: Sequence[float]) -> list[str]:
    """The band of each value: a value and all below it hold at most a third of the weight, two thirds, or more."""
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if not math.isnan(value)]
    total = sum(weight for _, weight in known)

    def edge(share: float) -> float:
        for value in sorted({value for value, _ in known}):
            if sum(weight for other, weight in known if other <= value) >= share * total - 1e-9:
                return value
        raise AssertionError

    low, high = (edge(1 / 3), edge(2 / 3)) if known else (math.nan, math.nan)
    return ["unknown" if math.isnan(value) else "low" if value <= low else "middle" if value <= high else "high" for value in values]
