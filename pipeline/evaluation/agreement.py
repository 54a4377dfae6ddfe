"""How alike two models score the same rows, whatever became of these: ranks, alerts, level and distribution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.reference import Spread
from pipeline.evaluation.stability import population_stability_index


def agreement_figures(first: Floats, second: Floats, budget: int) -> Mapping[str, float]:
    """Rank correlation (Spearman), share of the `budget` alerts in common, ratio of the mean scores, stability index, largest difference
    between the cumulated shares (Kolmogorov-Smirnov), and how many rows either has left without a score. Of no rows nothing is told.

    Where either gives all rows one score, ranks and distribution compare nothing: NaN.

    >>> told = agreement_figures(np.array([0.1, 0.2, 0.6]), np.array([0.1, 0.2, 0.3]), budget=1)
    >>> {name: round(value, 3) for name, value in told.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'rank_correlation': 1.0, 'alerts_in_common': 1.0, 'mean_score_ratio': 1.5, 'score_psi': 0.0, 'score_ks': 0.333, 'unscored_rows': 0.0}
    """
    rows = min(budget, len(second))
    if rows == 0:
        return {}
    tops = [set(np.argsort(-scores, kind="stable")[:rows].tolist()) for scores in (first, second)]
    vary = all(np.ptp(scores) > 0 for scores in (first, second))
    return {
        "rank_correlation": _rank_correlation(first, second) if vary else float("nan"),
        "alerts_in_common": len(tops[0] & tops[1]) / rows,
        "mean_score_ratio": float(round(first.mean() / second.mean(), 12)) if second.mean() > 0 else float("nan"),
        "score_psi": score_psi(first, second) if vary else float("nan"),
        "score_ks": score_ks(first, second) if vary else float("nan"),
        "unscored_rows": float((np.isnan(first) | np.isnan(second)).sum()),
    }


def score_psi(first: Floats, second: Floats) -> float:
    """The stability index of the first scores over the deciles of the second; both are of the same rows, so no part of it is chance."""
    spread = Spread.of(second, np.ones(len(second)))
    return population_stability_index(np.array(spread.shares), spread.shares_of(first))


def score_ks(first: Floats, second: Floats) -> float:
    """The largest difference between the shares of rows that score at most so much, over all scores.

    >>> score_ks(np.array([0.1, 0.2]), np.array([0.2, 0.3]))
    0.5
    """
    edges, below = np.concatenate([first, second]), (np.sort(first), np.sort(second))
    shares = [np.searchsorted(scores, edges, side="right") / len(scores) for scores in below]
    return float(np.abs(shares[0] - shares[1]).max())


def _rank_correlation(first: Floats, second: Floats) -> float:
    return round(float(np.corrcoef(mean_ranks(first), mean_ranks(second))[0, 1]), 12)


def mean_ranks(values: Floats) -> Floats:
    """The rank of each value, from 1; equal ones share the mean of theirs. As `scipy.stats.rankdata`, whose module takes 2 s to import.

    >>> mean_ranks(np.array([5.0, 1.0, 5.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])
