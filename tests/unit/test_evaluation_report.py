"""The report is one page that shows what it was given, and needs nothing but itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.evaluation.headline import headline
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.lookback import Beside, Cause, LookBack
from pipeline.evaluation.page import render
from pipeline.evaluation.report import Alert, Champion, Counts, Matured, NightReport, Rejection, Seal, Step

NIGHT = Night.parse("2026-11-22")
HELD = Judgement(
    "transactions", "ids_unique", "duplicate_ids", 0.0, 0.0, 0.0, "fail", passed=True, reason="a transaction would be scored twice"
)
MARKED = Judgement(
    "features", "amount.known", "amount.null_share", 0.75, None, 0.5, "warn", passed=False, reason="most of the column is unknown"
)
BROKEN = Judgement("predictions", "scores_at_most_1", "score.max", 1.25, None, 1.0, "fail", passed=False, reason="a score is a probability")
UNKNOWN = replace(BROKEN, check="scores_known", figure="score.null_share", value=None, low=0.0, high=0.0)
REPORT = NightReport(
    night=NIGHT,
    run_id=57,
    mode="as-of",
    published_at=NIGHT.end + dt.timedelta(hours=2),
    model=Champion("2026-11-20-boosted_trees-1a2b3c4d", "boosted_trees", NIGHT.back(9), "0123456789abcdef", "ab" * 32),
    counts=Counts(rows_in=8024, scored=8012, rejected=8, collapsed=4, unscored=0, late=73, stragglers=2, alerts=1),
    judgements=(HELD, MARKED, BROKEN, UNKNOWN),
    alerts=(
        Alert(
            1,
            0.9571234,
            "tx-1",
            NIGHT.start + dt.timedelta(minutes=17),
            123456,
            (("customer", 4001), ("terminal", None)),
            "terminal's known fraud +9.4",
        ),
    ),
    rejections=(Rejection("amount is negative", 8),),
    steps=(Step("extract", "done", 3.21), Step("score", "skipped: no model yet", 0.04)),
    seals=(Seal(NIGHT, "transactions", "1", 8012, "cd" * 32),),
    minor_units=2,
    matured=(Matured(NIGHT.back(7).day, "m-1", NIGHT.day, 1311, 0.61234, 0.55, 0.675, 0.4, None, 1.0, 0.9, 0.8756),),
)


class Page(HTMLParser):
    """What a reader of the page sees: the rows of its tables, and all its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self.in_cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_cell:
            self.rows[-1][-1] += data

    @property
    def cells(self) -> list[list[str]]:
        return [[" ".join(cell.split()) for cell in row] for row in self.rows]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


LOOKED_BACK = LookBack(
    beside=(Beside("score", 0.31, False, 0.0121, 0.0119, 0.0, 0.0), Beside("a<b>", 1.5, True, None, 27.5, 1.0, 0.02)),
    live=("a<b>: no value at all",),
    causes=(Cause("mean score", "a<b>", "feature", 0.0012), Cause("mean score", "the new model", "model", -0.0001)),
    change=("The mean score rose & fell.",),
    alarms=("<i>rows</i> jumped",),
)


def test_a_night_that_was_looked_back_on_shows_its_columns_beside_training_and_the_parts_of_the_change() -> None:
    cells = Page(render(replace(REPORT, look_back=LOOKED_BACK))).cells
    assert ["score", "0.31", "0.0121", "0.0119", "0.0 %", "0.0 %"] in cells
    assert ["a<b>", "1.50", "no value", "27.5", "100.0 %", "2.0 %"] in cells
    assert ["a<b>", "feature", "+0.1200"] in cells
    assert ["<i>rows</i> jumped"] in cells


def test_what_was_looked_back_on_is_escaped_and_absent_before() -> None:
    html = render(replace(REPORT, look_back=LOOKED_BACK))
    assert "a<b>" not in html
    assert "<i>rows" not in html
    assert "What changed" not in render(REPORT)


def test_the_sum_of_the_night_is_left_visible() -> None:
    assert "8,024 rows in = 8,012 scored + 8 rejected + 4 collapsed + 0 unscored" in Page(render(REPORT)).words


def test_a_sum_that_does_not_hold_says_so() -> None:
    assert "does not hold" not in Page(render(REPORT)).words
    lost = replace(REPORT, counts=replace(REPORT.counts, scored=8000))
    assert "The sum does not hold: 12 rows are not accounted for." in Page(render(lost)).words


def test_the_summary_names_run_mode_publication_and_model() -> None:
    cells = Page(render(REPORT)).cells
    assert ["Run", "57"] in cells
    assert ["Mode", "as-of"] in cells
    assert ["Published", "2026-11-23 02:00:00"] in cells
    assert ["Model", "2026-11-20-boosted_trees-1a2b3c4d"] in cells
    assert ["Late rows", "73"] in cells
    assert ["Stragglers", "2"] in cells
    assert ["Alerts", "1"] in cells


def test_verdicts_and_broken_checks_are_told_in_words_at_the_top() -> None:
    gates = {row[0]: row[1] for row in Page(render(REPORT)).cells if row[0].startswith("Gate of")}
    assert gates["Gate of transactions"] == "passed"
    assert gates["Gate of features"] == (
        "passed with a WARNING WARNING amount.known: amount.null_share is 0.75, must be at most 0.5 (most of the column is unknown)"
    )
    assert gates["Gate of predictions"].startswith("FAILED FAILED scores_at_most_1: score.max is 1.25, must be at most 1")
    assert "FAILED scores_known: score.null_share has no value, must be exactly 0" in gates["Gate of predictions"]


def test_a_challenger_that_is_held_against_too_little_has_not_failed_and_does_not_mark_the_night() -> None:
    scarce = Judgement("challenger", "enough_nights", "compared.nights", 0.0, 7.0, None, "fail", passed=False, reason="too few nights")
    worse = replace(scarce, check="roc_auc_not_worse", figure="roc_auc.difference.high", value=-0.5, reason="it lost")
    young, beaten = (replace(REPORT, judgements=(HELD, one)) for one in (scarce, worse))
    said = {row[0]: row[1] for row in Page(render(young)).cells if row[0] == "Gate of challenger"}["Gate of challenger"]
    assert said == "NOT ENOUGH DATA, the champion stays enough_nights: compared.nights is 0, must be at least 7 (too few nights)"
    assert "FAILED" not in Page(render(young)).text
    assert (headline(young).word, headline(young).sentence) == ("PUBLISHED", "All 1 checks hold. 1 could not be judged yet.")
    assert ["enough_nights", "fail", "not enough data", "compared.nights", "0", "at least 7", "too few nights"] in Page(render(young)).cells
    assert "FAILED roc_auc_not_worse" in Page(render(beaten)).text.replace("\n", " ")
    assert headline(beaten).word == "PUBLISHED WITH WARNINGS"


def test_every_check_has_a_row_with_its_outcome_in_words() -> None:
    cells = Page(render(REPORT)).cells
    assert ["ids_unique", "fail", "passed", "duplicate_ids", "0", "exactly 0", HELD.reason] in cells
    assert ["amount.known", "warn", "WARNING", "amount.null_share", "0.75", "at most 0.5", MARKED.reason] in cells
    assert ["scores_at_most_1", "fail", "FAILED", "score.max", "1.25", "at most 1", BROKEN.reason] in cells
    assert ["scores_known", "fail", "FAILED", "score.null_share", "no value", "exactly 0", BROKEN.reason] in cells


def test_alerts_rejections_steps_and_lineage_are_tables() -> None:
    cells = Page(render(REPORT)).cells
    assert ["Rank", "Score", "Transaction", "Occurred at", "Amount", "Customer", "Terminal", "What pushed the score up"] in cells
    assert ["1", "0.957123", "tx-1", "2026-11-22 00:17:00", "1,234.56", "4001", "unknown", "terminal's known fraud +9.4"] in cells
    assert ["amount is negative", "8"] in cells
    assert ["extract", "done", "3.2"] in cells
    assert ["score", "skipped: no model yet", "0.0"] in cells
    assert ["2026-11-22", "transactions", "1", "8,012", "cd" * 32] in cells
    assert ["2026-11-20-boosted_trees-1a2b3c4d", "boosted_trees", "2026-11-13", "0123456789abcdef", "ab" * 32] in cells


def test_a_matured_night_shows_its_figures_with_the_promise_beside_what_came_of_it() -> None:
    figures = ["1,311", "0.612", "0.550 to 0.675", "0.400", "unknown", "1.000", "0.900", "0.876"]
    assert ["2026-11-15", "2026-11-22", "m-1", *figures] in Page(render(REPORT)).cells


def test_an_empty_night_before_the_first_model_is_a_page_too() -> None:
    nothing = Counts(rows_in=0, scored=0, rejected=0, collapsed=0, unscored=0, late=0, stragglers=0, alerts=0)
    bare = NightReport(NIGHT, 1, "as-of", None, None, nothing, (), (), (), (), (), 2)
    page = Page(render(bare))
    for sentence in ("The night is empty.", "No alerts.", "No row was rejected.", "No night has matured yet."):
        assert sentence in page.words
    for row in (["Published", "not published"], ["Model", "none yet"], ["Gates", "not judged yet"]):
        assert row in page.cells


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    html = render(REPORT)
    assert {"script", "link", "img", "iframe", "a"}.isdisjoint(Page(html).tags)
    for reference in ("http:", "https:", "//", "src=", "url(", "@import"):
        assert reference not in html
    assert "default-src 'none'" in html


def test_the_same_night_gives_the_same_page() -> None:
    assert render(REPORT) == render(replace(REPORT))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20)


@settings(max_examples=40, deadline=None)
@given(TEXTS | st.sampled_from(["<script>x</script>", "&lt;", "'\"><b>", "{{ 7 }}"]))
def test_text_of_the_source_stays_text(drawn: str) -> None:
    alert = replace(REPORT.alerts[0], transaction_id=drawn, entities=(("customer", drawn),))
    page = Page(render(replace(REPORT, alerts=(alert,), rejections=(Rejection(drawn, 8),))))
    shown = " ".join(drawn.split())
    assert ["1", "0.957123", shown, "2026-11-22 00:17:00", "1,234.56", shown, "terminal's known fraud +9.4"] in page.cells
    assert [shown, "8"] in page.cells
    assert "script" not in page.tags
