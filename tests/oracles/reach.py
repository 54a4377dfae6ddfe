"""Which terminals a customer can reach, one pair after the other."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]


def terminals_in_reach(customers: Sequence[Point], terminals: Sequence[Point], radius: float) -> list[set[int]]:
    """For each customer the numbers of the terminals at most `radius` away."""
    return [
        {number for number, (x, y) in enumerate(terminals) if (x - home_x) ** 2 + (y - home_y) ** 2 <= radius**2}
        for home_x, home_y in customers
    ]
