"""How well a night was scored, once its labels have matured; and what the scores themselves promised before."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from pipeline.evaluation.metrics import Floats, average_precision, card_hits, roc_auc
from pipeline.evaluation.resampling import LEVELS, Cells, Outcome, redrawn

DEVIATE = 1.959964  # of the standard normal distribution, for 95 %


def performance_figures(night: Outcome, budget: int) -> Mapping[str, float]:
    """What the labels say of a night: `rows`, `frauds`, `alerts`, and seven figures with their 95 % intervals (`….low`, `….high`).

    `average_precision`, `roc_auc`, `amount_caught` (share of the defrauded amount that was alerted) and `predicted_ratio` (predicted over
    observed frauds) by resampling the transactions; `precision` and `recall` of the alerts and `card_precision` at the alert budget by
    Wilson's interval, which stays honest where nothing or all was caught. NaN where a figure has nothing to divide by.
    """
    rows, frauds, alerts = len(night.score), int(night.is_fraud.sum()), int(night.alerted.sum())
    caught = int((night.is_fraud & night.alerted).sum())
    hits = card_hits(budget, np.zeros(rows, np.int64), night.card, night.score, night.is_fraud)
    return {
        "rows": float(rows),
        "frauds": float(frauds),
        "alerts": float(alerts),
        **_resampled(Cells.of(night)),
        **_proportion("precision", caught, alerts),
        **_proportion("recall", caught, frauds),
        **_proportion("card_precision", int(hits.sum()), budget if rows else 0),
    }


def promised_figures(frauds: float, caught: float, alerts: int) -> Mapping[str, float]:
    """What calibrated scores say of a night before any label is known: frauds, precision and recall of the alerts to be expected.

    `frauds`: the sum of all scores; `caught`: that of the alerts, of which there are so many.

    >>> promised_figures(1.0, 0.9, 1)
    {'expected_frauds': 1.0, 'expected_precision': 0.9, 'expected_recall': 0.9}
    """
    return {
        "expected_frauds": frauds,
        "expected_precision": _over(caught, alerts),
        "expected_recall": min(1.0, _over(caught, frauds)) if frauds else math.nan,  # two orders of one sum differ in the last bit
    }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which always holds it; NaN of nothing.

    >>> [round(bound, 3) for bound in wilson(0, 10)], [round(bound, 3) for bound in wilson(5, 10)]
    ([0.0, 0.278], [0.237, 0.763])
    """
    if not trials:
        return math.nan, math.nan
    share, squared = successes / trials, DEVIATE**2 / trials
    middle = (share + squared / 2) / (1 + squared)
    reach = DEVIATE * math.sqrt(share * (1 - share) / trials + squared / (4 * trials)) / (1 + squared)
    return min(share, middle - reach), max(share, middle + reach)


def _amount_caught(cells: Cells, counts: Floats) -> Floats:
    return _ratios(counts @ np.where(cells.alerted, cells.defrauded, 0.0), counts @ cells.defrauded)


def _predicted_ratio(cells: Cells, counts: Floats) -> Floats:
    return _ratios(counts @ (cells.promised / cells.rows), counts @ cells.is_fraud)


RESAMPLED: Mapping[str, Callable[[Cells, Floats], Floats]] = {
    "average_precision": lambda cells, counts: average_precision(cells.score, cells.is_fraud, counts),
    "roc_auc": lambda cells, counts: roc_auc(cells.score, cells.is_fraud, counts),
    "amount_caught": _amount_caught,
    "predicted_ratio": _predicted_ratio,
}


def _resampled(cells: Cells) -> Mapping[str, float]:
    drawn = [{name: measure(cells, counts) for name, measure in RESAMPLED.items()} for counts in redrawn(cells)]
    told: dict[str, float] = {}
    for name, measure in RESAMPLED.items():
        figure = float(measure(cells, cells.rows[np.newaxis])[0])
        told |= _with_interval(name, figure, np.concatenate([piece[name] for piece in drawn]))
    return told


def _with_interval(name: str, figure: float, draws: Floats) -> Mapping[str, float]:
    """Bounds from the draws that have the figure at all; of few frauds draws lean to one side, so the figure itself bounds them too."""
    known = draws[~np.isnan(draws)]
    if math.isnan(figure) or not len(known):
        return _figure(name, figure, (math.nan, math.nan))
    low, high = (float(bound) for bound in np.quantile(known, LEVELS))
    return _figure(name, figure, (min(low, figure), max(high, figure)))


def _proportion(name: str, successes: int, trials: int) -> Mapping[str, float]:
    return _figure(name, _over(successes, trials), wilson(successes, trials))


def _figure(name: str, figure: float, bounds: tuple[float, float]) -> Mapping[str, float]:
    return {name: figure, f"{name}.low": bounds[0], f"{name}.high": bounds[1]}


def _ratios(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
