"""The tables and figures of bench/night.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.parts import night_world
from bench.parts.measure import FIGURE_COLUMNS, Cost, Figure, at_most, show, total
from bench.parts.measure import told as told_figure
from bench.parts.night_agreement import Difference
from bench.parts.night_profile import LEAST, Spent
from bench.parts.night_sides import COLD, EVE, FLOOR, PANDAS, WARM, Costs

START = "start"
AFTER = ("monitor", "retrain")  # what ours does after it has published
SAME = {"features": 1e-9, "scores": 1e-3}  # largest difference; share of rows with another score


def told(
    rows: int,
    repeats: int,
    costs: Mapping[str, Costs],
    different: Mapping[str, Difference],
    lacking: Mapping[str, str],
    profiled: tuple[Costs, list[Spent]],
) -> list[Figure]:
    """Print what was measured; the figures come back."""
    show(f"a night of {rows:,} rows, {(1 + night_world.HISTORY_SHARE) * rows:,} in all, medians of {repeats}", SIDES, sides(costs))
    ours = [stage_line(name, costs) for name in costs[COLD]]
    show("CPU seconds stage by stage (share of the cold night, the server's part in brackets)", ("stage", *STAGED), ours)
    show("functions of a cold night, CPU seconds of their own under a profiler", ("stage", "function", "CPU s", "share"), spent(*profiled))
    figures = figures_of(costs) + [
        at_most(f"night_{kind}_off_{side}", getattr(apart, kind), most) for side, apart in different.items() for kind, most in SAME.items()
    ]
    show("figures: ours over theirs", FIGURE_COLUMNS, list(map(told_figure, figures)))
    for side, lack in lacking.items():
        print(f"not measured: {NAMES.get(side, side)}, which {lack}")
    return figures


NAMES = {COLD: "ours, cold", WARM: "ours, warm", EVE: "ours, the night before (once)"}
SIDES = ("side", "CPU s", "(server)", "wall s", "peak MB", "starting and importing, CPU s")
STAGED = (COLD, WARM, PANDAS, "duckdb", FLOOR)


@dataclass(frozen=True)
class Against:
    """A figure: the CPU of one side over that of another."""

    figure: str
    ours: str
    theirs: str
    goal: float
    aim: float
    unit: str = ""


AGAINST = (
    Against("night_cold", COLD, PANDAS, 1 / 8, 1 / 11),
    Against("night_warm", WARM, PANDAS, 1 / 14, 1 / 20),
    Against("night_duckdb", COLD, "duckdb", 1 / 2.5, 1 / 3.5),
    Against("night_spark", COLD, "spark", 1 / 8, 1 / 10),
    Against("night_floor", COLD, FLOOR, 2, 1.5, "times"),
)


def figures_of(costs: Mapping[str, Costs]) -> list[Figure]:
    """Ours over theirs, imports left out; of sides that were not measured there is no figure."""
    cold, pandas = work(costs[COLD]), work(costs[PANDAS])
    to_publish = work({name: cost for name, cost in costs[COLD].items() if name not in AFTER})
    return [
        *(
            at_most(each.figure, work(costs[each.ours]).cpu / work(costs[each.theirs]).cpu, each.goal, each.aim, each.unit)
            for each in AGAINST
            if {each.ours, each.theirs} <= costs.keys()
        ),
        at_most("night_cold_memory", cold.peak / pandas.peak, 1 / 4, 1 / 5),
        Figure("night_cold_to_publish", to_publish.cpu / pandas.cpu),
        Figure("night_cold_with_imports", total(costs[COLD]).cpu / total(costs[PANDAS]).cpu),
    ]


def work(costs: Costs) -> Cost:
    """All stages but starting."""
    return total({name: cost for name, cost in costs.items() if name != START})


def sides(costs: Mapping[str, Costs]) -> list[tuple[str, ...]]:
    return [(NAMES.get(side, side), *_in_words(work(cost)), f"{cost[START].cpu:.2f}") for side, cost in costs.items()]


def stage_line(name: str, costs: Mapping[str, Costs]) -> tuple[str, ...]:
    """One stage on every side that has it."""
    night = work(costs[COLD]).cpu
    cells = [f"{costs[side][name].cpu:.2f} ({costs[side][name].server:.2f})" if name in costs.get(side, {}) else "-" for side in STAGED]
    share = "" if name == START else f" {costs[COLD][name].cpu / night:4.0%}"
    return (name, f"{cells[0]}{share}", *cells[1:])


def spent(costs: Costs, functions: list[Spent]) -> list[tuple[str, ...]]:
    """The dearest functions, and of each stage what the server did."""
    night = work(costs).cpu
    server = [Spent(name, "the database server", cost.server) for name, cost in costs.items()]
    dearest = sorted((each for each in [*functions, *server] if each.seconds >= LEAST * night), key=lambda each: -each.seconds)
    return [(each.stage, each.function, f"{each.seconds:.2f}", f"{each.seconds / night:.0%}") for each in dearest]


def _in_words(cost: Cost) -> tuple[str, str, str, str]:
    return f"{cost.cpu:.2f}", f"({cost.server:.2f})", f"{cost.wall:.2f}", f"{cost.peak:,.0f}"
