"""A table judged: our figures and Great Expectations over them, beside Great Expectations over the rows.

    python bench/evaluation.py            1 and 10 million rows of 20 columns
    python bench/evaluation.py --quick    5,000 and 50,000 rows, once: enough to see that all of it runs

Both check the same: of every column the share of unknown values, that all lie between limits, and the mean; the number of rows;
unique ids, which come in no order. Theirs is the pandas engine, told to give nothing but yes or no. Ours computes deviation, quantiles,
different values and a histogram of every column too. Each runs in a process of its own, one thread; the figures are medians of CPU
seconds. The data are in memory when the clock starts; memory is what comes on top of them. Importing Great Expectations, which costs
both the same, is left out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.parts.measure import ONE_THREAD, Cost, Figure, medians, read_costs, save_figures, say, show

SIDES = ("ours", "theirs")


@dataclass(frozen=True)
class Size:
    """A figure's name, the rows it is measured on, and the share of their CPU seconds that ours may take."""

    figure: str
    rows: int
    goal: float


WHOLE = (Size("figures_1m", 1_000_000, 0.25), Size("figures_10m", 10_000_000, 0.10))
QUICK = (Size("figures_1m", 5_000, 0.25), Size("figures_10m", 50_000, 0.10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5,000 and 50,000 rows, once")
    parser.add_argument("--repeats", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as home:
        figures = bench(Path(home), QUICK, 1) if asked.quick else bench(Path(home), WHOLE, asked.repeats)
    save_figures(figures, asked.json)


def bench(home: Path, sizes: tuple[Size, ...], repeats: int) -> list[Figure]:
    """Measure and print; the figures come back."""
    measured = [(size, costs(home, size.rows, repeats)) for size in sizes]
    figures = [figure_of(size, cost) for size, cost in measured]
    lines = [line(size, side, cost[side]) for size, cost in measured for side in SIDES]
    show(f"20 columns judged, median of {repeats}", ("rows", "side", "CPU s", "wall s", "MB beyond the data"), lines)
    remark = "" if sizes is WHOLE else "; the goals are those of a whole run"
    rows = [(each.figure, f"{each.value:.3f}", f"{each.goal:g}", "holds" if each.holds else "MISSED") for each in figures]
    show(f"CPU, ours over theirs{remark}", ("figure", "value", "goal", ""), rows)
    return figures


def costs(home: Path, rows: int, repeats: int) -> dict[str, Cost]:
    """The median cost of each side, in turns."""
    return medians([{side: cost(home / "costs.json", side, rows, place) for side in SIDES} for place in range(repeats)])


def cost(path: Path, side: str, rows: int, place: int) -> Cost:
    """Of one side, in a process of its own."""
    say(f"{rows:,} rows, run {place + 1}: {side}")
    command = [sys.executable, "-m", "bench.parts.judged_columns", side, str(rows), str(path)]
    ended = subprocess.run(command, check=False, env={**os.environ, **ONE_THREAD}, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        raise SystemExit(f"{side} ended with {ended.returncode}:\n{ended.stderr[-2_000:]}")
    return read_costs(path)["judged"]


def figure_of(size: Size, cost: dict[str, Cost]) -> Figure:
    share = cost["ours"].cpu / cost["theirs"].cpu
    return Figure(size.figure, share, size.goal, share <= size.goal)


def line(size: Size, side: str, cost: Cost) -> tuple[str, ...]:
    return f"{size.rows:,}", side, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.peak:,.0f}"


if __name__ == "__main__":
    main()
