"""How well a night was scored, once its labels have matured; and what the scores themselves promised before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.metrics import Bools, Floats, Keys, average_precision, card_precision_at, roc_auc

DRAWS = 200  # resamplings of the night's rows: the 2.5 % quantile then rests on five of them
LEVELS = (0.025, 0.975)
SEED = 3105
BOUNDS = ("low", "high")


@dataclass(frozen=True, eq=False)
class Outcome:
    """A night's published scores and what became of them: parallel arrays, one entry a transaction.

    `card` is the entity that investigators look at (a customer); `alerted`: whether the transaction was among the night's alerts.
    """

    score: Floats
    is_fraud: Bools
    alerted: Bools
    amount_cents: npt.NDArray[np.int64]
    card: Keys


def performance_figures(night: Outcome, budget: int) -> Mapping[str, float]:
    """What the labels say of a night: figures with their 95 % intervals (`….low`, `….high`, by resampling its transactions).

    `average_precision`, `roc_auc`, `card_precision` at the alert budget, `precision` and `recall` of the alerts, `amount_caught` (share of
    the defrauded amount that was alerted), `predicted_ratio` (predicted over observed frauds). NaN where there was no fraud.
    """
    rows = len(night.score)
    counts = _redrawn(rows)
    told: dict[str, float] = {"rows": float(rows), "frauds": float(night.is_fraud.sum()), "alerts": float(night.alerted.sum())}
    for name, measure in MEASURES.items():
        told |= _with_interval(name, measure(night, np.vstack([np.ones(rows), counts])))
    one_day = np.zeros(rows, np.int64)
    told["card_precision"] = card_precision_at(budget, one_day, night.card, night.score, night.is_fraud)
    return told


def promised_figures(score: Floats, alerted: Bools) -> Mapping[str, float]:
    """What calibrated scores say of a night before any label is known: frauds, precision and recall of the alerts to be expected.

    >>> promised_figures(np.array([0.9, 0.1]), np.array([True, False]))
    {'expected_frauds': 1.0, 'expected_precision': 0.9, 'expected_recall': 0.9}
    """
    frauds, caught = float(score.sum()), float(score[alerted].sum())
    return {
        "expected_frauds": frauds,
        "expected_precision": _over(caught, float(alerted.sum())),
        "expected_recall": _over(caught, frauds),
    }


def _average_precision(night: Outcome, weights: Floats) -> Floats:
    return average_precision(night.score, night.is_fraud, weights)


def _roc_auc(night: Outcome, weights: Floats) -> Floats:
    return roc_auc(night.score, night.is_fraud, weights)


def _precision(night: Outcome, weights: Floats) -> Floats:
    return _ratios(weights @ (night.is_fraud & night.alerted), weights @ night.alerted)


def _recall(night: Outcome, weights: Floats) -> Floats:
    return _ratios(weights @ (night.is_fraud & night.alerted), weights @ night.is_fraud)


def _amount_caught(night: Outcome, weights: Floats) -> Floats:
    defrauded = np.where(night.is_fraud, night.amount_cents, 0)
    return _ratios(weights @ np.where(night.alerted, defrauded, 0), weights @ defrauded)


def _predicted_ratio(night: Outcome, weights: Floats) -> Floats:
    return _ratios(weights @ night.score, weights @ night.is_fraud)


MEASURES: Mapping[str, Callable[[Outcome, Floats], Floats]] = {
    "average_precision": _average_precision,
    "roc_auc": _roc_auc,
    "precision": _precision,
    "recall": _recall,
    "amount_caught": _amount_caught,
    "predicted_ratio": _predicted_ratio,
}


def _with_interval(name: str, draws: Floats) -> dict[str, float]:
    """The first of `draws` is the figure itself, the others are its resamplings."""
    told = draws[1:][~np.isnan(draws[1:])]
    bounds = np.quantile(told, LEVELS) if len(told) else np.full(len(LEVELS), np.nan)
    return {name: float(draws[0]), **{f"{name}.{bound}": float(value) for bound, value in zip(BOUNDS, bounds, strict=True)}}


def _redrawn(rows: int) -> Floats:
    """How often each row is drawn, (draws, rows), by the Poisson bootstrap: independent counts of mean one, the same for every caller."""
    return np.random.default_rng(SEED).poisson(1.0, (DRAWS, rows)).astype(np.float64)


def _ratios(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
