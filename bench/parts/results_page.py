"""What the benches measured, as a page and as one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.parts.machine import Machine
from bench.parts.measure import Figure
from bench.parts.tried import TRIED

INTRODUCTION = """Made by `make bench`. A figure is ours over theirs, in CPU seconds (the database's included) unless it says otherwise: the
smaller the better where the aim lies below the goal. Whom each is held against, and how, is told by the bench's own first lines
(`python bench/NAME.py --help`). CPU seconds are counted, not time on the clock; other work on the machine lengthens them all the same,
since caches are shared: where wall time is many times the CPU's, a side was measured under such.
"""
OF_A_RUN = ("began_at", "load")  # what a machine is for one bench only
LAST_WORDS = 12  # lines of a bench that failed


@dataclass(frozen=True)
class Outcome:
    """What a bench printed, said on its way and measured, when and where, how long it took in seconds, and how it ended."""

    bench: str
    command: str
    machine: Machine
    note: str
    seconds: int
    code: int
    tables: str
    words: Sequence[str]
    figures: Sequence[Figure]

    @property
    def failed(self) -> bool:
        return self.code != 0


def record(machine: Machine, outcomes: Sequence[Outcome]) -> dict[str, object]:
    """All figures under their names, and all that is known of each bench."""
    return {
        "machine": {name: value for name, value in asdict(machine).items() if name not in OF_A_RUN},
        "figures": [
            {
                "name": each.figure,
                "bench": outcome.bench,
                "value": each.value,
                "goal": each.goal,
                "aim": each.aim,
                "unit": each.unit,
                "reached": reached(each),
            }
            for outcome in outcomes
            for each in outcome.figures
        ],
        "benches": [
            {
                "name": outcome.bench,
                "command": outcome.command,
                **{name: getattr(outcome.machine, name) for name in OF_A_RUN},
                "note": outcome.note,
                "seconds": outcome.seconds,
                "code": outcome.code,
                "failed": outcome.failed,
                "tables": outcome.tables,
                "words": outcome.words[-LAST_WORDS:] if outcome.failed else [],
            }
            for outcome in outcomes
        ],
    }


def recorded(written: Mapping[str, Any]) -> list[Outcome]:
    """The outcomes that a record holds."""
    return [
        Outcome(
            bench=each["name"],
            command=each["command"],
            machine=Machine(**written["machine"], **{name: each[name] for name in OF_A_RUN}),
            note=each["note"],
            seconds=each["seconds"],
            code=each["code"],
            tables=each["tables"],
            words=each["words"],
            figures=[_figure(figure) for figure in written["figures"] if figure["bench"] == each["name"]],
        )
        for each in written["benches"]
    ]


def _figure(told: Mapping[str, Any]) -> Figure:
    return Figure(told["name"], told["value"], told["goal"], told["reached"] != "no", told["aim"], told["unit"])


def reached(each: Figure) -> str | None:
    """How far a figure came: `aim`, `goal` or `no`; None where it has no goal."""
    if each.goal is None:
        return None
    if not each.holds:
        return "no"
    return "aim" if each.aim is not None and (each.value <= each.aim if each.aim <= each.goal else each.value >= each.aim) else "goal"


def page(machine: Machine, outcomes: Sequence[Outcome], quick: bool) -> str:
    """The page in Markdown."""
    remark = ["**A quick run: its sizes are far too small for its figures to mean anything.**\n"] if quick else []
    parts = [
        "# Results\n",
        *remark,
        INTRODUCTION,
        _where(machine),
        _failed(outcomes),
        _missed(outcomes),
        _figures(outcomes),
    ]
    return "\n".join([*filter(None, parts), *map(_bench, outcomes)])


def _where(machine: Machine) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    return f"""| | |
| --- | --- |
| machine | {machine.processor}, {machine.cores} cores, {machine.memory_gb:g} GB, {machine.system} |
| versions | {versions} |
"""


def _failed(outcomes: Sequence[Outcome]) -> str:
    lines = [f"* **{each.bench}** ended with {each.code}: its last words are below" for each in outcomes if each.failed]
    return "\n".join(["## Failed\n", *lines, ""]) if lines else ""


def _missed(outcomes: Sequence[Outcome]) -> str:
    missed = [(outcome.bench, each) for outcome in outcomes for each in outcome.figures if not each.holds]
    lines = [
        f"* {each.figure} is {_number(each.value)}, its goal {_number(each.goal)}: see `{bench}` below{_tried(each.figure)}"
        for bench, each in missed
    ]
    return "\n".join(["## Not reached\n", *lines, ""]) if lines else ""


def _tried(figure: str) -> str:
    return f". What was tried: {TRIED[figure]}." if figure in TRIED else ""


def _figures(outcomes: Sequence[Outcome]) -> str:
    rows = [
        f"| {each.figure} | {_number(each.value)} | {_number(each.goal)} | {_number(each.aim)} | {each.unit} "
        f"| {reached(each) or ''} | {outcome.bench} |"
        for outcome in outcomes
        for each in outcome.figures
    ]
    return "\n".join(["## Figures\n", "| figure | value | goal | aim | unit | reached | bench |", "|" + " --- |" * 7, *rows, ""])


def _number(value: float | None) -> str:
    """Three digits; small shares as the fraction that goals are spoken in.

    >>> _number(0.125), _number(1.5), _number(None), _number(0.0000012)
    ('0.125', '1.5', '', '1.2e-06')
    """
    return "" if value is None else f"{value:.3g}"


def _bench(outcome: Outcome) -> str:
    words = outcome.words[-LAST_WORDS:] if outcome.failed else []
    told = "\n".join(line.rstrip() for line in (*outcome.tables.splitlines(), *words)).strip()
    when = f"begun {outcome.machine.began_at}, load {outcome.machine.load:g} over the fifteen minutes before"
    note = f"{outcome.note}\n\n" if outcome.note else ""
    return f"## {outcome.bench}\n\n`{outcome.command}`, {when}, {outcome.seconds / 60:.1f} minutes\n\n{note}```\n{told}\n```\n"
