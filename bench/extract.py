"""Extracting a night to sealed Parquet, beside `pandas.read_sql` in chunks and beside what server and encoding cost at least.

    python bench/extract.py            a night of 10 million rows
    python bench/extract.py --quick    20,000 rows, once: enough to see that all of it runs

Ours is all that makes a seal: the source's count and checksum, fetching, the contract, duplicates, order, Parquet, hash, and the rows of
the seal in the warehouse. Pandas reads the same columns from a streamed cursor, 100,000 rows at a time, and writes each chunk to a
Parquet file; it checks and orders nothing. The floor is the server copying the same answer to nowhere (`COPY … TO '/dev/null'`, binary,
the cheapest form), plus encoding our sealed rows, which are in memory already. In turns, each side in a process of its own, one thread
each; medians of CPU seconds of client and server together. Memory is the client's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench.parts.bulk_world import print_sides, run, turns, world
from bench.parts.measure import Cost, Figure, at_most, medians, say

MODULE, SIDES = "bench.parts.extract_sides", ("ours", "pandas", "floor")
GOALS = {"extract": (1 / 3.5, 1 / 4), "extract_floor": (2.2, 1.8), "extract_peak_mb": (2048, None)}  # and aims


def main() -> None:
    run(__doc__, 10_000_000, bench)


def bench(home: Path, rows: int, repeats: int) -> list[Figure]:
    """Measure and print; the figures come back."""
    say(f"making a source of {rows:,} rows")
    with world(home, rows) as made:
        costs = medians(turns(made, MODULE, SIDES, repeats))
    figures = figures_of(costs)
    print_sides(f"a night of {rows:,} rows, medians of {repeats}", costs, figures)
    return figures


def figures_of(costs: Mapping[str, Cost]) -> list[Figure]:
    values = {
        "extract": costs["ours"].cpu / costs["pandas"].cpu,
        "extract_floor": costs["ours"].cpu / costs["floor"].cpu,
        "extract_peak_mb": costs["ours"].peak,
    }
    return [at_most(name, value, *GOALS[name]) for name, value in values.items()]


if __name__ == "__main__":
    main()
