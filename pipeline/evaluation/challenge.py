"""May tonight's challenger become champion? Figures for the gate that decides.

A challenger has seen every matured label, so it cannot be tested on them. Its recipe is: the chain's member of a night before the
compared nights is held against the model that was champion then, on nights that neither had seen. Tonight's challenger itself is held
against the standing champion for agreement on tonight's rows, and what it learned from is searched for nights of a strange fraud rate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pipeline.evaluation import metrics, paired
from pipeline.evaluation.equivalence import Measured, difference, frauds_lacking
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.metrics import Bools, Floats
from pipeline.evaluation.paired import Compared, Pair

LEAST_FRAUDS = 50.0  # the bound lies .002 below a difference with 1,200 frauds and .02 with 120: fewer than 50 could prove nothing
LEAST_GENUINE = 500.0  # precision hangs on the few that score as high as frauds: of 224 genuine rows none may, and any two models are alike
SMOOTHING = (
    5.0  # frauds added to both sides of a night's ratio: 0 where 16 were expected is strange, 10 where 2 were is not; 10 let 0 of 30 pass
)
Named = Mapping[str, float]


@dataclass(frozen=True)
class Margins:
    """How much may be lost and still pass for nothing, by measure; `equivalence`: how much may be gained and still be equal."""

    average_precision: float = 0.02
    equivalence: float = 0.02
    roc_auc: float = 0.03
    alert_precision: float = 0.05
    brier_skill: float = 0.05
    slices: float = 0.05


def model_figures(rows: Compared, scores: Floats) -> Named:
    """A model by itself: `average_precision`, predicted over observed frauds (`predicted_ratio`), and on how many frauds."""
    frauds = float(rows.is_fraud.sum())
    return {
        "compared.frauds": frauds,
        "average_precision": float(metrics.average_precision(scores, rows.is_fraud, rows.weight[None])[0]),
        "predicted_ratio": float(scores @ rows.weight) / frauds if frauds else float("nan"),
    }


def recipe_figures(pair: Pair, anchor: Floats | None, beside: Mapping[str, Measured], margins: Margins, against: str = "champion") -> Named:
    """How the chain's member did beside the champion of its day (`pair`), and beside the yearly `anchor` where there is one.

    `champion.difference` and `anchor.difference` are member less other in average precision, `MEASURE.difference` member less champion in
    what was measured `beside`, each with one-sided 95 % bounds `….low` and `….high`. `frauds_lacking`: how many more would tell, 0 where
    it is told. `against` is what the champion is called, where it is none.
    """
    frauds, genuine = float(pair.rows.is_fraud.sum()), float((~pair.rows.is_fraud).sum())
    others = {against: pair} if anchor is None else {against: pair, "anchor": replace(pair, second=anchor)}
    deciding = {name: difference(one, paired.average_precision) for name, one in others.items()}
    told = {**deciding, **{name: one.difference for name, one in beside.items()}}
    least = max(LEAST_FRAUDS, math.ceil(frauds * LEAST_GENUINE / genuine) if genuine else LEAST_FRAUDS)  # genuine rows come with frauds
    lacking = [frauds_lacking(one, margins.average_precision, frauds, least) for one in deciding.values()]
    return {
        "compared.nights": float(len(np.unique(pair.rows.night))),
        "compared.genuine": genuine,
        **model_figures(pair.rows, pair.first),
        **{figure: value for name, one in told.items() for figure, value in one.to_figures(name).items()},
        "frauds_lacking": float(np.max(lacking)),
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
    nothing = {"compared.nights": 0.0, "compared.frauds": 0.0, "compared.genuine": 0.0}
    return Figures.of(nothing | {name: value for part in parts for name, value in part.items()})
