"""What whole nights cost by their rows, and publishing by the nights that were published before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.parts import night_world, publication_world
from bench.parts.growth_points import NightPoint, Point
from bench.parts.measure import Stopwatch, medians, say
from bench.parts.night_sides import COLD, Costs, kept_turn, turn
from bench.parts.night_tables import START
from bench.parts.publication_world import FIRST

REPEATS = 3
OTHER_ROWS = 100


def by_rows(home: Path, rows: Sequence[int]) -> list[NightPoint]:
    """A cold night of each size, in a world of its own."""
    worlds = {count: home / f"world-{count}" for count in rows}
    nights = {count: kept_turn(world, COLD, 0) or _cold(world, count) for count, world in worlds.items()}
    return [NightPoint(count, {stage: cost for stage, cost in costs.items() if stage != START}) for count, costs in nights.items()]


def _cold(home: Path, rows: int) -> Costs:
    say(f"a cold night of {rows:,} rows")
    home.mkdir(exist_ok=True)
    home.chmod(0o755)  # the server's own account must be able to enter
    world = night_world.open_world(home)
    try:
        night_world.prepare(world, rows)
        return turn(world, COLD, 0)
    finally:
        night_world.close_world(world)


def by_published(home: Path, nights: Sequence[int], rows: int) -> list[Point]:
    """Staging and publishing one more night of `rows` rows into a warehouse of so many, medians of three."""
    with publication_world.world(home / "published", 1, rows, OTHER_ROWS) as world:
        made, points = 1, []
        for count in nights:
            say(f"publishing into {count:,} nights")
            for place in range(made, count):
                publication_world.publish(world, FIRST.back(-place), OTHER_ROWS)
            stopwatches = [_one_more(world, count + place, rows) for place in range(REPEATS)]
            made = count + REPEATS
            points.append(Point(count, rows, medians([stopwatch.costs for stopwatch in stopwatches])["publish"]))
    return points


def _one_more(world: publication_world.World, place: int, rows: int) -> Stopwatch:
    stopwatch = Stopwatch(world.folder)
    with stopwatch.stage("publish"):
        publication_world.publish(world, FIRST.back(-place), rows)
    return stopwatch
