"""Boosted trees' slow twin: each row walks from the root of each tree to a leaf."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def slow_log_odds(classifier: Any, rows: Sequence[Sequence[float]]) -> list[float]:
    """Of rows as the classifier reads them."""
    sums = []
    for row in rows:
        total = float(classifier._baseline_prediction.item())
        for (tree,) in classifier._predictors:
            total += _leaf(tree.nodes, row)
        sums.append(total)
    return sums


def _leaf(nodes: Any, row: Sequence[float]) -> float:
    node = nodes[0]
    while not node["is_leaf"]:
        value = row[node["feature_idx"]]
        goes_left = bool(node["missing_go_to_left"]) if math.isnan(value) else value <= node["num_threshold"]
        node = nodes[node["left"] if goes_left else node["right"]]
    return float(node["value"])
