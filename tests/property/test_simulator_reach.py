"""The simulator's search by cells agrees with looking at every pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.simulator.world import terminals_in_reach
from tests.oracles.reach import Point
from tests.oracles.reach import terminals_in_reach as one_by_one

coordinate = st.one_of(st.floats(0, 99.999), st.integers(0, 20).map(lambda cell: cell * 4.75))  # also exactly on the borders of cells
points = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(points, points, st.sampled_from([0.5, 4.75, 5.0, 33.0, 100.0]))
def test_cells_find_the_terminals_that_looking_at_every_pair_finds(customers: list[Point], terminals: list[Point], radius: float) -> None:
    found = terminals_in_reach(np.array(customers), np.array(terminals), radius)
    reached = [found.terminals[first:stop] for first, stop in zip(found.offsets[:-1], found.offsets[1:], strict=True)]
    assert [set(terminals) for terminals in reached] == one_by_one(customers, terminals, radius)
    assert sum(map(len, reached)) == len({(c, t) for c, those in enumerate(reached) for t in those})
