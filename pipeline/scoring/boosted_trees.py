"""Gradient-boosted trees, refitted on the whole training set each time.

Continuing old trees on new rows does not hold after drift; a refit on all frauds and a tenth of the genuine costs a sixth of one on all.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.scoring.grown_trees import GrownTrees, read_trees
from pipeline.scoring.learner import Fitted, Parameters, one_thread
from pipeline.scoring.tails import BINS, tails_of, with_tails
from pipeline.scoring.training import TrainingSet
from pipeline.scoring.tree_reasons import TreeExplainer


@dataclass(frozen=True)
class BoostedTrees:
    """scikit-learn's `HistGradientBoostingClassifier` with a tail column for each column that its bins would blur."""

    name: str = "boosted_trees"
    trees: int = 100
    leaves: int = 31
    learning_rate: float = 0.1
    l2_regularization: float = 1.0  # with 0, rare labels let single leaves run away: the defaults lose .18 AUC
    trusted_types: tuple[str, ...] = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)

    @property
    def parameters(self) -> Parameters:
        return {
            "max_iter": self.trees,
            "max_leaf_nodes": self.leaves,
            "learning_rate": self.learning_rate,
            "l2_regularization": self.l2_regularization,
            "max_bins": BINS,
            "early_stopping": False,  # it would hold back frauds, which are too few, and stop by chance
        }

    def fit(self, training: TrainingSet, seed: int) -> Fitted:
        from sklearn.ensemble import HistGradientBoostingClassifier

        tails = tails_of(training.columns, training.rows, training.weight)
        classifier = HistGradientBoostingClassifier(random_state=seed, **self.parameters)
        with one_thread():
            classifier.fit(with_tails(training.rows, training.columns, tails), training.is_fraud)
        return Fitted(classifier, training.columns, tails)

    def update(self, earlier: Fitted, training: TrainingSet, seed: int) -> Fitted:
        """Fit anew: continuing old trees costs .01 to .03 average precision after a drift, and the library would re-bin under them."""
        return self.fit(training, seed)

    def read(self, payload: bytes) -> GrownTrees | None:
        return read_trees(payload)

    def explainer(self, fitted: Fitted, rows: int) -> TreeExplainer:
        return TreeExplainer.of(fitted, rows)
