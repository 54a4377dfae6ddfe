"""The paths of boosted trees, from root to leaf, as arrays: which features are asked on the way, and how many training rows went on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.scoring.sampling import Bools, Floats

Integers: TypeAlias = npt.NDArray[np.int64]
Masks: TypeAlias = npt.NDArray[Any]  # unsigned integers, as wide as the slots need

NOBODY = -1


@dataclass(frozen=True)
class Level:
    """The nodes of one depth, of all trees: children of the nodes of the level above.

    `parent`: place in the level above. `column`, `threshold`, `missing_left`: what the parent asks; `left`: on which side of it the
    node stands. `slot`: the place of the asked feature among those of the path. `ends`: places of the nodes that are leaves.
    """

    parent: Integers
    column: Integers
    threshold: Floats
    missing_left: Bools
    left: Bools
    slot: Integers
    ends: Integers


@dataclass(frozen=True)
class Paths:
    """All leaves of all trees, tree by tree and from left to right.

    `roots`: places of the trees that are a leaf and nothing else. `order`: places of the leaves in the levels, one after the other. Of
    each leaf: `tree`, to which it belongs; `value`, what it adds to the log-odds; `features`, the different ones asked on its path in the
    order of their first question, `NOBODY` behind the last, (leaves, slots); `cover`, the share of the training rows, of those that came
    to a question of this feature on the path, that went on towards the leaf, 1 behind the last.
    """

    trees: int
    roots: Integers
    levels: tuple[Level, ...]
    order: Integers
    tree: Integers
    value: Floats
    features: Integers
    cover: Floats

    @property
    def lengths(self) -> Integers:
        """How many features are asked on the path to each leaf."""
        return np.asarray((self.features != NOBODY).sum(axis=1))

    @property
    def questions(self) -> tuple[Integers, Floats]:
        """Column and threshold of every question, twice: for both sides of it."""
        column = np.concatenate([np.empty(0, np.int64), *(level.column for level in self.levels)])
        return column, np.concatenate([np.empty(0), *(level.threshold for level in self.levels)])

    @property
    def trees_of_leaves(self) -> list[tuple[int, int]]:
        """First leaf and end of each tree."""
        ends = np.cumsum(np.bincount(self.tree, minlength=self.trees)).tolist()
        return list(zip([0, *ends[:-1]], ends, strict=True))

    @property
    def expected(self) -> float:
        """What all trees add to the log-odds of a training row, on average."""
        return math.fsum((self.value * self.cover.prod(axis=1)).tolist())  # BLAS sums in an order that hangs on the processor

    def missed(self, rows: Floats) -> Masks:
        """For each leaf and row the slots, as bits, whose feature leads the row away from the leaf: (leaves, rows)."""
        dtype = np.min_scalar_type(2 ** self.features.shape[1])
        columns = np.vstack([rows.T, np.where(np.isnan(rows), -np.inf, rows).T])  # below: a missing value that goes left
        masks = np.zeros((self.trees, len(rows)), dtype)
        found = [masks[self.roots]]
        for level in self.levels:
            goes_left = columns[level.column + rows.shape[1] * level.missing_left] <= level.threshold[:, None]
            bits = (np.ones(1, dtype) << level.slot.astype(dtype))[:, None]
            masks = masks[level.parent] | (goes_left != level.left[:, None]) * bits
            found.append(masks[level.ends])
        return np.asarray(np.concatenate(found)[self.order])


@dataclass(frozen=True)
class _Front:
    """The nodes of one depth; of each its tree plus how far to the right it stands in it, the features asked on its path, their cover."""

    node: Integers
    position: Floats
    features: Integers
    cover: Floats


def paths_of(trees: Sequence[Any], feature_of: Integers) -> Paths:
    """The paths of trees that are node tables of `HistGradientBoosting`; `feature_of`: the feature to which each column belongs."""
    nodes, front = _stacked(trees, feature_of)
    roots, levels, passed = _ends(nodes, front), [], [front]
    while len(inner := np.setdiff1d(np.arange(len(front.node)), _ends(nodes, front))):
        level, front = _below(nodes, front, inner, feature_of, 0.5 ** len(passed))
        levels.append(level)
        passed.append(front)
    leaves = [(front, _ends(nodes, front)) for front in passed]
    parts = ("node", "position", "features", "cover")
    node, position, features, cover = (np.concatenate([getattr(front, part)[ends] for front, ends in leaves]) for part in parts)
    order, used = np.argsort(position), int((features != NOBODY).sum(axis=1).max(initial=0))
    told = (position[order].astype(np.int64), nodes["value"][node[order]], features[order, :used], cover[order, :used])
    return Paths(len(trees), roots, tuple(levels), order, *told)


def _stacked(trees: Sequence[Any], feature_of: Integers) -> tuple[Any, _Front]:
    """The nodes of all trees in one table, whose children are places in it, and the front of the roots."""
    sizes = [len(tree) for tree in trees]
    starts = np.cumsum([0, *sizes])[:-1]
    nodes = np.concatenate(trees)
    for side in ("left", "right"):
        nodes[side] += np.repeat(starts, sizes).astype(nodes.dtype[side])
    slots = len(np.unique(feature_of[nodes["feature_idx"][nodes["is_leaf"] == 0]]))
    return nodes, _Front(starts, np.arange(float(len(trees))), np.full((len(trees), slots), NOBODY), np.ones((len(trees), slots)))


def _ends(nodes: Any, front: _Front) -> Integers:
    return np.flatnonzero(nodes["is_leaf"][front.node])


def _below(nodes: Any, front: _Front, inner: Integers, feature_of: Integers, half: float) -> tuple[Level, _Front]:
    """The children of the nodes that ask: first all that are reached to the left, then all to the right."""
    parent = np.concatenate([inner, inner])
    asking = nodes[front.node[parent]]
    left = np.arange(len(parent)) < len(inner)
    node = np.where(left, asking["left"], asking["right"]).astype(np.int64)
    features, cover, place = front.features[parent], front.cover[parent], np.arange(len(parent))
    asked = feature_of[asking["feature_idx"]]
    slot = np.argmax((features == asked[:, None]) | (features == NOBODY), axis=1)
    features[place, slot] = asked
    cover[place, slot] *= nodes["count"][node] / asking["count"]
    position = front.position[parent] + np.where(left, 0.0, half)
    below = _Front(node, position, features, cover)
    missing_left = asking["missing_go_to_left"] == 1
    return Level(parent, asking["feature_idx"], asking["num_threshold"], missing_left, left, slot, _ends(nodes, below)), below
