"""The page of a report: one file of HTML that fetches nothing and runs nothing, readable without colours and without pictures."""

from __future__ import annotations

import datetime as dt
import functools
from decimal import Decimal
from pathlib import Path

import jinja2
from markupsafe import Markup

from pipeline.data.names import SCORE
from pipeline.evaluation.headline import headline
from pipeline.evaluation.judgement import limit, number
from pipeline.evaluation.pictures.drift import drift_picture
from pipeline.evaluation.pictures.nights import nights_picture
from pipeline.evaluation.pictures.outcomes import Alerted, precision_picture, reliability_picture
from pipeline.evaluation.pictures.pace import pace_picture
from pipeline.evaluation.pictures.picture import Picture, percent
from pipeline.evaluation.pictures.scores import scores_picture
from pipeline.evaluation.report import NightReport

TEMPLATE = "report.html.j2"
CHAIN = 14  # nights of the model chain: two weeks
FIRST_ALERTS = 20  # shown at once; the others unfold


def render(report: NightReport) -> str:
    """The report as one HTML page: every value escaped, no script, nothing fetched, readable in print and without colour."""
    chain = report.around.lines[-CHAIN:][::-1]
    return _page().render(report=report, headline=headline(report), pictures=pictures(report), chain=chain, first_alerts=FIRST_ALERTS)


def pictures(report: NightReport) -> tuple[Picture, ...]:
    """The pictures in the order in which a morning asks, sound scores, usual night, good matured ones; those without a drawing last."""
    look_back, untold = report.look_back, _untold(report)
    told = (
        scores_picture(look_back.bins if look_back else (), _verdict(report), untold),
        nights_picture(report.around.lines, report.night.day),
        precision_picture(report.around.curves, _alerted(report)),
        reliability_picture(report.around.curves),
        drift_picture(look_back.beside if look_back else (), untold),
        pace_picture(report.around.paces),
    )
    return tuple(sorted(told, key=lambda picture: not picture.svg))


def _verdict(report: NightReport) -> str:
    """Whether the score as a whole stands out, as the gate `live` judges it."""
    score = next((column for column in report.look_back.beside if column.name == SCORE), None) if report.look_back else None
    if score is None:
        return ""
    return "The scores lie otherwise than in training." if score.stands_out else "As a whole the scores lie as in training."


def _alerted(report: NightReport) -> dict[dt.date, Alerted]:
    known = ((row.night, row.recall, row.precision) for row in report.matured)
    return {night: Alerted(recall, precision) for night, recall, precision in known if recall is not None and precision is not None}


def _untold(report: NightReport) -> str:
    """Why the night is not drawn beside training."""
    if report.look_back is None:
        return "Nothing was published of this run, so there is nothing to hold against training."
    if report.look_back.beside:
        return "How the scores lie was not kept: all of training were equal, or the night was looked back on by an earlier version."
    return " ".join(report.look_back.live)


def money(cents: int, minor_units: int) -> str:
    """An amount of minor units in the currency's unit, exactly.

    >>> money(-123456, 2), money(5, 0), money(7, 3)
    ('-1,234.56', '5', '0.007')
    """
    return f"{Decimal(cents).scaleb(-minor_units):,f}"


def instant(moment: dt.datetime) -> str:
    """An instant in UTC, to the second.

    >>> instant(dt.datetime(2026, 11, 22, 1, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))))
    '2026-11-22 00:30:00'
    """
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


@functools.cache
def _page() -> jinja2.Template:
    beside = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=beside, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"count": "{:,}".format, "money": money, "instant": instant, "number": number, "percent": percent}
    environment.filters["drawing"] = Markup  # ours: Matplotlib's SVG, taken apart and escaped in `ink`
    environment.globals["limit"] = limit
    return environment.get_template(TEMPLATE)
