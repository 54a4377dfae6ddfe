"""How good were scores? Measures that scikit-learn does not have, or not for many weightings of the same rows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.generic]  # numbers or text


@dataclass(frozen=True)
class Cards:
    """The customers of one day, each with the highest score and whether any of its transactions was a fraud."""

    customer: Keys
    score: Floats
    is_fraud: Bools


def average_precision(scores: Floats, is_fraud: Bools, weights: Floats) -> Floats:
    """Average precision under each row of `weights` (draws, n): float64 (draws,), NaN where no fraud has weight.

    The sum over the distinct scores, highest first, of precision times the recall gained: scikit-learn's `average_precision_score`, which
    takes one weighting a call. Scores are sorted once for all weightings.

    >>> average_precision(np.array([0.9, 0.5, 0.4]), np.array([True, False, True]), np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])).round(3)
    array([0.833, 1.   ])
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1) if len(order) else np.empty(0, np.int64)
    ordered = weights[:, order]
    hits = np.cumsum(ordered * is_fraud[order], axis=1)[:, ends]
    seen = np.cumsum(ordered, axis=1)[:, ends]
    gained = np.diff(hits, axis=1, prepend=0.0)
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    total = hits[:, -1] if len(order) else np.zeros(len(weights))
    return np.asarray(np.divide((precision * gained).sum(axis=1), total, out=np.full(len(weights), np.nan), where=total > 0))


def roc_auc(scores: Floats, is_fraud: Bools, weights: Floats) -> Floats:
    """Area under the ROC curve under each row of `weights` (draws, n): float64 (draws,), NaN where a class has no weight.

    The chance that a fraud scores above a genuine transaction, equal scores counting half (Hanley and McNeil 1982).

    >>> roc_auc(np.array([0.9, 0.5, 0.5]), np.array([True, False, True]), np.ones((1, 3)))
    array([0.75])
    """
    if not len(scores):
        return np.full(len(weights), np.nan)
    order = np.argsort(scores, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(scores[order])) + 1])
    ordered, fraud = weights[:, order], is_fraud[order]
    frauds, genuine = (np.add.reduceat(ordered * mask, starts, axis=1) for mask in (fraud, ~fraud))
    below = np.cumsum(genuine, axis=1) - genuine / 2
    pairs = frauds.sum(axis=1) * genuine.sum(axis=1)
    return np.asarray(np.divide((frauds * below).sum(axis=1), pairs, out=np.full(len(weights), np.nan), where=pairs > 0))


def card_precision_at(k: int, days: npt.NDArray[np.int64], customers: Keys, scores: Floats, labels: Bools) -> float:
    """Card precision@k: the share of frauds among the `k` cards that investigators would look at each day, mean over the days.

    The arrays are parallel, one entry a transaction. A card is a customer on a day, with the highest of its scores and labels; the `k`
    highest are looked at, equal scores in the order of the customers. A customer found to be defrauded is blocked, so left out on
    later days. A day with fewer than `k` cards is still divided by `k`. No transactions give NaN.

    Fraud Detection Handbook (Le Borgne et al., 2022), chapter 4, "Precision top-k metrics".

    >>> day, customer = np.array([1, 1, 1, 2, 2]), np.array([7, 7, 8, 7, 9])
    >>> card_precision_at(1, day, customer, np.array([0.2, 0.9, 0.5, 0.8, 0.7]), np.array([True, False, False, True, True]))
    1.0
    """
    hits = card_hits(k, days, customers, scores, labels)
    return float(np.mean(hits) / k) if len(hits) else float("nan")


def card_hits(k: int, days: npt.NDArray[np.int64], customers: Keys, scores: Floats, labels: Bools) -> npt.NDArray[np.int64]:
    """The frauds found each day among the `k` cards of `card_precision_at`: one number for each distinct day, in order.

    >>> card_hits(1, np.array([1, 2]), np.array([7, 8]), np.array([0.9, 0.5]), np.array([True, False])).tolist()
    [1, 0]
    """
    found = customers[:0]
    hits = []
    for day in np.unique(days):
        today = (days == day) & ~np.isin(customers, found)
        defrauded = defrauded_cards(k, customers[today], scores[today], labels[today])
        found = np.concatenate([found, defrauded])
        hits.append(len(defrauded))
    return np.array(hits, np.int64)


def defrauded_cards(k: int, customers: Keys, scores: Floats, labels: Bools) -> Keys:
    """Which of the `k` cards of the highest scores among these transactions were defrauded.

    >>> defrauded_cards(1, np.array([7, 7, 8]), np.array([0.2, 0.9, 0.5]), np.array([True, False, True])).tolist()
    [7]
    """
    return _defrauded(_highest(k, _cards(customers, scores, labels)))


def _cards(customers: Keys, scores: Floats, labels: Bools) -> Cards:
    customer, card = np.unique(customers, return_inverse=True)
    highest = np.full(len(customer), -np.inf)
    np.maximum.at(highest, card, scores)
    is_fraud = np.zeros(len(customer), dtype=np.bool_)
    np.logical_or.at(is_fraud, card, labels)
    return Cards(customer, highest, is_fraud)


def _highest(k: int, cards: Cards) -> Cards:
    top = np.argsort(-cards.score, kind="stable")[:k]
    return Cards(cards.customer[top], cards.score[top], cards.is_fraud[top])


def _defrauded(cards: Cards) -> Keys:
    return cards.customer[cards.is_fraud]
