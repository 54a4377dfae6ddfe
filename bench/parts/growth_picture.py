"""The picture of bench/growth.py: four panels, as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends import backend_svg  # noqa: F401  # found by name when a figure is saved
from matplotlib.figure import Figure

from bench.parts.growth_points import Growth, NightPoint, Point

STYLE = {"svg.fonttype": "none", "svg.hashsalt": "growth", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
SHADES = ("#12487f", "#d98e2b", "#5b8c5a", "#9b4f96", "#7f7f7f", "#c0392b", "#1c1c1c")


def drawn(growth: Growth) -> str:
    with rc_context(STYLE):
        figure = Figure(figsize=(9, 6.4), layout="constrained")
        panels = figure.subplots(2, 2).flat
        _nights(next(panels), growth.rows)
        _points(next(panels), growth.windows, "features: days of the longest window, rows a day held still")
        _points(next(panels), growth.entities, "features: customers and terminals, rows held still", logarithmic=True)
        _points(next(panels), growth.published, "publishing: nights published before, rows held still")
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _nights(axes: Axes, nights: Sequence[NightPoint]) -> None:
    """Stages stacked, so that the upper edge is the night."""
    stages = list(nights[0].stages)
    axes.stackplot(
        [night.rows / 1e6 for night in nights],
        [[night.stages[stage].cpu for night in nights] for stage in stages],
        labels=stages,
        colors=SHADES,
    )
    axes.set(title="a cold night: million rows, its history nine times as many", ylabel="CPU seconds", ylim=(0, None), xlim=(0, None))
    axes.legend(loc="upper left", frameon=False, reverse=True)


def _points(axes: Axes, points: Sequence[Point], title: str, logarithmic: bool = False) -> None:
    axes.plot([point.at for point in points], [point.cost.cpu for point in points], marker="o", color=SHADES[0])
    axes.set(title=title, ylabel="CPU seconds", ylim=(0, None), **({"xscale": "log"} if logarithmic else {"xlim": (0, None)}))
