"""Rows, late rows and alerts, night by night: is tonight as usual?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.evaluation.pictures.ink import FILLED, HATCHED, INK, drawn, lines_across
from pipeline.evaluation.pictures.picture import Picture
from pipeline.evaluation.weeks import NightLine

TITLE = "Rows, late rows and alerts by night"
LABELS = 5  # days named below the bars, so that none touches its neighbour
COUNTS: dict[str, Callable[[NightLine], int | None]] = {
    "rows": lambda line: line.rows,
    "late rows": lambda line: line.late,
    "alerts": lambda line: line.alerts,
}


def nights_picture(lines: Sequence[NightLine], night: dt.date) -> Picture:
    """Bars of the nights up to `night`, which is filled and those before it hatched; nights that did not run leave a gap."""
    if len(lines) < 2:
        return Picture(TITLE, "This is the first night that was run: there are no nights before it to hold it against.")
    sentence = _sentence(lines, night)
    head = ("Night", "State", *(name.capitalize() for name in COUNTS))
    rows = tuple((str(line.night), line.state, *(_told(count(line)) for count in COUNTS.values())) for line in lines)

    def paint(figure: Figure) -> None:
        for axes, (name, count) in zip(figure.subplots(len(COUNTS), sharex=True), COUNTS.items(), strict=True):
            _bars(axes, lines, count, night)
            axes.set_title(name)
        _days(axes, lines)

    return Picture(TITLE, sentence, drawn("nights", TITLE, sentence, 4.0, paint), head, rows[::-1])


def _bars(axes: Axes, lines: Sequence[NightLine], count: Callable[[NightLine], int | None], night: dt.date) -> None:
    first = lines[0].night
    for line in lines:
        axes.bar((line.night - first).days, count(line) or 0, 0.75, **(FILLED if line.night == night else HATCHED))
    usual = _usual(lines, count, night)
    if usual is not None:
        axes.axhline(usual, color=INK, linestyle="--", linewidth=1)
        axes.annotate(" usual", (1, usual), xycoords=("axes fraction", "data"), va="center", annotation_clip=False)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.set_ylim(0, 1.15 * max(1, *(count(line) or 0 for line in lines)))
    lines_across(axes)


def _days(axes: Axes, lines: Sequence[NightLine]) -> None:
    """Tonight's day and those whole steps before it."""
    days = (lines[-1].night - lines[0].night).days
    places = range(days, -1, -max(1, -(-(days + 1) // LABELS)))
    axes.set_xticks(list(places), [f"{lines[0].night + dt.timedelta(place):%d %b}".lstrip("0") for place in places])


def _usual(lines: Sequence[NightLine], count: Callable[[NightLine], int | None], night: dt.date) -> float | None:
    known = [count(line) for line in lines if line.night != night]
    numbers = [number for number in known if number is not None]
    return median(numbers) if numbers else None


def _sentence(lines: Sequence[NightLine], night: dt.date) -> str:
    tonight = lines[-1]
    told = [f"{_told(count(tonight), 'no')} {name} (usually {_told(_usual(lines, count, night))})" for name, count in COUNTS.items()]
    return f"Tonight {', '.join(told)}. Usual is the median of the {len(lines) - 1} nights before."


def _told(count: float | None, unknown: str = "none") -> str:
    return unknown if count is None else f"{count:,.0f}"
