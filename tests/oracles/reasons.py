"""The slow twin of reasons: Shapley values by their definition over all coalitions, one walk through a tree for each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Sequence
from typing import Any

Tree = Any  # the table of nodes of a tree of scikit-learn's HistGradientBoosting


def worth(tree: Tree, row: Sequence[float], feature_of: Sequence[int], known: Collection[int], place: int = 0) -> float:
    """What the tree says when only these features are known: at a question of another the row goes both ways, as the training rows did."""
    node = tree[place]
    if node["is_leaf"]:
        return float(node["value"])
    left, right = int(node["left"]), int(node["right"])
    if feature_of[node["feature_idx"]] in known:
        value = row[node["feature_idx"]]
        goes_left = node["missing_go_to_left"] if math.isnan(value) else value <= node["num_threshold"]
        return worth(tree, row, feature_of, known, left if goes_left else right)
    shares = (tree[left]["count"] / node["count"], tree[right]["count"] / node["count"])
    return sum(share * worth(tree, row, feature_of, known, side) for share, side in zip(shares, (left, right), strict=True))


def shapley_values(trees: Sequence[Tree], row: Sequence[float], feature_of: Sequence[int]) -> list[float]:
    """Of each feature its mean contribution over the coalitions of the others, each weighted by how many orders begin with it."""
    features = range(max(feature_of) + 1)
    values = []
    for feature in features:
        others = [other for other in features if other != feature]
        value = 0.0
        for size in range(len(others) + 1):
            weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(others) + 1)
            for coalition in itertools.combinations(others, size):
                for tree in trees:
                    gained = worth(tree, row, feature_of, {*coalition, feature}) - worth(tree, row, feature_of, coalition)
                    value += weight * gained
        values.append(value)
    return values


def linear_terms(row: Sequence[float], fill: Sequence[float], mean: Sequence[float], deviation: Sequence[float]) -> list[float]:
    """A row with nothing missing, each value in deviations from its mean, at most 100."""
    known = [filler if math.isnan(value) else value for value, filler in zip(row, fill, strict=True)]
    return [max(-100.0, min(100.0, (value - centre) / scale)) for value, centre, scale in zip(known, mean, deviation, strict=True)]
