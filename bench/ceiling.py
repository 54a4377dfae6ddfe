"""A night far larger than its history, through every step in a process of its own: does each keep its memory under the ceiling?

    python bench/ceiling.py                              9 million rows under the default of memory_limit
    python bench/ceiling.py --rows 3000000 --limit 1GiB  another night, another ceiling
    python bench/ceiling.py --quick                      20,000 rows: enough to see that all of it runs
    python bench/ceiling.py --cgroup DIR                 every step enters this control group, which holds it to its own limit

The figure is the peak of the hungriest step over the ceiling, as resident memory, libraries included. What has no room waits on the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.parts import night_world
from bench.parts.measure import FIGURE_COLUMNS, ONE_THREAD, Figure, at_most, save_figures, say, show, told
from bench.parts.night_world import World
from pipeline.core.settings import Settings
from pipeline.core.sizes import parse_size

STEPS = ("extract", "build_features", "score", "judge", "publish", "monitor", "retrain")
HISTORY_SHARE = 10  # the history holds a tenth of the night's rows, where that is enough to train a model from
ENOUGH = 1_000_000
QUICK_ROWS = 20_000


@dataclass(frozen=True)
class Ended:
    """What a step did, in seconds, and its peak of memory in bytes."""

    counts: Mapping[str, int]
    cpu: float
    wall: float
    peak: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    parser.add_argument("--rows", type=int, default=9_000_000, help="rows of the night (9000000; the simulator names 10 million a day)")
    parser.add_argument("--limit", default=Settings.model_fields["memory_limit"].default, help="memory_limit (its default)")
    parser.add_argument("--cgroup", type=Path, help="a group of processes that the steps enter")
    parser.add_argument("--world", type=Path, help="where the source is kept; left out, it is removed")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    home = asked.world or Path(tempfile.mkdtemp(prefix="nightshift-bench-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o755)  # the server's own account must be able to enter
    try:
        save_figures(bench(home.resolve(), QUICK_ROWS if asked.quick else asked.rows, parse_size(asked.limit), asked.cgroup), asked.json)
    finally:
        if asked.world is None:
            shutil.rmtree(home, ignore_errors=True)


def bench(home: Path, rows: int, limit: int, cgroup: Path | None = None) -> list[Figure]:
    """Prepare, run, print; the figures come back."""
    world = night_world.open_world(home)
    try:
        night_world.prepare(world, rows, rows // HISTORY_SHARE if rows >= ENOUGH else None)
        ended = stepped(world, limit, cgroup)
    finally:
        night_world.close_world(world)
    lines = [(name, f"{step.cpu:.1f}", f"{step.wall:.1f}", f"{step.peak / 2**20:,.0f}") for name, step in ended.items()]
    show(f"a night of {rows:,} rows under {limit / 2**20:,.0f} MiB", ("step", "CPU s (client)", "wall s", "peak MiB"), lines)
    figures = [
        at_most("ceiling", max(step.peak for step in ended.values()) / limit, 1.0),
        Figure("ceiling_lost_rows", lost := ended["extract"].counts["sealed"] - ended["publish"].counts["published"], 0, lost == 0),
        Figure("ceiling_rows", ended["publish"].counts["published"]),
    ]
    show("memory over the ceiling, and rows", FIGURE_COLUMNS, [told(each) for each in figures])
    return figures


def stepped(world: World, limit: int, cgroup: Path | None) -> dict[str, Ended]:
    """Every step of the night, in order."""
    copied = night_world.copy_for_run(world, "ceiling")
    environment = {**os.environ, **ONE_THREAD, **copied, "NIGHTSHIFT_MEMORY_LIMIT": f"{limit // 1024}KiB"}
    run_id = _child(environment, cgroup, "plan", str(world.night))["run_id"]
    ended = {}
    for name in STEPS:
        say(name)
        ended[name] = Ended(**_child(environment, cgroup, name, str(run_id)))
    return ended


def _child(environment: Mapping[str, str], cgroup: Path | None, *asked: str) -> dict[str, object]:
    command = [sys.executable, "-m", "bench.parts.ceiling_step", *asked, *([str(cgroup / "cgroup.procs")] if cgroup else [])]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{asked[0]} ended with {done.returncode}:\n{done.stderr[-2_000:]}")
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


if __name__ == "__main__":
    main()
