"""The same models as the library `shap` takes them, which wrote the method down (Lundberg et al. 2020).

It is imported where it is asked: that costs six seconds, which tests that are not chosen need not pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.scoring.learner import Fitted
from pipeline.scoring.logistic import Logistic
from pipeline.scoring.matrix import Rows, as_matrix
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tails import with_tails

Node = Mapping[str, Any]


def of_trees(fitted: Fitted, rows: Rows) -> tuple[float, Floats]:
    """Base and contributions of boosted trees, in the columns alone: no tree asks for a tail any more."""
    import shap

    classifier: Any = fitted.classifier
    trees = [Retold(tree.nodes, fitted).as_library for (tree,) in classifier._predictors]
    told = {"trees": trees, "base_offset": float(classifier._baseline_prediction.item()), "input_dtype": np.float64}
    explainer = shap.TreeExplainer(told, feature_perturbation="tree_path_dependent")
    return float(np.ravel(explainer.expected_value)[0]), np.asarray(explainer.shap_values(as_matrix(rows, fitted.columns)))


def of_line(fitted: Fitted, rows: Rows) -> tuple[float, Floats]:
    """Base and contributions of a linear model held against a row of averages; a column's hinge is added to it afterwards."""
    import shap

    logistic = fitted.classifier
    assert isinstance(logistic, Logistic)
    inner = logistic.scaling.standardised(with_tails(as_matrix(rows, fitted.columns), fitted.columns, fitted.tails))
    explainer = shap.LinearExplainer(
        (logistic.classifier.coef_[0], float(logistic.classifier.intercept_[0])), np.zeros((1, inner.shape[1]))
    )
    told = explainer.shap_values(inner)
    players = np.arange(len(fitted.columns))
    return float(explainer.expected_value), np.stack([told[:, fitted.column_of == player].sum(axis=1) for player in players], axis=1)


@dataclass
class Retold:
    """A tree of scikit-learn in which a question of a tail is one or two of its column.

    A tail is its column above `above` and missing below. Where the missing go left, `tail <= t` says of every row what `column <= t` says.
    Where they go right, so do the rows up to `above`, of which a question of their own asks first. The two questions share out the rows of
    unknown columns so that as many go left in all as before: half of those that go right are taken to lie below.
    """

    nodes: Any
    fitted: Fitted
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    default: list[int] = field(default_factory=list)
    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)

    @property
    def as_library(self) -> dict[str, Any]:
        self._tell(0, float(self.nodes[0]["count"]))
        return {
            "children_left": np.array(self.left),
            "children_right": np.array(self.right),
            "children_default": np.array(self.default),
            "features": np.array(self.feature),
            "thresholds": np.array(self.threshold),
            "values": np.array(self.value)[:, None],
            "node_sample_weight": np.array(self.weight),
        }

    def _tell(self, place: int, weight: float) -> int:
        """The node and what hangs on it, with so many rows; where it stands now."""
        node = self.nodes[place]
        if node["is_leaf"]:
            return self._add(-1, float("nan"), float(node["value"]), weight)
        left, right = int(node["left"]), int(node["right"])
        share = float(self.nodes[left]["count"] / node["count"])
        asked, limit = int(node["feature_idx"]), float(node["num_threshold"])
        column = int(self.fitted.column_of[asked])
        if asked < len(self.fitted.columns) or node["missing_go_to_left"]:
            return self._ask(column, limit, weight, (left, share * weight), (right, (1 - share) * weight), bool(node["missing_go_to_left"]))
        below = (1 - share) / 2 * weight
        first = self._add(column, self.fitted.tails[asked - len(self.fitted.columns)].above, 0.0, weight)
        self.left[first] = self.default[first] = self._tell(right, below)
        rest = weight - below
        self.right[first] = self._ask(column, limit, rest, (left, share * weight), (right, rest - share * weight), missing_left=False)
        return first

    def _ask(self, column: int, limit: float, weight: float, left: tuple[int, float], right: tuple[int, float], missing_left: bool) -> int:
        here = self._add(column, limit, 0.0, weight)
        self.left[here], self.right[here] = self._tell(*left), self._tell(*right)
        self.default[here] = self.left[here] if missing_left else self.right[here]
        return here

    def _add(self, feature: int, threshold: float, value: float, weight: float) -> int:
        for listed, told in ((self.feature, feature), (self.threshold, threshold), (self.value, value), (self.weight, weight)):
            listed.append(told)  # type: ignore[attr-defined]
        for children in (self.left, self.right, self.default):
            children.append(-1)
        return len(self.left) - 1
