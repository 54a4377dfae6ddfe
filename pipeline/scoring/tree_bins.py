"""Boosted trees seen by the bins of their features: between two neighbouring edges of a feature nothing can change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scoring.grown_trees import grown
from pipeline.scoring.learner import Fitted
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_parts import representatives
from pipeline.scoring.tree_paths import Masks, Paths, paths_of


@dataclass(frozen=True)
class BinnedTrees:
    """Of a `HistGradientBoostingClassifier`; a column and its tail are one feature.

    `edges`: of each feature the upper ends of its bins. `missed`: of each leaf the bits that the `representatives` of the bins miss.
    `baseline`: the log-odds to which the trees add.
    """

    paths: Paths
    edges: tuple[Floats, ...]
    missed: Masks
    baseline: float

    @classmethod
    def of(cls, fitted: Fitted) -> BinnedTrees:
        trees = grown(fitted.classifier)
        if trees is None:
            raise TypeError(f"a {type(fitted.classifier).__name__} has no trees to walk through")
        paths = paths_of(trees.nodes, fitted.column_of)
        edges = _edges(fitted, paths)
        return cls(paths, edges, paths.missed(fitted.wide(representatives(edges))), trees.baseline)


def _edges(fitted: Fitted, paths: Paths) -> tuple[Floats, ...]:
    """Of each feature the values at which something changes: what its column and its tail are asked for, and where the tail begins."""
    column, threshold = paths.questions
    begins = [(fitted.columns.index(tail.column), tail.above) for tail in fitted.tails]
    feature = np.concatenate([fitted.column_of[column], [place for place, _ in begins]])
    value = np.concatenate([threshold, [above for _, above in begins]])
    return tuple(np.unique(value[feature == place]) for place in range(len(fitted.columns)))
