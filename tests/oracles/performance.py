"""A matured night's slow twin: loops over its transactions, one question at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Judged:
    """One published transaction and what became of it."""

    score: float
    is_fraud: bool
    alerted: bool
    amount_cents: int
    card: int


def share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def slow_figures(night: list[Judged], budget: int) -> dict[str, float]:
    """Every figure of a night by its definition."""
    frauds, alerts = [one for one in night if one.is_fraud], [one for one in night if one.alerted]
    caught = [one for one in frauds if one.alerted]
    return {
        "rows": len(night),
        "frauds": len(frauds),
        "alerts": len(alerts),
        "average_precision": slow_average_precision(night),
        "roc_auc": slow_roc_auc(night),
        "precision": share(len(caught), len(alerts)),
        "recall": share(len(caught), len(frauds)),
        "amount_caught": share(sum(one.amount_cents for one in caught), sum(one.amount_cents for one in frauds)),
        "predicted_ratio": share(sum(one.score for one in night), len(frauds)),
        "card_precision": slow_card_precision(night, budget),
    }


def slow_average_precision(night: list[Judged]) -> float:
    """For each fraud the precision among all that score at least as high, mean over the frauds."""
    precisions = []
    for fraud in (one for one in night if one.is_fraud):
        above = [one for one in night if one.score >= fraud.score]
        precisions.append(sum(one.is_fraud for one in above) / len(above))
    return share(sum(precisions), len(precisions))


def slow_roc_auc(night: list[Judged]) -> float:
    """Of all pairs of a fraud and a genuine transaction the share in which the fraud scores higher; equal scores are half a win."""
    wins = [
        1.0 if fraud.score > genuine.score else 0.5 if fraud.score == genuine.score else 0.0
        for fraud in night
        for genuine in night
        if fraud.is_fraud and not genuine.is_fraud
    ]
    return share(sum(wins), len(wins))


def slow_card_precision(night: list[Judged], budget: int) -> float:
    """Of the `budget` cards with the highest scores the share that was defrauded."""
    best = {card: max(one.score for one in night if one.card == card) for card in {one.card for one in night}}
    looked_at = sorted(best, key=lambda card: (-best[card], card))[:budget]
    return share(sum(any(one.is_fraud for one in night if one.card == card) for card in looked_at), budget if night else 0)
