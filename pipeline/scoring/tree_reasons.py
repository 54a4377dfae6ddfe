"""What each feature adds to the log-odds of boosted trees: path-dependent TreeSHAP, exact.

The game (Lundberg, Erion and Lee, "Consistent Individualized Feature Attribution for Tree Ensembles", 2018): a coalition of features is
worth what a tree says of a row when only they are known, and at a question of any other the row goes both ways, weighted by how many
training rows did. A leaf of value v, on whose path feature i led the row on (o = 1) or away (o = 0) and a share z of the training rows
on, adds v times the product of o over the known and z over the unknown features.

Shapley values average over the coalitions of each size, and that is an integral: with each feature known by chance t (Owen,
"Multilinear Extensions of Games", 1972), feature j contributes v (o - z) of j times the integral over t of the product of
t o + (1 - t) z over the others. It is a polynomial, for which Gauss and Legendre's rule is no approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.ensemble import HistGradientBoostingClassifier

from pipeline.scoring.learner import Fitted
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tails import with_tails
from pipeline.scoring.tree_paths import NOBODY, Integers, Paths, paths_of

DENSE = 2**24  # codes up to here are marked in a table of bytes, which takes a tenth of the time of sorting them


@dataclass(frozen=True)
class Outcomes:
    """What rows met at leaves, each different case once: `leaf`, and the bits of its slots that led away; both (outcomes,).

    `place`: of each leaf and row, which outcome it is, (leaves, rows).
    """

    leaf: Integers
    missed: Integers
    place: Integers


def tree_contributions(paths: Paths, rows: Floats, features: int) -> Floats:
    """What each of the `features` adds to the log-odds of each row, beyond `paths.expected`: (rows, features).

    A row's figures are the same bits whatever rows stand beside it: each is a sum over the leaves in their order.
    """
    outcomes = outcomes_of(paths, rows)
    leaves, count = outcomes.place.shape
    ones, ends = np.ones(leaves * count), np.arange(0, leaves * count + 1, leaves)
    chosen = csr_array((ones, outcomes.place.T.ravel(), ends), shape=(count, len(outcomes.leaf)))
    return np.asarray(chosen @ _contributions(paths, outcomes, features))


def outcomes_of(paths: Paths, rows: Floats) -> Outcomes:
    """The cases that the rows meet, of which there are many fewer than leaves times rows."""
    starts = np.concatenate([[0], np.cumsum(2.0 ** _lengths(paths)).astype(np.int64)])
    codes, place = _distinct(starts[:-1, None] + paths.missed(rows), int(starts[-1]))
    leaf = np.repeat(np.arange(len(starts) - 1), np.diff(np.searchsorted(codes, starts)))
    return Outcomes(leaf, codes - starts[leaf], place)


def _distinct(codes: Integers, size: int) -> tuple[Integers, Integers]:
    """The different codes below `size` in their order, and the place of each code among them."""
    if size > DENSE:
        distinct, places = np.unique(codes, return_inverse=True)
        return distinct, places.reshape(codes.shape)
    seen = np.zeros(size, np.bool_)
    seen[codes] = True
    places = np.cumsum(seen, dtype=np.int64) - 1
    return np.asarray(np.flatnonzero(seen), np.int64), places[codes]


def _lengths(paths: Paths) -> Integers:
    return np.asarray((paths.features != NOBODY).sum(axis=1))


def _contributions(paths: Paths, outcomes: Outcomes, features: int) -> Floats:
    """Of each outcome, what its leaf adds to each feature: (outcomes, features)."""
    told = np.zeros((len(outcomes.leaf), features))
    lengths = _lengths(paths)[outcomes.leaf]
    for slots in range(1, paths.features.shape[1] + 1):
        which = np.flatnonzero(lengths == slots)
        leaf = outcomes.leaf[which]
        on = ((outcomes.missed[which] >> np.arange(slots)[:, None] & 1) == 0).astype(np.float64)
        told[which, paths.features[leaf, :slots].T] = leaf_contributions(paths.value[leaf], on, paths.cover[leaf, :slots].T)
    return told


def leaf_contributions(value: Floats, on: Floats, cover: Floats) -> Floats:
    """What the features on the paths to leaves add: (features, leaves), as `on` (1 where the row goes on to the leaf, else 0) and `cover`.

    >>> leaf_contributions(np.array([8.0]), np.array([[1.0], [1.0]]), np.array([[0.5], [0.25]])).round(12).tolist()
    [[2.5], [4.5]]
    """
    points, weights = np.polynomial.legendre.leggauss((len(on) + 1) // 2)
    share, total = np.ascontiguousarray(cover), np.zeros(on.shape)  # as it comes, strided, it takes three times as long
    for chance, weight in zip((points + 1) / 2, weights / 2, strict=True):
        factor = chance * on + (1 - chance) * share
        total += weight * factor.prod(axis=0) / factor
    return value * (on - share) * total


@dataclass(frozen=True)
class TreeExplainer:
    """Of a `HistGradientBoostingClassifier`; the base is the mean of the log-odds over the rows that it was trained on.

    A column and its tail are one feature.
    """

    fitted: Fitted
    paths: Paths
    base: float

    @classmethod
    def of(cls, fitted: Fitted) -> TreeExplainer:
        classifier = fitted.classifier
        if not isinstance(classifier, HistGradientBoostingClassifier):
            raise TypeError(f"a {type(classifier).__name__} has no trees to walk through")
        paths = paths_of([tree.nodes for (tree,) in classifier._predictors], fitted.column_of)
        return cls(fitted, paths, float(classifier._baseline_prediction.item()) + paths.expected)

    def contributions(self, rows: Floats) -> Floats:
        return tree_contributions(self.paths, with_tails(rows, self.fitted.columns, self.fitted.tails), len(self.fitted.columns))
