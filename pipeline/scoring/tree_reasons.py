"""Explains boosted trees: their paths, walked through once, and tables in which rows are then looked up."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.scoring.learner import Fitted
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_bins import BinnedTrees
from pipeline.scoring.tree_leaves import computed
from pipeline.scoring.tree_paths import Paths
from pipeline.scoring.tree_tables import Tables, tables_of

FEW = 500  # rows: to make tables takes 0.5 CPU seconds and 100 MB, as long as to compute every leaf for so many


@dataclass(frozen=True)
class TreeExplainer:
    """Of a `HistGradientBoostingClassifier`; the base is the mean of the log-odds over the rows that it was trained on.

    A column and its tail are one feature. `tables` are None where they would be too large, or not pay: then every leaf is
    computed for every row. The two ways add leaves in another order, and differ by 1e-13.
    """

    fitted: Fitted
    paths: Paths
    tables: Tables | None
    base: float

    @classmethod
    def of(cls, fitted: Fitted, rows: int) -> TreeExplainer:
        trees = BinnedTrees.of(fitted)
        tables = tables_of(trees.paths, trees.edges, trees.missed) if rows > FEW else None
        return cls(fitted, trees.paths, tables, trees.baseline + trees.paths.expected)

    def contributions(self, rows: Floats) -> Floats:
        if self.tables is not None:
            return self.tables.contributions(rows)
        return computed(self.paths, self.paths.missed(self.fitted.wide(rows)), rows.shape[1])
