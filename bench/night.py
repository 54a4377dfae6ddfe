"""One night, ours beside the plain pandas script: CPU seconds stage by stage, and peak memory.

    python bench/night.py                 a night of 1 million rows over 37 days of history, 10 million in all
    python bench/night.py --quick         a night of 20,000 rows, once: enough to see that all of it runs

Both sides read the same source database and know the same history, each in a process of its own, one after the other, one
thread each; the figures are medians. Ours runs as it does every night: the history was sealed when the night before ran
(the row `first night` tells what that costs, once). The server's CPU is counted to whom it serves. Memory is the client's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from bench.parts import night_world
from bench.parts.measure import ONE_THREAD, Cost, Figure, medians, read_costs, save_figures, say, show, total
from bench.parts.night_world import World
from bench.parts.pandas_night import FEATURES
from pipeline.core.night import Night

EXACT = 1e-9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a night of 20,000 rows, once")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the night (1000000); the history holds nine times as many")
    parser.add_argument("--repeats", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    rows, repeats = (20_000, 1) if asked.quick else (asked.rows, asked.repeats)
    home = Path(tempfile.mkdtemp(prefix="nightshift-bench-"))
    home.chmod(0o755)  # the server's own account must be able to enter
    try:
        save_figures(bench(home, rows, repeats), asked.json)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def bench(home: Path, rows: int, repeats: int) -> list[Figure]:
    """Prepare, measure, print; the figures come back."""
    world = night_world.open_world(home)
    try:
        first_night = prepare(world, rows)
        runs = [(run_ours(world, place), run_theirs(world, place)) for place in range(repeats)]
        difference = largest_difference(world)
    finally:
        night_world.close_world(world)
    ours, theirs = medians([ours for ours, _ in runs]), medians([theirs for _, theirs in runs])
    print_night(rows, repeats, first_night, ours, theirs)
    print(f"largest difference between the two sides' features: {difference:.1e}")
    return [*ratios(ours, theirs), Figure("features: largest difference", difference, EXACT, difference <= EXACT)]


def prepare(world: World, rows: int) -> Mapping[str, Cost]:
    """Source, history and models; what our first night costs comes back."""
    say(f"simulating and loading {(1 + night_world.HISTORY_SHARE) * rows:,} rows")
    night_world.fill_source(world, rows)
    night_world.load_source(world)
    say("running the night before, which seals the history")
    first_night = run_our_night(world, world.night.back(1), {})
    say("training a model for each side")
    night_world.give_models(world)
    return first_night


def run_ours(world: World, place: int) -> Mapping[str, Cost]:
    say(f"run {place + 1}: ours")
    return run_our_night(world, world.night, night_world.copy_for_run(world, f"ours_{place}"))


def run_our_night(world: World, night: Night, environment: Mapping[str, str]) -> Mapping[str, Cost]:
    costs, features = world.home / "ours.json", world.home / "ours.parquet"
    features.unlink(missing_ok=True)
    child("bench.parts.our_night", world, night, costs, features, environment)
    return read_costs(costs)


def run_theirs(world: World, place: int) -> Mapping[str, Cost]:
    say(f"run {place + 1}: the plain script")
    costs, features = world.home / "theirs.json", world.home / "theirs.parquet"
    target = night_world.copy_for_run(world, f"theirs_{place}")["NIGHTSHIFT_WAREHOUSE_URL"]
    more = ("--source", world.source, "--target", target, "--model", str(world.plain_model))
    child("bench.parts.pandas_night", world, world.night, costs, features, {}, *more)
    return read_costs(costs)


def child(module: str, world: World, night: Night, costs: Path, features: Path, environment: Mapping[str, str], *more: str) -> None:
    """Run one side in a process of its own."""
    asked = ("--night", str(night), "--server-data", str(world.data), "--costs", str(costs), "--features", str(features))
    command = [sys.executable, "-m", module, *asked, *more]
    ended = subprocess.run(command, check=False, env={**os.environ, **ONE_THREAD, **environment}, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        raise SystemExit(f"{module} ended with {ended.returncode}:\n{ended.stderr[-2_000:]}")


def largest_difference(world: World) -> float:
    """Between the features of both sides, over every row and column; infinite where they are not of the same rows."""
    ours, theirs = (pq.read_table(world.home / f"{side}.parquet").sort_by("transaction_id") for side in ("ours", "theirs"))
    if not ours["transaction_id"].equals(theirs["transaction_id"].cast(ours["transaction_id"].type)):
        return float("inf")
    return max(float(np.abs(ours[name].to_numpy() - theirs[name].to_numpy()).max()) for name in FEATURES)


def ratios(ours: Mapping[str, Cost], theirs: Mapping[str, Cost]) -> list[Figure]:
    """Ours over theirs, stage by stage and in all; a night's work of ours that the script leaves out counts in the sum."""
    stages = [Figure(f"{name}: CPU, ours over pandas", ours[name].cpu / cost.cpu) for name, cost in theirs.items() if cost.cpu]
    night, script = total(ours), total(theirs)
    return [
        *stages,
        Figure("night: CPU, ours over pandas", night.cpu / script.cpu),
        Figure("night: peak memory, ours over pandas", night.peak / script.peak),
    ]


def print_night(rows: int, repeats: int, first: Mapping[str, Cost], ours: Mapping[str, Cost], theirs: Mapping[str, Cost]) -> None:
    """The table of one night."""
    lines = [line(name, ours[name], theirs.get(name)) for name in ours]
    sums = [line("night", total(ours), total(theirs)), line("first night", total(first), None)]
    header = ("stage", "ours CPU s", "(server)", "wall s", "peak MB", "pandas CPU s", "(server)", "wall s", "peak MB", "ours/pandas")
    show(f"a night of {rows:,} rows, {(1 + night_world.HISTORY_SHARE) * rows:,} in all, median of {repeats}", header, [*lines, *sums])


def line(name: str, ours: Cost, theirs: Cost | None) -> tuple[str, ...]:
    there = in_words(theirs) if theirs else ("-",) * 4
    return (name, *in_words(ours), *there, f"{ours.cpu / theirs.cpu:.2f}" if theirs and theirs.cpu else "-")  # 0: below the clock


def in_words(cost: Cost) -> tuple[str, str, str, str]:
    return f"{cost.cpu:.2f}", f"({cost.server:.2f})", f"{cost.wall:.2f}", f"{cost.peak:,.0f}"


if __name__ == "__main__":
    main()
