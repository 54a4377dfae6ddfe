"""The page of bench/growth.py: what was measured, as rows a night a core, and what a billion rows a night would take."""

from __future__ import annotations

from collections.abc import Sequence

from bench.parts.growth_points import DAY_SECONDS, Growth, Point, memory_of, rows_a_core, seconds_of
from bench.parts.machine import Machine
from pipeline.core.settings import Settings

BILLION = 10**9
HOUR = 3_600
BOUNDED = frozenset({"extract", "build_features"})  # what has no room in `memory_limit` waits on the disk, or is computed by buckets
LIMIT = Settings.model_fields["memory_limit"].default / 2**20  # MB
SERIAL = ("extract", "build_features", "score", "judge", "publish")  # before analysts see the night


BILLION_TOLD = """## A billion transactions a night

The same lines carried on, one machine and one thread, with a history of nine billion rows:

| stage | CPU hours | memory GB |
| --- | --- | --- |
{table}

**What breaks first is {first}.** In {has} GB `{hungriest}` is full at {fits} rows a night, one core in a day at {lasts}. At a billion rows
`{hungriest}` would hold {needs} GB, and the stages before analysts see the night would take {serial} CPU hours; with those after it,
{whole}.

What would be needed:

* Every step in bounded memory: {bounded} work within `memory_limit` ({limit} GB unless set otherwise) whatever the rows, slower but whole;
  features by buckets of entities, from Arrow to Arrow, so that each bucket may run on a core, or a machine, of its own. The others hold a
  few numbers a row, which in {has} GB takes {parts} parts or more.
* {cores} cores, for those stages to end within eight hours if they divide evenly. Extraction, features and scoring work on rows or
  entities that do not know each other; today a step is one process on one thread.
* More than one file a night in the lake: a seal is one file, written and hashed by one process.
* A source that can be read in parts at once: one `COPY` keeps one core of its server busy.

Not measured: nights of more rows than the largest above, a lake on another machine, and a source that others use meanwhile.
"""


def page(growth: Growth, machine: Machine) -> str:
    """The whole page in Markdown."""
    stages = tuple(growth.rows[0].stages)
    return "\n".join([_head(machine), _rows(growth, stages), _others(growth), _billion(growth, machine, stages)])


def _head(machine: Machine) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items() if name in {"Python", "numpy", "pyarrow"})
    return f"""# How a night grows

Every number here was measured, or follows from measured numbers by the arithmetic that is told, and the whole page is written by one
command: `python bench/growth.py`. Measured {machine.began_at} on {machine.cores} cores ({machine.processor}),
{machine.memory_gb:g} GB, {versions}, load {machine.load:g}.
CPU seconds are ours and the database's together, of one thread, importing left out, medians of three but for whole nights, which
ran once; memory is ours.

![CPU seconds by rows, windows, entities and published nights](../bench/growth.svg)
"""


def _rows(growth: Growth, stages: tuple[str, ...]) -> str:
    """Stage by stage: the sizes, the slope, the rows that a core does in a day, and memory."""
    sizes = [f"{night.rows:,} rows" for night in growth.rows]
    lines = [_row("stage", *sizes, "s a million rows", "rows a night a core", "MB a million rows"), "|" + " --- |" * (len(sizes) + 4)]
    for stage in stages:
        line, memory = seconds_of(growth, stage), memory_of(growth, stage)
        costs = [f"{night.stages[stage].cpu:.2f} s" for night in growth.rows]
        core = _millions((DAY_SECONDS - line.fixed) / line.slope) if line.slope else "no limit seen"
        lines.append(_row(stage, *costs, f"{line.slope * 1e6:.2f}", core, f"{memory.slope * 1e6:,.0f}"))
    whole = [f"{night.cpu:.2f} s" for night in growth.rows]
    slope = sum(seconds_of(growth, stage).slope for stage in stages)
    lines.append(_row("**night**", *whole, f"{slope * 1e6:.2f}", f"**{_millions(rows_a_core(growth, stages))}**", ""))
    return "\n".join(
        [
            "## Rows\n",
            "Cold nights: the history, nine times the night's rows, is extracted and sealed by the same run. *Rows a night a core* is what",
            "one core works through in 24 hours at the slope between the smallest and the largest night. All steps ran in one process:",
            "the memory of a step holds what steps before it left to be used again.\n",
            *lines,
            "",
        ]
    )


def _others(growth: Growth) -> str:
    return "\n".join(
        [
            _points("Windows", "longest window, days", growth.windows, "Rows a day are held still: a longer window means more history."),
            _points("Entities", "customers, and as many terminals", growth.entities, "Rows are held still."),
            _points("Nights already published", "nights", growth.published, "One more night of the same rows is staged and published."),
        ]
    )


def _points(title: str, varied: str, points: Sequence[Point], told: str) -> str:
    least, most = points[0], points[-1]
    lines = [
        _row(f"{each.at:,}", f"{each.rows:,}", f"{each.cost.cpu:.2f}", f"{each.cost.cpu / each.rows * 1e6:.2f}", f"{each.cost.peak:,.0f}")
        for each in points
    ]
    grown = (most.cost.cpu / most.rows) / (least.cost.cpu / least.rows)
    return "\n".join(
        [
            f"## {title}\n",
            f"{told} From {least.at:,} to {most.at:,} the cost of a row is {grown:.2f} times what it was.\n",
            _row(varied, "rows", "CPU s", "s a million rows", "peak MB"),
            "|" + " --- |" * 5,
            *lines,
            "",
        ]
    )


def _billion(growth: Growth, machine: Machine, stages: tuple[str, ...]) -> str:
    """The lines carried on: which part gives way first, and what would be needed."""
    hours = {stage: seconds_of(growth, stage).at(BILLION) / HOUR for stage in stages}
    memory = {stage: _held(growth, stage, BILLION) / 1024 for stage in stages}
    hungriest, slowest = max(memory, key=memory.__getitem__), max(hours, key=hours.__getitem__)
    fits = (machine.memory_gb * 1024 - memory_of(growth, hungriest).fixed) / max(memory_of(growth, hungriest).slope, 1e-12)
    lasts = rows_a_core(growth, stages)
    serial = sum(hours[stage] for stage in SERIAL if stage in hours)
    return BILLION_TOLD.format(
        table="\n".join(_row(stage, f"{hours[stage]:,.1f}", f"{memory[stage]:,.0f}") for stage in stages),
        first=f"memory, in `{hungriest}`" if fits < lasts else f"time, most of it in `{slowest}`",
        hungriest=hungriest,
        fits=_millions(fits),
        lasts=_millions(lasts),
        has=f"{machine.memory_gb:g}",
        needs=f"{memory[hungriest]:,.0f}",
        bounded=" and ".join(f"`{stage}`" for stage in stages if stage in BOUNDED),
        limit=f"{LIMIT / 1024:g}",
        parts=f"{-(-memory[hungriest] // machine.memory_gb):,.0f}",
        serial=f"{serial:,.0f}",
        whole=f"{sum(hours.values()):,.0f}",
        cores=f"{-(-serial // 8):,.0f}",
    )


def _held(growth: Growth, stage: str, rows: float) -> float:
    """The memory of a stage in MB: on its line, or at the limit where it keeps to that."""
    measured = memory_of(growth, stage).at(rows)
    return min(measured, LIMIT) if stage in BOUNDED else measured


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _millions(rows: float) -> str:
    """Rows in millions.

    >>> _millions(12_345_678.0)
    '12.3 million'
    """
    return f"{rows / 1e6:,.1f} million"
