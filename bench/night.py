"""A whole night of ours beside the same night as people run it today: CPU seconds, ours and the database's, and peak memory.

    python bench/night.py                 a night of 1 million rows over 37 days of history, 10 million in all
    python bench/night.py --quick         a night of 20,000 rows, once: enough to see that all of it runs
    python bench/night.py --world DIR     keep the source and what was measured in DIR, and go on from what lies there
    python bench/night.py --without spark leave a side out

Ours is cold (a warehouse just set up: the history is extracted and sealed too) or warm (the night before has sealed it). Beside it stand
pandas with `read_sql`, `groupby.rolling` and `to_sql`; DuckDB alone; PySpark `local[2]`; and the floor: what the stages cannot do
without. All read the same source, score with the same model, check and publish, each in a process of its own, in turns, on one thread
(Spark on two); the figures are medians. Importing and starting stand apart, on every side. Ours counts whole, with the report and the
training that the others leave out. The server's CPU is counted to whom it serves. Memory is the client's.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bench.parts import night_tables, night_world
from bench.parts.measure import Figure, medians, save_figures, say
from bench.parts.night_agreement import disagreements
from bench.parts.night_sides import COLD, EVE, FLOOR, WARM, Costs, plain_sides, run_profiled, turn
from bench.parts.night_tables import NAMES
from bench.parts.night_world import World


@dataclass(frozen=True)
class Extent:
    """Rows of the night (the history holds nine times as many), and how often each side runs."""

    rows: int
    repeats: int


WHOLE = Extent(1_000_000, 3)
QUICK = Extent(20_000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a night of 20,000 rows, once")
    parser.add_argument("--rows", type=int, default=WHOLE.rows, help="rows of the night (1000000); the history holds nine times as many")
    parser.add_argument("--repeats", type=int, default=WHOLE.repeats, help="how often each side runs (3)")
    parser.add_argument("--world", type=Path, help="where the source and every turn are kept; left out, they are removed")
    parser.add_argument("--without", nargs="+", default=[], choices=(WARM, "duckdb", "spark"), help="sides to leave out")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    extent = QUICK if asked.quick else Extent(asked.rows, asked.repeats)
    home = asked.world or Path(tempfile.mkdtemp(prefix="nightshift-bench-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o755)  # the server's own account must be able to enter
    try:
        save_figures(bench(home.resolve(), extent, asked.without), asked.json)
    finally:
        if asked.world is None:
            shutil.rmtree(home, ignore_errors=True)


def bench(home: Path, extent: Extent, without: Collection[str] = ()) -> list[Figure]:
    """Prepare, measure, print; the figures come back."""
    world = night_world.open_world(home)
    try:
        night_world.prepare(world, extent.rows)
        plain, lacking = plain_sides(without)
        beside = [*([] if WARM in without else [WARM]), *plain]
        costs = measured(world, beside, extent.repeats)
        different = disagreements(world, beside)
        profiled = run_profiled(world)
    finally:
        night_world.close_world(world)
    return night_tables.told(extent.rows, extent.repeats, costs, different, lacking, profiled)


def measured(world: World, beside: list[str], repeats: int) -> dict[str, Costs]:
    """The median cost of the cold night and of what stands beside it, in turns."""
    eve = {EVE: _said(world, EVE, 0)} if WARM in beside else {}  # it seals the history for the warm night
    turns = [{side: _said(world, side, place) for side in (COLD, *beside, FLOOR)} for place in range(repeats)]
    return eve | {side: medians([costs[side] for costs in turns]) for side in turns[0]}


def _said(world: World, side: str, place: int) -> Costs:
    say(f"turn {place + 1}: {NAMES.get(side, side)}")
    return turn(world, side, place)


if __name__ == "__main__":
    main()
