"""Explains boosted trees: their paths, walked through once, and tables in which rows are then looked up."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.scoring.learner import Fitted
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_bins import BinnedTrees
from pipeline.scoring.tree_leaves import computed
from pipeline.scoring.tree_paths import Paths
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
        trees = BinnedTrees.of(fitted)
        return cls(fitted, trees.paths, tables_of(trees.paths, trees.edges, trees.missed), trees.baseline + trees.paths.expected)

    def contributions(self, rows: Floats) -> Floats:
        if self.tables is not None:
            return self.tables.contributions(rows)
        return computed(self.paths, self.paths.missed(self.fitted.wide(rows)), rows.shape[1])
