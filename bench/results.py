"""Every bench, one after the other, and what they measured on one page.

    python bench/results.py                    all of them, whole; the page is bench/RESULTS.md, the figures are in bench/results.json too
    python bench/results.py --quick            all of them, small: enough to see that all of it runs; written to build/bench
    python bench/results.py night publish      these only: what is on the page of others stays, if machine and versions are the same

Each bench runs in a process of its own. One that fails is named on the page, the others still run, and the exit code is 1. A figure that
misses its goal fails nothing: the page says so, beside the tables that tell where the time goes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.parts import packages
from bench.parts.machine import machine_now
from bench.parts.measure import Figure, say
from bench.parts.results_page import Outcome, page, record, recorded

CHECKOUT = Path(__file__).parents[1]
BESIDE = {"results", "growth"}  # scripts of this folder that are no benches
QUICK_PLACE = CHECKOUT / "build" / "bench"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", help=f"which; left out, all: {', '.join(benches())}")
    parser.add_argument("--quick", action="store_true", help="small, and written to build/bench")
    parser.add_argument("--note", default="", help="what is special about this run, for the page, beside what it measures")
    parser.add_argument("--to", type=Path, help="the folder to write to")
    asked = parser.parse_args()
    if unknown := set(asked.benches) - set(benches()):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}: there are {', '.join(benches())}")
    if not asked.quick:
        packages.install()
    folder = asked.to or (QUICK_PLACE if asked.quick else CHECKOUT / "bench")
    return collect(asked.benches or benches(), asked.quick, folder, asked.note)


def benches() -> list[str]:
    """Every script beside this one, the whole night first."""
    names = {path.stem for path in (CHECKOUT / "bench").glob("[a-z]*.py")} - BESIDE
    return sorted(names, key=lambda name: (name != "night", name))


def collect(names: list[str], quick: bool, folder: Path, note: str = "") -> int:
    """Run the benches and write both files; 1 where one failed."""
    outcomes, file = [], folder / "results.json"
    before = recorded(json.loads(file.read_text())) if file.exists() else []  # unreadable, it ends the run before an hour has passed
    for place, name in enumerate(names, start=1):
        say(f"bench {place} of {len(names)}: {name}")
        outcomes.append(run(CHECKOUT / "bench" / f"{name}.py", quick, note))
    folder.mkdir(parents=True, exist_ok=True)
    machine = outcomes[-1].machine
    kept = [each for each in before if each.bench in benches() and each.bench not in names and each.machine.is_as(machine)]
    whole = sorted([*kept, *outcomes], key=lambda outcome: benches().index(outcome.bench))
    file.write_text(json.dumps(record(machine, whole), indent=2) + "\n")
    (folder / "RESULTS.md").write_text(page(machine, whole, quick))
    say(f"written: {folder / 'RESULTS.md'}")
    return int(any(outcome.failed for outcome in outcomes))


def run(script: Path, quick: bool, note: str) -> Outcome:
    """One bench in its own process; its progress is passed on as it comes, its tables when it has ended."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as folder:
        figures, tables, begun, machine = Path(folder) / "figures.json", Path(folder) / "tables", time.monotonic(), machine_now()
        options = ["--quick"] if quick else []
        command = [sys.executable, str(script), *options, "--json", str(figures)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))}
        with tables.open("w") as file, subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.PIPE, text=True) as child:
            words = [_passed_on(line) for line in child.stderr or ()]
        print(tables.read_text(), flush=True)
        measured = [Figure(**each) for each in json.loads(figures.read_text())] if figures.exists() else []
        told = " ".join(["python", f"bench/{script.name}", *options])
        seconds = round(time.monotonic() - begun)
        return Outcome(script.stem, told, machine, note, seconds, child.returncode, tables.read_text(), words, measured)


def _passed_on(line: str) -> str:
    say(line.rstrip())
    return line.rstrip()


if __name__ == "__main__":
    sys.exit(main())
