"""What came of the nights whose labels matured: precision against recall, and whether scores kept their word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from pipeline.evaluation.curves import Point, pooled
from pipeline.evaluation.performance import wilson
from pipeline.evaluation.pictures.ink import BEFORE, INK, TONIGHT, Look, drawn, lines_across
from pipeline.evaluation.pictures.picture import Picture, percent, short
from pipeline.evaluation.weeks import MeasuredCurves

PRECISION_TITLE, RELIABILITY_TITLE = "Precision against recall", "Scores beside what came true"
NOT_YET = "No night has matured yet: labels are still on their way."
DRAWN = 4  # nights: as many lines as can be told apart without colour
LOOKS: tuple[Look, ...] = (
    {"color": TONIGHT, "linewidth": 2.4},
    {"color": BEFORE, "linestyle": "--", "marker": "o", "markersize": 4, "markevery": 6},
    {"color": INK, "linestyle": ":", "marker": "s", "markersize": 4, "markevery": 6, "markerfacecolor": "white"},
    {"color": BEFORE, "linestyle": "-.", "marker": "^", "markersize": 4, "markevery": 6, "markerfacecolor": "white"},
)
ALERTS: Look = {"color": "white", "markeredgecolor": INK, "markersize": 9, "markeredgewidth": 2, "zorder": 3}
RECALLS = (0.1, 0.25, 0.5, 0.75, 1.0)  # told in the table
LOWEST = 1e-4  # where the axes begin: scores below are told in the table


@dataclass(frozen=True)
class Alerted:
    """How well the alerts of a night did, as shares."""

    recall: float
    precision: float


def precision_picture(measured: Sequence[MeasuredCurves], alerts: Mapping[dt.date, Alerted]) -> Picture:
    """The curves of the newest matured nights, newest first, and where the alerts of the newest lie; a night without a fraud has none."""
    shown = [one for one in measured if one.curves.precision_recall][:DRAWN]
    if not shown:
        return Picture(PRECISION_TITLE, "No matured night has a fraud that is known." if measured else NOT_YET)
    alerted, sentence = alerts.get(shown[0].night), _found(shown[0])
    head = ("Night", *(f"Precision at {100 * recall:.0f} % recall" for recall in RECALLS))
    rows = tuple((str(one.night), *(percent(_at(one, recall).share) for recall in RECALLS)) for one in shown)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for one, look in reversed(list(zip(shown, LOOKS, strict=False))):
            points = one.curves.precision_recall
            recalls = [100 * point.frauds / points[-1].frauds for point in points]
            axes.plot(recalls, [100 * point.share for point in points], label=str(one.night), **look)
        axes.set(xlim=(0, 101), ylim=(0, 103), xlabel="recall: % of the frauds found", ylabel="precision: % frauds")
        if alerted is not None:
            axes.plot(100 * alerted.recall, 100 * alerted.precision, "D", label=f"alerts of {shown[0].night}", **ALERTS)
        lines_across(axes)
        axes.legend(*(told[::-1] for told in axes.get_legend_handles_labels()), loc="best", handlelength=3.2)

    return Picture(PRECISION_TITLE, sentence, drawn("precision", PRECISION_TITLE, sentence, 3.3, paint), head, rows)


def reliability_picture(measured: Sequence[MeasuredCurves]) -> Picture:
    """All matured nights that are shown as one: mean score and share of frauds by size of score, with 95 % intervals."""
    points = pooled(tuple(one.curves.reliability for one in measured))
    if not points:
        return Picture(RELIABILITY_TITLE, "The matured nights are empty." if measured else NOT_YET)
    sentence = _kept(points, len(measured))
    head = ("Mean score", "Came true", "95 % interval", "Rows", "Frauds")
    rows = tuple((short(point.score), percent(point.share), _interval(point), f"{point.rows:,}", f"{point.frauds:,}") for point in points)

    def paint(figure: Figure) -> None:
        axes, drawable = figure.subplots(), [point for point in points if point.score >= LOWEST]
        axes.plot([LOWEST, 1], [LOWEST, 1], color=INK, linestyle="--", linewidth=1, label="as promised")
        true = [point for point in drawable if point.frauds]  # of none the interval alone is drawn: a logarithm knows no 0
        for point in drawable:
            bounds = [max(bound, LOWEST) for bound in wilson(point.frauds, point.rows)]
            axes.plot([point.score] * 2, bounds, color=BEFORE, linewidth=4, alpha=0.6)
        shares = [max(point.share, LOWEST) for point in true]
        axes.plot([point.score for point in true], shares, "o-", color=TONIGHT, label="came true, with its 95 % interval")
        axes.set(xscale="log", yscale="log", xlim=(LOWEST, 1.15), ylim=(LOWEST, 1.15), xlabel="score", ylabel="share of frauds")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(10))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
        lines_across(axes)
        figure.legend(loc="outside upper right", ncols=2)

    return Picture(RELIABILITY_TITLE, sentence, drawn("reliability", RELIABILITY_TITLE, sentence, 3.3, paint), head, rows)


def _found(newest: MeasuredCurves) -> str:
    return f"Night {newest.night}: of the highest scores that hold half of its frauds, {percent(_at(newest, 0.5).share)} are frauds."


def _at(measured: MeasuredCurves, recall: float) -> Point:
    """The first point that finds this share of the frauds."""
    points = measured.curves.precision_recall
    return next(point for point in points if point.frauds >= recall * points[-1].frauds)


def _kept(points: Sequence[Point], nights: int) -> str:
    frauds, promised = sum(point.frauds for point in points), sum(point.score * point.rows for point in points)
    return f"The scores of {nights} matured nights promised {promised:,.1f} frauds, {frauds:,} came true. On the dashed line they agree."


def _interval(point: Point) -> str:
    low, high = wilson(point.frauds, point.rows)
    return f"{percent(max(low, 0.0))} to {percent(high)}"
