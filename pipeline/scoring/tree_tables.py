"""Contributions looked up instead of computed: few cases can happen to a row at some neighbouring leaves, so all are computed once.

A feature meets a tree's leaves through its questions alone, which cut its values into bins. At a few leaves most bins lead the same way and
form a class; a case is one class of each feature. A row is then its bins, and its contributions are one line of each part's table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_leaves import contributions_of, every_outcome
from pipeline.scoring.tree_paths import NOBODY, Integers, Masks, Paths

Steps: TypeAlias = npt.NDArray[np.int32]

CASES = 8_192  # of a part, unless it is one leaf: with 2,048 the tables are half as large, and looking up takes half as long again
LEAVES = 62  # of a tree: a bit for each fits a number; our trees have at most 31
ROWS_AT_ONCE = 4_096  # sums of so many rows and a part's table stay in the processor's cache
NUMBERS = 2**25  # in all tables, 0.27 GB; with fifteen features they hold about 13 million


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


@dataclass(frozen=True)
class Tables:
    """`edges`: of each feature the upper ends of its bins. `steps`: of each feature what each bin adds to the number of the case, for each
    part: (bins, parts). `cases`: of each part the contributions of every case, (cases, features).
    """

    edges: tuple[Floats, ...]
    steps: tuple[Steps, ...]
    cases: tuple[Floats, ...]

    def contributions(self, rows: Floats) -> Floats:
        """What each feature adds to the log-odds of each row: (rows, features). A row's are the same bits whatever rows stand beside it."""
        parts = [self._looked_up(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE)]
        return np.concatenate([np.empty((0, len(self.edges))), *parts])

    def _looked_up(self, rows: Floats) -> Floats:
        case = np.zeros((len(rows), len(self.cases)), np.int32)
        for values, edges, steps in zip(rows.T, self.edges, self.steps, strict=True):
            case += steps[bins_of(values, edges)]
        return added_up(np.ascontiguousarray(case.T), self.cases)


def added_up(places: Integers | Steps, tables: Sequence[Floats]) -> Floats:
    """The sum of a line of each table, at these places in it: (columns of `places`, features)."""
    added = np.zeros((places.shape[1], tables[0].shape[1]))
    line = np.empty_like(added)
    for place, table in zip(places, tables, strict=True):
        added += np.take(table, place, axis=0, out=line, mode="clip")  # every place is there; without clip `out` is filled through a copy
    return added


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


def tables_of(paths: Paths, edges: tuple[Floats, ...], missed: Masks) -> Tables | None:
    """The tables of trees; `missed`: of each leaf the bits that the `representatives` miss. None where they would be too large."""
    most = max(end - first for first, end in paths.trees_of_leaves)
    if float((2.0**paths.lengths).sum()) * len(edges) > NUMBERS or most > LEAVES:
        return None
    trees = (_tree(paths, edges, missed, first, end) for first, end in paths.trees_of_leaves)
    parts = [part for tree in trees for part in _parts(tree, tree.first, tree.end)]
    if sum(part.cases for part in parts) * len(edges) > NUMBERS:
        return None
    outcomes, starts = every_outcome(paths)
    told = contributions_of(paths, outcomes, len(edges))
    steps: tuple[Steps, ...] = tuple(np.zeros((len(ends) + 2, len(parts)), np.int32) for ends in edges)
    for place, part in enumerate(parts):
        left = part.cases
        for axis in part.axes:
            left //= len(axis.misses)
            steps[axis.feature][:, place] = left * axis.class_of
    return Tables(edges, steps, tuple(_cases(paths, part, starts, told) for part in parts))


def _parts(tree: Part, first: int, end: int) -> Iterator[Part]:
    """The leaves of a tree from `first` to `end`, halved until each part has few cases."""
    part = tree.between(first, end)
    if part.cases <= CASES or end - first == 1:
        yield part
    else:
        yield from _parts(part, first, (first + end) // 2)
        yield from _parts(part, (first + end) // 2, end)


def _tree(paths: Paths, edges: tuple[Floats, ...], missed: Masks, first: int, end: int) -> Part:
    """All leaves of a tree."""
    asked = paths.features[first:end]
    return Part(
        first, end, tuple(_axis(asked, missed[first:end], feature, edges) for feature in np.unique(asked[asked != NOBODY]).tolist())
    )


def _axis(asked: Integers, missed: Masks, feature: int, edges: tuple[Floats, ...]) -> Axis:
    leaf, slot = np.nonzero(asked == feature)
    away = missed[leaf, : len(edges[feature]) + 2].astype(np.int64) >> slot[:, None] & 1
    misses, class_of = np.unique((1 << leaf) @ away, return_inverse=True)
    return Axis(feature, class_of, misses)


def _cases(paths: Paths, part: Part, starts: Integers, told: Floats) -> Floats:
    """The contributions of each case: (cases, features); the class of the last feature changes fastest."""
    asked, outcomes = paths.features[part.first : part.end], starts[part.first : part.end, None]
    for axis in part.axes:
        bit = ((asked == axis.feature) << np.arange(asked.shape[1])).sum(axis=1)  # of the slot of the feature, 0 where it is not asked
        away = axis.misses >> np.arange(len(asked))[:, None] & 1
        outcomes = (outcomes[:, :, None] + (bit[:, None] * away)[:, None, :]).reshape(len(asked), -1)
    return added_up(outcomes, [told] * len(asked))
