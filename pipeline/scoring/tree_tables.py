"""Contributions looked up instead of computed: all cases of all parts are computed once, and a row is one line of each part's table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_leaves import contributions_of, every_outcome
from pipeline.scoring.tree_parts import LEAVES, Part, bins_of, parts_of
from pipeline.scoring.tree_paths import Integers, Masks, Paths

Steps: TypeAlias = npt.NDArray[np.int32]

ROWS_AT_ONCE = 4_096  # sums of so many rows and a part's table stay in the processor's cache
NUMBERS = 2**25  # in all tables, 0.27 GB; with fifteen features they hold about 13 million


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


def tables_of(paths: Paths, edges: tuple[Floats, ...], missed: Masks) -> Tables | None:
    """The tables of trees, of whose features the bins end at `edges`; `missed` as in `parts_of`. None where they would be too large."""
    most = max(end - first for first, end in paths.trees_of_leaves)
    if float((2.0**paths.lengths).sum()) * len(edges) > NUMBERS or most > LEAVES:
        return None
    parts = parts_of(paths, edges, missed)
    if sum(part.cases for part in parts) * len(edges) > NUMBERS:
        return None
    outcomes, starts = every_outcome(paths)
    told = contributions_of(paths, outcomes, len(edges))
    return Tables(edges, _steps(parts, edges), tuple(_cases(paths, part, starts, told) for part in parts))


def _steps(parts: Sequence[Part], edges: tuple[Floats, ...]) -> tuple[Steps, ...]:
    """As in `Tables`: the class of a part's last feature changes fastest."""
    steps: tuple[Steps, ...] = tuple(np.zeros((len(ends) + 2, len(parts)), np.int32) for ends in edges)
    for place, part in enumerate(parts):
        left = part.cases
        for axis in part.axes:
            left //= len(axis.misses)
            steps[axis.feature][:, place] = left * axis.class_of
    return steps


def _cases(paths: Paths, part: Part, starts: Integers, told: Floats) -> Floats:
    """The contributions of each case: (cases, features), numbered as by `_steps`."""
    asked, outcomes = paths.features[part.first : part.end], starts[part.first : part.end, None]
    for axis in part.axes:
        bit = ((asked == axis.feature) << np.arange(asked.shape[1])).sum(axis=1)  # of the slot of the feature, 0 where it is not asked
        away = axis.misses >> np.arange(len(asked))[:, None] & 1
        outcomes = (outcomes[:, :, None] + (bit[:, None] * away)[:, None, :]).reshape(len(asked), -1)
    return added_up(outcomes, [told] * len(asked))


def added_up(places: Integers | Steps, tables: Sequence[Floats]) -> Floats:
    """The sum of a line of each table, at these places in it: (columns of `places`, features)."""
    added = np.zeros((places.shape[1], tables[0].shape[1]))
    line = np.empty_like(added)
    for place, table in zip(places, tables, strict=True):
        added += np.take(table, place, axis=0, out=line, mode="clip")  # every place is there; without clip `out` is filled through a copy
    return added
