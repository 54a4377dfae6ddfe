"""Writing a night's scores into the warehouse, beside `to_sql` and beside the server reading a file of its own.

    python bench/write.py            1 million rows
    python bench/write.py --quick    20,000 rows, once: enough to see that all of it runs

Ours is all of staging: the run's own partition made, the rows encoded, sent and checked, the key, the attach, the statistics. `to_sql`
sends the same rows from a frame into one table with the same checks, 10,000 at a time, then makes the same key. `COPY` is the server
reading the same rows from a file on its own disk into such a table, then the key; making the file is left out. The floor is a file of
text, as COPY takes it unless told otherwise; one of PostgreSQL's own binary format stands beside. In turns, a checkpoint before each
side, each in a process of its own; medians of CPU seconds of client and server together. Memory is the client's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.parts.bulk_world import print_sides, run, turns, world
from bench.parts.measure import Cost, Figure, at_most, medians, say

MODULE, SIDES = "bench.parts.write_sides", ("ours", "to_sql", "copy_text", "copy_binary")
GOALS = {"write": (1 / 18, 1 / 25), "write_floor": (1.5, 1.2)}  # and aims


def main() -> None:
    run(__doc__, 1_000_000, bench)


def bench(home: Path, rows: int, repeats: int) -> list[Figure]:
    """Measure and print; the figures come back."""
    say(f"writing {rows:,} rows")
    with world(home, 1) as made:
        costs = medians(turns(made, MODULE, SIDES, repeats, "--rows", str(rows)))
    figures = figures_of(costs)
    print_sides(f"{rows:,} rows, medians of {repeats}", costs, figures)
    return figures


def figures_of(costs: Mapping[str, Cost]) -> list[Figure]:
    ours = costs["ours"]
    values = {
        "write": ours.cpu / costs["to_sql"].cpu,
        "write_floor": ours.cpu / costs["copy_text"].cpu,
        "write_vs_binary_copy": ours.cpu / costs["copy_binary"].cpu,
        "write_peak_mb": ours.peak,
    }
    return [at_most(name, value, *GOALS[name]) if name in GOALS else Figure(name, value) for name, value in values.items()]


if __name__ == "__main__":
    main()
