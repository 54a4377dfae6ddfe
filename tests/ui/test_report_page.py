"""The report of real nights, opened in a real browser that reaches no network: it shows what it should, and fetches nothing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ops import browser
from pipeline.core.errors import GateError
from pipeline.data import server
from tests.commanding import nightshift
from tests.learning import learning_world, night, run_nights
from tests.worlds import World

pytestmark = pytest.mark.slow

FIRST_SCORED, LAST, EMPTY, STOPPED = 6, 9, 10, 11  # places: the first night with a champion, one with all there is, without rows, spoiled
SPOILED = "UPDATE transactions SET amount = -1 WHERE transaction_id / 1000 = {} AND transaction_id % 5 < 3"
PICTURES = (
    "Scores beside training",
    "Rows, late rows and alerts by night",
    "Precision against recall",
    "Scores beside what came true",
    "Drift by column",
    "Seconds of each step",
)
HEADINGS = ("Verdicts", "Pictures of the night", "Training against live", "What changed", "Alarms", "Top alerts", "Model chain", "Lineage")


@pytest.fixture(scope="module")
def reports(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the reports of twelve nights; a gate stopped the last, whose page a person asked for."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "pages"), tmp_path_factory.mktemp("pages"), monkeypatch)
        learning_world(world, STOPPED + 1)
        world.change(f"DELETE FROM transactions WHERE transaction_id / 1000 = {EMPTY}", SPOILED.format(STOPPED))
        assert [type(refusal) for refusal in run_nights(world, range(STOPPED + 1))] == [GateError]
        assert nightshift("report", night(STOPPED)).code == 0
        yield world.home / ".nightshift" / "lake" / "reports"
        world.database.engine.dispose()


def page(reports: Path, place: int) -> Path:
    return reports / f"{night(place)}.html"


def elements(chromium: str, reports: Path, place: int) -> str:
    return browser.elements(chromium, page(reports, place))


def looked_at(chromium: str, path: Path, width: int, height: int) -> Image.Image:
    return Image.open(io.BytesIO(browser.picture(chromium, path, width, height))).convert("RGB")


def colours(image: Image.Image) -> int:
    return len(image.getcolors(maxcolors=image.width * image.height) or [])


def test_the_browser_finds_every_heading_picture_and_number(chromium: str, reports: Path) -> None:
    told = elements(chromium, reports, LAST)
    for heading in HEADINGS:
        assert f"<h2>{heading}</h2>" in told, heading
    for title in PICTURES:
        assert f"<h3>{title}</h3>" in told, title
        assert f">{title}</title>" in told, title
    assert told.count("<svg ") == told.count('role="img"') == told.count("The numbers of this picture") == len(PICTURES)
    assert "PUBLISHED" in told


@pytest.mark.parametrize(("width", "height"), [(1200, 2400), (500, 4800)], ids=["desk", "phone"])
def test_the_page_is_no_blank_sheet(chromium: str, reports: Path, width: int, height: int) -> None:
    image = looked_at(chromium, page(reports, LAST), width, height)
    assert image.size == (width, height)
    assert colours(image) > 200
    for top in range(0, height, height // 4):  # something is drawn in every part of it
        assert colours(image.crop((0, top, width, top + height // 4))) > 20


def test_without_colour_tonight_still_stands_apart(chromium: str, reports: Path) -> None:
    grey = looked_at(chromium, page(reports, LAST), 1200, 2400).convert("L").histogram()
    dark, middle, white = sum(grey[:90]), sum(grey[90:230]), sum(grey[230:])
    assert dark > 10_000  # filled bars and text
    assert middle > 10_000  # hatches, dashes and faint lines
    assert white > dark + middle


def test_nothing_on_the_page_leads_to_a_network(chromium: str, reports: Path) -> None:
    for path in (*reports.glob("*.html"),):
        text = path.read_text()
        for reference in ("http:", "https:", "//", "src=", "url(http", "@import", "<script", "<link", "<iframe"):
            assert reference not in text, (path.name, reference)
    assert "<script" not in elements(chromium, reports, LAST)


def test_an_empty_night_says_so_and_draws_only_what_there_is(chromium: str, reports: Path) -> None:
    told = elements(chromium, reports, EMPTY)
    assert "The night is empty." in told
    assert "NOT COMPARED: the night is empty" in told
    assert told.count("<svg ") == len(PICTURES) - 2  # neither scores nor drift
    assert colours(looked_at(chromium, page(reports, EMPTY), 1200, 2400)) > 200


def test_the_first_night_has_sentences_where_there_is_nothing_to_draw(chromium: str, reports: Path) -> None:
    told = elements(chromium, reports, 0)
    for sentence in ("NOT SCORED", "This is the first night that was run", "No night has matured yet", "Nothing was published of this run"):
        assert sentence in told, sentence
    assert told.count("<svg ") == 1  # the seconds of its steps


def test_the_first_scored_night_has_no_curve_yet(chromium: str, reports: Path) -> None:
    told = elements(chromium, reports, FIRST_SCORED)
    assert "PUBLISHED" in told
    assert told.count("No night has matured yet") == 3  # two pictures and the table


def test_a_stopped_night_says_what_stopped_it_and_shows_the_nights_before(chromium: str, reports: Path) -> None:
    told = elements(chromium, reports, STOPPED)
    assert ">STOPPED<" in told
    assert "rows_accepted" in told[: told.index("Pictures of the night")]
    assert "Nothing was published of this run" in told
    assert "Tonight 300 rows (usually 300), 0 late rows (usually 0), no alerts (usually 20)." in told
    assert "Nobody else sees these" in told
    assert told.count("<svg ") == len(PICTURES) - 2
    assert colours(looked_at(chromium, page(reports, STOPPED), 1200, 2400)) > 200
