"""What can happen to rows at neighbouring leaves of a tree: few cases, since a feature meets leaves through its questions alone.

The questions cut a feature's values into bins. At a few leaves most bins lead the same way and form a class; a case is one class of each
feature.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_paths import NOBODY, Integers, Masks, Paths

CASES = 8_192  # of a part, unless it is one leaf: with 2,048 the tables are half as large, and looking up takes half as long again
LEAVES = 62  # of a tree: a bit for each fits a number; our trees have at most 31


@dataclass(frozen=True)
class Axis:
    """A feature at neighbouring leaves: the class of each bin, and of each class the leaves that it misses, a bit for each leaf."""

    feature: int
    class_of: Integers
    misses: Integers

    def at(self, skipped: int, kept: int) -> Axis:
        """The same for fewer leaves: without the first `skipped`, the next `kept`; classes that are alike there become one."""
        misses, class_of = np.unique(self.misses >> skipped & ((1 << kept) - 1), return_inverse=True)
        return Axis(self.feature, class_of[self.class_of], misses)


@dataclass(frozen=True)
class Part:
    """Neighbouring leaves of a tree, the `first` up to `end`, and the features that are asked on the way to any of them."""

    first: int
    end: int
    axes: tuple[Axis, ...]

    @property
    def cases(self) -> int:
        return math.prod(len(axis.misses) for axis in self.axes)

    def between(self, first: int, end: int) -> Part:
        """Fewer of them, and the features that lead away from any of these."""
        axes = (axis.at(first - self.first, end - first) for axis in self.axes)
        return Part(first, end, tuple(axis for axis in axes if axis.misses.any()))


def bins_of(values: Floats, edges: Floats) -> Integers:
    """The bin of each value: up to the first edge, up to the second, …, beyond the last, missing.

    >>> bins_of(np.array([0.5, 1.0, 1.5, 9.0, np.nan]), np.array([1.0, 2.0])).tolist()
    [0, 0, 1, 2, 3]
    """
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))


def representatives(edges: tuple[Floats, ...]) -> Floats:
    """A value of each bin of each feature, the missing one behind the last: (most bins, features)."""
    values = np.full((max(len(ends) for ends in edges) + 2, len(edges)), np.nan)
    for feature, ends in enumerate(edges):
        values[: len(ends) + 1, feature] = [*ends, np.inf]
    return values


def parts_of(paths: Paths, edges: tuple[Floats, ...], missed: Masks) -> list[Part]:
    """The leaves of all trees in parts of few cases; `missed`: of each leaf the bits that the `representatives` of the bins miss."""
    trees = [_tree(paths, edges, missed, first, end) for first, end in paths.trees_of_leaves]
    return [part for tree in trees for part in _halved(tree, tree.first, tree.end)]


def _halved(tree: Part, first: int, end: int) -> Iterator[Part]:
    """The leaves from `first` to `end`, halved until each part has few cases."""
    part = tree.between(first, end)
    if part.cases <= CASES or end - first == 1:
        yield part
    else:
        yield from _halved(part, first, (first + end) // 2)
        yield from _halved(part, (first + end) // 2, end)


def _tree(paths: Paths, edges: tuple[Floats, ...], missed: Masks, first: int, end: int) -> Part:
    """All leaves of a tree."""
    asked = paths.features[first:end]
    features = np.unique(asked[asked != NOBODY]).tolist()
    return Part(first, end, tuple(_axis(asked, missed[first:end], feature, edges) for feature in features))


def _axis(asked: Integers, missed: Masks, feature: int, edges: tuple[Floats, ...]) -> Axis:
    leaf, slot = np.nonzero(asked == feature)
    away = missed[leaf, : len(edges[feature]) + 2].astype(np.int64) >> slot[:, None] & 1
    misses, class_of = np.unique((1 << leaf) @ away, return_inverse=True)
    return Axis(feature, class_of, misses)
