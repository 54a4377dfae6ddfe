"""What bench/growth.py measured, and what follows from it for a night of any size."""

from __future__ import annotations

from dataclasses import dataclass

from bench.parts.measure import Cost

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Point:
    """The cost of so much of what is varied; `rows` is how many rows were worked on."""

    at: int
    rows: int
    cost: Cost


@dataclass(frozen=True)
class NightPoint:
    """A whole cold night of so many rows of its own, stage by stage."""

    rows: int
    stages: dict[str, Cost]

    @property
    def cpu(self) -> float:
        return sum(cost.cpu for cost in self.stages.values())


@dataclass(frozen=True)
class Growth:
    """All that was measured; nights in ascending order of rows."""

    windows: list[Point]
    entities: list[Point]
    published: list[Point]
    rows: list[NightPoint]


@dataclass(frozen=True)
class Line:
    """`fixed` whatever the size, and `slope` for each row of the night: through the smallest and the largest night measured."""

    fixed: float
    slope: float

    def at(self, rows: float) -> float:
        return self.fixed + self.slope * rows


def seconds_of(growth: Growth, stage: str) -> Line:
    return _through(growth, [night.stages[stage].cpu for night in growth.rows])


def memory_of(growth: Growth, stage: str) -> Line:
    """Peak resident memory in MB."""
    return _through(growth, [night.stages[stage].peak for night in growth.rows])


def rows_a_core(growth: Growth, stages: tuple[str, ...]) -> float:
    """Rows of a night that one core works through in a day, were there memory for them."""
    lines = [seconds_of(growth, stage) for stage in stages]
    return (DAY_SECONDS - sum(line.fixed for line in lines)) / sum(line.slope for line in lines)


def _through(growth: Growth, values: list[float]) -> Line:
    """Costs below nothing are noise: a line never falls."""
    least, most = growth.rows[0], growth.rows[-1]
    slope = max(0.0, (values[-1] - values[0]) / (most.rows - least.rows)) if most.rows > least.rows else values[-1] / most.rows
    return Line(max(0.0, values[-1] - slope * most.rows), slope)
