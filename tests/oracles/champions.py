"""Who was champion, by reading the assignments one after another as they were made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Instant = Any  # a moment, or a number that stands for one


@dataclass(frozen=True)
class Assigned:
    """A row of `scoring.champion`."""

    kind: Literal["promotion", "withdrawal"]
    version: str
    valid_from: Instant
    assigned_at: Instant


def champion_at(history: Iterable[Assigned], valid_at: Instant, known_at: Instant, withdrawals: Instant | None = None) -> str | None:
    """The champion just before `valid_at` as known at `known_at`; `history` in the order of its ids.

    A withdrawal takes back every promotion of its version that was made before it.
    """
    standing: list[Assigned] = []
    for one in sorted(history, key=lambda one: one.assigned_at):
        in_force = one.valid_from < valid_at and one.assigned_at <= known_at
        if one.kind == "promotion" and in_force:
            standing.append(one)
        late_but_honoured = withdrawals is not None and one.assigned_at <= withdrawals
        if one.kind == "withdrawal" and (in_force or late_but_honoured):
            standing = [other for other in standing if other.version != one.version]
    newest = None
    for one in standing:
        if newest is None or newest.valid_from <= one.valid_from:
            newest = one
    return newest.version if newest else None
