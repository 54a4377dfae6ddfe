"""What a stage costs: our CPU seconds and the database server's, wall time, and the peak of our memory; and tables of figures."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table

TICK = 1 / os.sysconf("SC_CLK_TCK")  # seconds
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Cost:
    """CPU and wall time in seconds, peak resident memory of the client in MB."""

    client: float
    server: float
    wall: float
    peak: float

    @property
    def cpu(self) -> float:
        """Client and server together, a tick of the kernel's clock at the least: it counts by no less, so nothing is told as free."""
        return max(self.client + self.server, TICK)


@dataclass(frozen=True)
class Figure:
    """A figure beside its goal, and beside the `aim` that would be better still; None where none is set.

    `holds` is for the goal, and true where there is none. `unit` says of what: a share (ours over theirs) where it is empty.
    """

    figure: str
    value: float
    goal: float | None = None
    holds: bool = True
    aim: float | None = None
    unit: str = ""


class Stopwatch:
    """Takes the cost of named stages of this process, and of the PostgreSQL whose data lie in `data`, if there is one."""

    def __init__(self, data: Path | None = None) -> None:
        self.server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0])) if data else None
        self.costs: dict[str, Cost] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what happens within."""
        forget_peak()
        client, server, wall = own_seconds(), server_seconds(self.server), time.perf_counter()
        yield
        self.costs[name] = Cost(own_seconds() - client, server_seconds(self.server) - server, time.perf_counter() - wall, own_peak())


def own_seconds() -> float:
    """CPU seconds of this process and of all that it started: a JVM and its workers, too."""
    return tree_seconds(psutil.Process())


def forget_peak() -> None:
    """From here on `own_peak` is what is resident now, until more is."""
    for process in _tree(psutil.Process()):
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def own_peak() -> float:
    """The peak of resident memory since it was last forgotten, in MB: this process's, and those of what it started, added up."""
    return sum(map(_peak, _tree(psutil.Process())))


def server_seconds(postmaster: psutil.Process | None) -> float:
    """CPU seconds of a PostgreSQL, 0 without one."""
    return tree_seconds(postmaster) if postmaster else 0.0


def tree_seconds(root: psutil.Process) -> float:
    """CPU seconds of a process and its descendants: the live ones, and those that ended and were waited for (as its own children)."""
    total = 0.0
    for process in _tree(root):
        with suppress(psutil.NoSuchProcess):  # it ended between listing and asking, and counts as its parent's from now on
            total += sum(process.cpu_times()[:4])
    return total


def _tree(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _peak(process: psutil.Process) -> float:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except FileNotFoundError:  # it ended since it was listed
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def start_cost(stopwatch: Stopwatch) -> None:
    """Enter what starting and importing cost: everything this process has spent so far."""
    born = psutil.Process().create_time()
    stopwatch.costs["start"] = Cost(own_seconds(), 0.0, time.time() - born, own_peak())


def save_costs(costs: Mapping[str, Cost], path: Path) -> None:
    path.write_text(json.dumps({name: asdict(cost) for name, cost in costs.items()}))


def read_costs(path: Path) -> dict[str, Cost]:
    return {name: Cost(**cost) for name, cost in json.loads(path.read_text()).items()}


def medians(runs: Sequence[Mapping[str, Cost]]) -> dict[str, Cost]:
    """Stage by stage the median of each part over several runs."""
    return {name: _median([run[name] for run in runs]) for name in runs[0]}


def total(costs: Mapping[str, Cost]) -> Cost:
    """All stages: the sums of the times and the highest peak."""
    each = list(costs.values())
    return Cost(
        client=sum(cost.client for cost in each),
        server=sum(cost.server for cost in each),
        wall=sum(cost.wall for cost in each),
        peak=max(cost.peak for cost in each),
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(median(getattr(cost, part) for cost in costs) for part in ("client", "server", "wall", "peak")))


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output, figures to the right."""
    table = Table(title=title, title_justify="left")
    for place, name in enumerate(header):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(width=150).print(table)


def say(what: str) -> None:
    """Progress, for the person who waits."""
    print(what, file=sys.stderr, flush=True)


def at_most(name: str, value: float, goal: float, aim: float | None = None, unit: str = "") -> Figure:
    """A figure that is better the smaller it is."""
    return Figure(name, value, goal, value <= goal, aim, unit)


def told(each: Figure) -> tuple[str, str, str, str, str]:
    """A figure as a row of a table: what, value, goal, aim, and whether it is reached."""
    limits = ("" if limit is None else f"{limit:.3g}" for limit in (each.goal, each.aim))
    reached = "" if each.goal is None else "holds" if each.holds else "MISSED"
    return (each.figure, f"{each.value:.3g} {each.unit}".rstrip(), *limits, reached)


FIGURE_COLUMNS = ("figure", "value", "goal", "aim", "")


def save_figures(figures: Sequence[Figure], path: Path | None) -> None:
    """The figures as a list of objects, where a path is given."""
    if path is not None:
        path.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
