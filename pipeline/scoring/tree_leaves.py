"""What each feature adds to the log-odds at the leaves of boosted trees: path-dependent TreeSHAP, exact.

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

from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_paths import Integers, Masks, Paths

ROWS_AT_ONCE = 16  # each takes a line of contributions a leaf: 0.4 MB with the handbook's features and 3,100 leaves


@dataclass(frozen=True)
class Outcomes:
    """What can happen at leaves: `leaf`, and the bits of its slots that led away; both (outcomes,)."""

    leaf: Integers
    missed: Integers


def every_outcome(paths: Paths) -> tuple[Outcomes, Integers]:
    """All that can happen at each leaf, in the order of its bits, and the place at which each leaf begins."""
    counts = 2**paths.lengths
    starts = np.cumsum(counts) - counts
    leaf = np.repeat(np.arange(len(counts)), counts)
    return Outcomes(leaf, np.arange(len(leaf)) - starts[leaf]), starts


def computed(paths: Paths, missed: Masks, features: int) -> Floats:
    """What each of the `features` adds to the log-odds of each row, beyond `paths.expected`, leaf by leaf: (rows, features).

    `missed`: of each leaf and row, as `paths.missed` tells. A row's are the same bits whatever rows stand beside it.
    """
    added = np.zeros((missed.shape[1], features))
    for start in range(0, len(added), ROWS_AT_ONCE):
        met = missed[:, start : start + ROWS_AT_ONCE].astype(np.int64)
        outcomes = Outcomes(np.repeat(np.arange(len(met)), met.shape[1]), met.ravel())
        for told in contributions_of(paths, outcomes, features).reshape(*met.shape, features):
            added[start : start + ROWS_AT_ONCE] += told
    return added


def contributions_of(paths: Paths, outcomes: Outcomes, features: int) -> Floats:
    """Of each outcome, what its leaf adds to each feature: (outcomes, features)."""
    told = np.zeros((len(outcomes.leaf), features))
    lengths = paths.lengths[outcomes.leaf]
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
