"""Pictures show what they were given, read without eyes and without colour, and leave the page around them alone."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from pipeline.evaluation.curves import Curves, Point
from pipeline.evaluation.drift import Bin
from pipeline.evaluation.headline import headline
from pipeline.evaluation.lookback import Beside
from pipeline.evaluation.page import pictures, render
from pipeline.evaluation.pictures.drift import DRAWN, drift_picture
from pipeline.evaluation.pictures.ink import BEFORE, INK, TONIGHT
from pipeline.evaluation.pictures.nights import nights_picture
from pipeline.evaluation.pictures.outcomes import precision_picture, reliability_picture
from pipeline.evaluation.pictures.pace import pace_picture
from pipeline.evaluation.pictures.picture import Picture
from pipeline.evaluation.pictures.scores import scores_picture
from pipeline.evaluation.report import NightReport, Step
from pipeline.evaluation.weeks import NOTHING_AROUND, MeasuredCurves, NightLine, Pace
from tests.drawn_report import NIGHT, full_report, lines

FULL = full_report()
PICTURES = {picture.title: picture for picture in pictures(FULL)}


def words(picture: Picture) -> list[str]:
    """The texts of a drawing, in order."""
    return [element.text or "" for element in ET.fromstring(picture.svg).iter() if element.tag == "text"]


@pytest.mark.parametrize("title", PICTURES)
def test_a_picture_is_one_element_that_tells_its_title_and_what_it_shows(title: str) -> None:
    picture = PICTURES[title]
    svg = ET.fromstring(picture.svg)
    assert (svg.tag, svg.attrib["role"]) == ("svg", "img")
    told = {element.attrib["id"]: element.text for element in svg if element.tag in {"title", "desc"}}
    assert list(told.values()) == [picture.title, picture.sentence]
    assert svg.attrib["aria-labelledby"].split() == list(told)


@pytest.mark.parametrize("title", PICTURES)
def test_every_number_drawn_stands_in_a_table(title: str) -> None:
    picture = PICTURES[title]
    assert picture.rows
    assert {len(row) for row in picture.rows} == {len(picture.head)}


@pytest.mark.parametrize("title", PICTURES)
def test_a_picture_changes_nothing_outside_itself_and_names_no_other_place(title: str) -> None:
    svg = PICTURES[title].svg
    for foreign in ("<style", "http", "xmlns", "<metadata", "<script", "<image", "@import"):
        assert foreign not in svg
    ids, used = re.findall(r' id="([^"]+)"', svg), re.findall(r"#([\w-]+)[\")]", svg)
    assert len(ids) == len(set(ids))
    assert {one for one in used if not re.fullmatch("[0-9a-f]{6}", one)} <= set(ids)


def test_no_id_stands_twice_on_a_page() -> None:
    ids = re.findall(r' id="([^"]+)"', render(FULL))
    assert len(ids) == len(set(ids)) > 12


def test_the_same_report_is_drawn_the_same() -> None:
    assert render(FULL) == render(full_report())
    assert len(render(FULL)) < 250_000  # a page that a phone opens at once


def test_tonight_and_what_it_is_held_against_differ_in_black_and_white() -> None:
    grey = [
        sum(weight * int(colour[at : at + 2], 16) for at, weight in ((1, 0.299), (3, 0.587), (5, 0.114)))
        for colour in (INK, TONIGHT, BEFORE)
    ]
    assert grey[1] - grey[0] > 30
    assert grey[2] - grey[1] > 80
    assert "url(#" in PICTURES["Scores beside training"].svg  # hatched
    assert "stroke-dasharray" in PICTURES["Precision against recall"].svg


def test_a_name_of_the_source_stays_text() -> None:
    picture = drift_picture([Beside("$x$ <b>&", 1.5, True, 1.0, 1.0, 0.0, 0.0)])
    assert "▸ $x$ <b>&" in words(picture)
    assert "<b>" not in picture.svg


def test_of_many_columns_the_largest_effects_are_drawn_and_all_are_told() -> None:
    columns = [Beside(f"column_{number:02}", number / 10, False, 1.0, 1.0, 0.0, 0.0) for number in range(DRAWN + 10)]
    picture = drift_picture(columns)
    assert sum(word.startswith("column_") for word in words(picture)) == DRAWN
    assert picture.rows[0][0] == "column_29"
    assert len(picture.rows) == DRAWN + 10


def test_scores_are_told_by_bins_with_the_highest_on_top() -> None:
    picture = scores_picture([Bin(0.001, 0.5, 0.9), Bin(0.25, 0.2, 0.05), Bin(None, 0.3, 0.05)], "The scores lie otherwise.")
    assert [row[0] for row in picture.rows] == ["above 0.25", "0.001 to 0.25", "up to 0.001"]
    assert "Scores above 0.25: 30.0\N{NO-BREAK SPACE}% of the rows, 5.0\N{NO-BREAK SPACE}% in training." in picture.sentence
    assert picture.sentence.endswith("The scores lie otherwise.")


def test_ends_of_bins_have_the_digits_that_tell_them_apart() -> None:
    picture = scores_picture([Bin(0.123456, 0.3, 0.3), Bin(0.123457, 0.3, 0.3), Bin(None, 0.4, 0.4)])
    assert [row[0] for row in picture.rows] == ["above 0.123457", "0.123456 to 0.123457", "up to 0.123456"]


def test_nights_without_a_count_leave_a_gap_and_do_not_count_as_usual() -> None:
    one = NightLine(NIGHT.day, "published", 10, 1, 5)
    told = nights_picture(
        [replace(one, night=NIGHT.back(3).day, alerts=None, rows=None), replace(one, night=NIGHT.back(1).day, rows=30), one], NIGHT.day
    )
    assert "10 rows (usually 30)" in told.sentence
    assert "5 alerts (usually 5)" in told.sentence
    assert ("2026-11-19", "published", "none", "1", "none") in told.rows


def test_days_below_the_bars_are_few_and_end_with_tonight() -> None:
    days = [word for word in words(nights_picture(lines(28), NIGHT.day)) if re.fullmatch(r"\d+ [A-Z][a-z]{2}", word)]
    assert len(days) <= 5
    assert days[0] == "22 Nov"


def test_matured_nights_are_pooled_for_reliability_and_apart_for_precision() -> None:
    points = (Point(0.75, 4, 3), Point(0.5, 10, 5))
    measured = [MeasuredCurves(NIGHT.back(back).day, NIGHT.day, Curves(points, (Point(0.75, 10, 5),))) for back in (7, 8)]
    assert [row[0] for row in precision_picture(measured, {}).rows] == ["2026-11-15", "2026-11-14"]
    assert reliability_picture(measured).rows[0][3:] == ("20", "10")


def test_where_there_is_nothing_to_draw_a_sentence_says_why() -> None:
    genuine = MeasuredCurves(NIGHT.back(7).day, NIGHT.day, Curves((), (Point(0.1, 10, 0),)))
    empty = MeasuredCurves(NIGHT.back(7).day, NIGHT.day, Curves((), ()))
    bare = {
        "No night has matured yet: labels are still on their way.": [precision_picture([], {}), reliability_picture([])],
        "No matured night has a fraud that is known.": [precision_picture([genuine], {})],
        "The matured nights are empty.": [reliability_picture([empty])],
        "This is the first night that was run: there are no nights before it to hold it against.": [nights_picture(lines(1), NIGHT.day)],
        "why not": [scores_picture((), untold="why not"), drift_picture((), "why not")],
        "No step has ended yet.": [pace_picture(()), pace_picture([Pace("score", None, 2.0, 3)])],
    }
    for sentence, told in bare.items():
        for picture in told:
            assert (picture.sentence, picture.svg, picture.rows) == (sentence, "", ())


def test_a_night_of_zero_seconds_and_one_alone_can_be_drawn() -> None:
    assert pace_picture([Pace("score", 0.0, None, 0)]).svg
    assert nights_picture([replace(line, rows=0, late=0, alerts=0) for line in lines(3)], NIGHT.day).svg
    assert reliability_picture([MeasuredCurves(NIGHT.day, NIGHT.day, Curves((), (Point(0.0, 5, 0),)))]).svg


def told(report: NightReport) -> tuple[str, str]:
    return headline(report).word, headline(report).sentence


def test_the_first_line_says_in_a_word_what_became_of_the_night() -> None:
    passed = replace(FULL, judgements=tuple(one for one in FULL.judgements if one.passed))
    broken = replace(FULL.judgements[0], passed=False)
    open_night = replace(passed, published_at=None)
    untold = replace(FULL.judgements[0], passed=None)
    assert told(replace(passed, judgements=(*passed.judgements, untold))) == (
        "PUBLISHED",
        "All 40 checks hold. 1 could not be judged yet.",
    )
    assert told(passed) == ("PUBLISHED", "All 40 checks hold.")
    assert told(FULL) == ("PUBLISHED WITH WARNINGS", "1 of 41 checks did not hold; the verdicts name them.")
    assert told(replace(open_night, judgements=(broken,)))[0] == "STOPPED"
    assert told(open_night)[0] == "NOT PUBLISHED"
    unscored = replace(open_night, steps=(Step("score", "skipped: there is no champion yet", 0.1),))
    assert told(unscored) == ("NOT SCORED", "There is no champion yet.")
    beside = replace(open_night, mode="what-if", steps=(Step("publish", "skipped: mode what-if publishes nothing", 0.1),))
    assert told(beside) == ("KEPT BESIDE (mode what-if)", "Mode what-if publishes nothing.")
    assert told(replace(passed, mode="corrected"))[0] == "PUBLISHED (mode corrected)"
    empty = replace(passed, counts=replace(passed.counts, rows_in=0, scored=0, rejected=0, collapsed=0))
    assert told(empty) == ("PUBLISHED", "The night is empty. All 40 checks hold.")


def test_a_report_of_a_night_alone_draws_nothing_but_says_everything() -> None:
    page = render(replace(FULL, look_back=None, around=NOTHING_AROUND, matured=()))
    assert "<svg" not in page
    assert page.count("No night has matured yet") == 3
    assert "No night was run to its end yet." in page


@pytest.mark.slow
def test_no_step_but_the_one_that_draws_imports_what_draws() -> None:
    program = "import sys, pipeline.steps, pipeline.commands, ops.demo; sys.exit('drawn' if 'matplotlib' in sys.modules else 0)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
