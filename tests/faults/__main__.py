"""`make faults`: trials from a seed, one line each as they end, and the table.

make faults                                   1,050 trials, and each fault of Airflow three times in a real one: some two hours
make faults JOBS=4                            the same trials, by four processes side by side and one for Airflow: an hour
make faults TRIALS=50 SEED=7 JSON=out.json    fewer, from another seed, written down too; with fewer than usual none in Airflow
python -m tests.faults --kind data            of one kind only: processes, files and disks; the data; races; a whole Airflow
python -m tests.faults --nights 365           one world that grows older instead, a fault in some of its nights

Every trial is written to the JSON file as it ends; Ctrl-C lets the one under way end and prints the table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from tests.faults.airflow_faults import DRAWN_AGAIN, airflow_trials
from tests.faults.airflow_faults import FAULTS as AIRFLOW_FAULTS
from tests.faults.airflow_faults import SUBJECT as AIRFLOW
from tests.faults.grounds import Grounds, open_grounds
from tests.faults.kinds import KINDS, NAMES, PLACES, Attempt, attempts
from tests.faults.long_run import Passed, costs, long_run
from tests.faults.side_by_side import as_line, side_by_side
from tests.faults.table import failures, save, table
from tests.faults.trials import Trial

MEMORY = Path("/dev/shm")
ENOUGH = 1_050  # at least twenty of every fault
THRICE = 3
IN_AIRFLOW = -1  # the part that takes a whole Airflow; the others have numbers from 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=ENOUGH, help=f"how many ({ENOUGH})")
    parser.add_argument("--seed", type=int, default=1, help="of the first trial (1); each later one has the next number")
    parser.add_argument("--kind", choices=KINDS, help="only faults of this kind")
    parser.add_argument("--fault", choices=[*NAMES, *AIRFLOW_FAULTS], help="only this one")
    parser.add_argument("--subject", choices=[*PLACES, AIRFLOW], help="only this one")
    parser.add_argument("--nights", type=int, help="run so many nights one after the other instead")
    parser.add_argument("--json", type=Path, help="write every trial here too")
    of_airflow = f"how often each fault of a whole Airflow is tried after the others ({THRICE}; with fewer trials than usual 0)"
    parser.add_argument("--airflow", type=int, help=of_airflow)
    parser.add_argument(
        "--jobs", type=int, default=1, help="so many processes, each with a server of its own, and one for Airflow (1: all by one)"
    )
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)  # which of the processes this is
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="nightshift-faults-", dir=MEMORY if MEMORY.is_dir() else None))
    folder.chmod(0o755)  # the server's own account must be able to enter
    trials = list[Trial]()
    stopped = _on_interrupt()
    try:
        with closing(_asked_for(folder, asked)) as asked_for:
            for trial in asked_for:
                trials.append(trial)
                print(as_line(trial) if asked.part is not None else told(trial, len(trials)), flush=True)
                if asked.json:
                    save(trials, asked.json)
                if stopped.is_set():
                    break
    except KeyboardInterrupt:
        sys.exit("broken off: the trial under way is not counted")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if asked.part is None and not asked.nights:
            print(f"\n{table(trials)}\n{failures(trials)}", flush=True)  # of what was tried, whatever broke the run off
    if asked.part is not None:
        return
    sys.exit(not (trials and all(trial.survived and trial.fired for trial in trials)))


def _on_interrupt() -> threading.Event:
    """Set by the first Ctrl-C: the trial under way ends, so that its server and its disks are put away. The second one breaks off."""
    stopped, ours = threading.Event(), os.getpid()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stopped.set()
        if os.getpid() == ours:  # what was forked from us hears it too
            print("stopping after this trial", file=sys.stderr, flush=True)

    signal.signal(signal.SIGINT, stop)
    return stopped


def _asked_for(folder: Path, asked: argparse.Namespace) -> Generator[Trial]:
    """Trials that take a server alone, then those that take a whole Airflow."""
    narrowed = {asked.kind, asked.fault, asked.subject} - {None}
    in_airflow = [fault for fault in AIRFLOW_FAULTS if narrowed <= {"airflow", fault, AIRFLOW}]
    rounds = _rounds(asked, bool(narrowed)) if in_airflow else 0
    on_grounds = not (narrowed and in_airflow)
    if asked.jobs > 1 and asked.part is None:
        parts = [*(range(asked.jobs) if on_grounds else ()), *([IN_AIRFLOW] if rounds else ())]
        yield from side_by_side([[*_passed_on(asked, rounds), "--part", str(part)] for part in parts])
        return
    if on_grounds and asked.part != IN_AIRFLOW:
        yield from _on_grounds(folder, asked)
    if asked.part in {None, IN_AIRFLOW}:
        yield from airflow_trials(folder, in_airflow, range(asked.seed, asked.seed + rounds))


def _passed_on(asked: argparse.Namespace, rounds: int) -> list[str]:
    """What each of several processes is asked for."""
    names = ("trials", "seed", "kind", "fault", "subject", "jobs")
    words = {**{f"--{name}": getattr(asked, name) for name in names}, "--airflow": rounds}
    return [str(word) for name, value in words.items() if value is not None for word in (name, value)]


def _rounds(asked: argparse.Namespace, narrowed: bool) -> int:
    """How often each fault of a whole Airflow is tried."""
    if asked.airflow is not None:
        return int(asked.airflow)
    return THRICE if narrowed or asked.trials >= ENOUGH else 0


def _on_grounds(folder: Path, asked: argparse.Namespace) -> Iterator[Trial]:
    with open_grounds(folder) as grounds:
        if asked.nights:
            sys.exit(nights(grounds, asked.nights, asked.seed))
        chosen = [attempt for attempt in attempts(grounds) if attempt.fits(asked.kind, asked.fault, asked.subject)]
        yield from run_trials(chosen, asked)


def nights(grounds: Grounds, number: int, seed: int) -> int:
    """So many nights in one world, told as they pass; the exit code."""
    run, passed = long_run(grounds, seed), list[Passed]()
    for one in run.nights(number):
        passed.append(one)
        print(f"{one.night} {one.fault or '-'}: {one.retries} retries {' '.join(one.complaints)}", flush=True)
    wrong = [*(complaint for one in passed for complaint in one.complaints), *run.repaired(), *run.told_otherwise(run.remembered)]
    print(f"\n{costs(passed)}\n{len(wrong)} complaints", *wrong, sep="\n")
    return bool(wrong)


def run_trials(chosen: list[Attempt], asked: argparse.Namespace) -> Iterator[Trial]:
    """Faults and subjects take turns, so that any number of trials has of each; one that met no fault is drawn again.

    The seed of a trial follows from its place among all of them, whichever process makes it.
    """
    if not chosen:
        raise SystemExit("there is no such fault of such a subject: leave one of them out")
    for place in range(asked.part or 0, asked.trials, asked.jobs):
        seeds = count(asked.seed + place, DRAWN_AGAIN)
        yield next(trial for trial in map(chosen[place % len(chosen)].make, seeds) if trial.fired or not trial.survived)


def told(trial: Trial, number: int) -> str:
    """A trial in a line."""
    became = "survived" if trial.survived else "NOT SURVIVED"
    where = f"{trial.fault} at '{trial.point}' of {trial.subject}"
    return f"{number}: seed {trial.seed}: {where}: {became}, {trial.retries} retries, {trial.recovery:.1f} s"


if __name__ == "__main__":
    main()
