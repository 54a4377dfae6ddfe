"""Explains boosted trees: their paths, walked through once, and tables in which rows are then looked up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from pipeline.scoring.learner import Fitted
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tails import with_tails
from pipeline.scoring.tree_leaves import computed
from pipeline.scoring.tree_parts import representatives
from pipeline.scoring.tree_paths import Paths, paths_of
from pipeline.scoring.tree_tables import Tables, tables_of


@dataclass(frozen=True)
class TreeExplainer:
    """Of a `HistGradientBoostingClassifier`; the base is the mean of the log-odds over the rows that it was trained on.

    A column and its tail are one feature. `tables` are None where they would be too large; then every leaf is computed for every row.
    """

    fitted: Fitted
    paths: Paths
    tables: Tables | None
    base: float

    @classmethod
    def of(cls, fitted: Fitted) -> TreeExplainer:
        classifier = fitted.classifier
        if not isinstance(classifier, HistGradientBoostingClassifier):
            raise TypeError(f"a {type(classifier).__name__} has no trees to walk through")
        paths = paths_of([tree.nodes for (tree,) in classifier._predictors], fitted.column_of)
        edges = _edges(fitted, paths)
        tables = tables_of(paths, edges, paths.missed(_wide(fitted, representatives(edges))))
        return cls(fitted, paths, tables, float(classifier._baseline_prediction.item()) + paths.expected)

    def contributions(self, rows: Floats) -> Floats:
        if self.tables is not None:
            return self.tables.contributions(rows)
        return computed(self.paths, self.paths.missed(_wide(self.fitted, rows)), rows.shape[1])


def _wide(fitted: Fitted, rows: Floats) -> Floats:
    return with_tails(rows, fitted.columns, fitted.tails)


def _edges(fitted: Fitted, paths: Paths) -> tuple[Floats, ...]:
    """Of each feature the values at which something changes: what its column and its tail are asked for, and where the tail begins."""
    column, threshold = paths.questions
    begins = [(fitted.columns.index(tail.column), tail.above) for tail in fitted.tails]
    feature = np.concatenate([fitted.column_of[column], [place for place, _ in begins]])
    value = np.concatenate([threshold, [above for _, above in begins]])
    return tuple(np.unique(value[feature == place]) for place in range(len(fitted.columns)))
