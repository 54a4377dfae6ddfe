"""May tonight's challenger become champion? Figures for the gate that decides.

A challenger has seen every matured label, so it cannot be tested on them. Its recipe is: the chain's member of a night before the
compared nights is held against the model that was champion then, on nights that neither had seen. Tonight's challenger itself is held
against the standing champion for agreement on tonight's rows, and what it learned from is searched for nights of a strange fraud rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from pipeline.evaluation.figures import Figures
from pipeline.evaluation.metrics import Bools, Floats, average_precision

DRAWS = 400  # resamplings of the compared nights: the 5 % quantile then rests on 20 of them
AT_ONCE = 8  # of them: all 400 over 100,000 rows took 2.3 GB
LEVEL = 0.05  # of the one-sided bound: a recipe as good as the champion's is called worse at most once in twenty
SEED = 1705
SMOOTHING = (
    5.0  # frauds added to both sides of a night's ratio: 0 where 16 were expected is strange, 10 where 2 were is not; 10 let 0 of 30 pass
)
Named = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Compared:
    """Matured rows that neither model had seen: the day number of each row's night, whether it was a fraud, and what it stands for."""

    night: npt.NDArray[np.int64]
    is_fraud: Bools
    weight: Floats


def recipe_figures(rows: Compared, member: Floats, champion: Floats, anchor: Floats | None) -> Named:
    """How the chain's `member` did beside the `champion` of its day, and beside the yearly `anchor` where there is one.

    `…difference` is member minus other in average precision, `….low` its one-sided 95 % bound by resampling whole nights;
    `predicted_ratio` is predicted over observed frauds of the member.
    """
    measured = _under_draws(rows, member)
    frauds = float(rows.is_fraud.sum())
    told = {
        "compared.nights": float(len(np.unique(rows.night))),
        "compared.frauds": frauds,
        "average_precision": float(measured[0]),
        "predicted_ratio": float(member @ rows.weight) / frauds if frauds else float("nan"),
        **_difference("champion", measured - _under_draws(rows, champion)),
    }
    return told if anchor is None else {**told, **_difference("anchor", measured - _under_draws(rows, anchor))}


def agreement_figures(challenger: Floats, champion: Floats, budget: int) -> Named:
    """How alike both score the same rows: rank correlation (Spearman), share of the alerts in common, ratio of the mean scores.

    >>> agreement_figures(np.array([0.1, 0.2, 0.6]), np.array([0.1, 0.2, 0.3]), budget=1)
    {'rank_correlation': 1.0, 'alerts_in_common': 1.0, 'mean_score_ratio': 1.5}
    """
    rows = min(budget, len(champion))
    if rows == 0:
        return {}
    first = [set(np.argsort(-scores, kind="stable")[:rows].tolist()) for scores in (challenger, champion)]
    ranks = [rankdata(scores) for scores in (challenger, champion)]
    vary = all(np.ptp(rank) > 0 for rank in ranks)
    return {
        "rank_correlation": round(float(np.corrcoef(*ranks)[0, 1]), 12) if vary else float("nan"),
        "alerts_in_common": len(first[0] & first[1]) / rows,
        "mean_score_ratio": float(round(challenger.mean() / champion.mean(), 12)) if champion.mean() > 0 else float("nan"),
    }


def novelty_figures(rows: Compared, unseen: Bools) -> Named:
    """The fraud rates of the nights of which a model has not seen every row (`unseen`), over the rate of what it has seen.

    `night_rate_ratio.max` and `.min` are of the strangest nights: (frauds + 5) / (frauds expected + 5). Where it has seen none, the
    usual rate is that of all rows.
    """
    if not unseen.any():
        return {}
    seen = ~unseen if not unseen.all() else unseen
    usual = float(rows.is_fraud[seen].sum() / rows.weight[seen].sum())
    nights, place = np.unique(rows.night, return_inverse=True)
    frauds, standing_for = np.bincount(place, rows.is_fraud), np.bincount(place, rows.weight)
    touched = np.isin(nights, rows.night[unseen])
    ratios = ((frauds + SMOOTHING) / (standing_for * usual + SMOOTHING))[touched]
    return {"night_rate_ratio.max": float(ratios.max()), "night_rate_ratio.min": float(ratios.min())}


def challenge_figures(*parts: Named) -> Figures:
    """All of them under one roof; with nothing compared, that is said by zeros."""
    return Figures.of({"compared.nights": 0.0, "compared.frauds": 0.0} | {name: value for part in parts for name, value in part.items()})


def _difference(name: str, draws: Floats) -> Named:
    """The first of `draws` is the difference itself, the others are its resamplings."""
    told = draws[1:][~np.isnan(draws[1:])]
    low = float(np.quantile(told, LEVEL)) if len(told) else float("nan")
    return {f"{name}.difference": float(draws[0]), f"{name}.difference.low": low}


def _under_draws(rows: Compared, scores: Floats) -> Floats:
    """Average precision of the rows as they are, and of each resampling of their nights: (1 + draws,).

    As many nights are drawn as there are, with replacement, the same for every caller.
    """
    nights, place = np.unique(rows.night, return_inverse=True)
    drawn = np.random.default_rng(SEED).multinomial(len(nights), np.full(len(nights), 1 / max(len(nights), 1)), DRAWS)
    counts = np.vstack([np.ones(len(nights), np.int64), drawn])
    pieces = (counts[start : start + AT_ONCE] for start in range(0, len(counts), AT_ONCE))
    return np.concatenate([average_precision(scores, rows.is_fraud, rows.weight * piece[:, place]) for piece in pieces])
