"""What changes at the alert line, and by how much single scores do, where one model takes the place of another."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.evaluation.metrics import Bools, Floats
from pipeline.evaluation.paired import Ints

TOLD = 10  # changes of single scores


@dataclass(frozen=True)
class Flips:
    """Alerts of both models, of the first alone and of the second alone, and how many of each are frauds."""

    both: int = 0
    first_only: int = 0
    second_only: int = 0
    both_frauds: int = 0
    first_only_frauds: int = 0
    second_only_frauds: int = 0

    @classmethod
    def of(cls, first: Bools, second: Bools, is_fraud: Bools) -> Self:
        """Of the rows of a night, which either model alerts.

        >>> Flips.of(np.array([True, True, False]), np.array([True, False, False]), np.array([False, True, False]))
        Flips(both=1, first_only=1, second_only=0, both_frauds=0, first_only_frauds=1, second_only_frauds=0)
        """
        parts = (first & second, first & ~second, second & ~first)
        return cls(*(int(part.sum()) for part in parts), *(int((part & is_fraud).sum()) for part in parts))

    def __add__(self, other: Self) -> Self:
        return type(self)(*(mine + its for mine, its in zip(vars(self).values(), vars(other).values(), strict=True)))

    @property
    def in_common(self) -> float:
        """The share of the first model's alerts that the second has too; NaN where there is none."""
        alerts = self.both + self.first_only
        return self.both / alerts if alerts else float("nan")


@dataclass(frozen=True)
class Moved:
    """A transaction that both models scored: its id and night, either's score and rank among the alerts, and whether it was a fraud."""

    transaction_id: int | str
    night: str
    first: float
    second: float
    first_rank: int | None
    second_rank: int | None
    is_fraud: bool

    @property
    def size(self) -> float:
        return abs(self.first - self.second)


def most_moved(moved: Iterable[Moved]) -> tuple[Moved, ...]:
    """The largest changes of them, largest first."""
    return tuple(heapq.nlargest(TOLD, moved, key=lambda one: one.size))


def largest_changes(first: Floats, second: Floats) -> Ints:
    """The places of the `TOLD` largest changes, largest first.

    >>> largest_changes(np.array([0.1, 0.9, 0.5]), np.array([0.1, 0.2, 0.6])).tolist()
    [1, 2, 0]
    """
    return np.argsort(-np.abs(first - second), kind="stable")[:TOLD]
