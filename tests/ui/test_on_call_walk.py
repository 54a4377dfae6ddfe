"""What the person on call does, in a real browser before a real Airflow: signs in, backfills, reads, corrects; and what analysts have."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ops.devtools import devtools
from ops.rest import DAG, DagRun
from ops.window import Window
from pipeline.core.night import Night, nights_between
from pipeline.data import server
from tests.commanding import nightshift
from tests.dags.conftest import Installed, brought_up, settings_in_effect
from tests.ui import airflow_ui

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

FIRST = 8  # nights back: this one and two more until there is a model,
BY_SHELL = 5  # then the one by the shell,
FIVE = 4  # and from here on by the form
PATIENCE = 900  # seconds for five nights in Airflow on a very busy machine; 120 on a quiet one
REASON = "the labels of a bank came late"
SCREEN = (1400, 1000)
SHOTS = "NIGHTSHIFT_SCREENSHOTS"  # a folder where the pictures shall stay
SCORES = """SELECT night, transaction_id, occurred_at, score, alert, alert_rank, model_version, mode FROM scoring.current_prediction
    WHERE night >= :first ORDER BY night, transaction_id"""

Shoot = Callable[[str], None]


@dataclass(frozen=True)
class Walk:
    """An Airflow, and a browser's window before it, in which somebody has signed in."""

    up: Installed
    window: Window
    shoot: Shoot

    @property
    def five(self) -> list[Night]:
        return list(nights_between(self.up.last.back(FIVE), self.up.last))

    @property
    def by_shell(self) -> Night:
        return self.up.last.back(BY_SHELL)

    def scores(self) -> list[tuple[object, ...]]:
        """All that may be equal of what analysts see of the night by the shell and the five."""
        return self.up.ask(SCORES, first=self.by_shell.day)

    def note(self, run_id: str) -> object:
        return self.up.api._ask("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}")["note"]


@dataclass(frozen=True)
class Corrected:
    """A run in mode `corrected` and what its page said at the end; the scores before it, and while it stood."""

    run_id: str
    page: str
    before: list[tuple[object, ...]]
    standing: list[tuple[object, ...]]


def warm_up(last: Night) -> None:
    """Three nights until there is a model, and the first night that is scored: by the shell, as a person would."""
    assert nightshift("backfill", str(last.back(FIRST)), str(last.back(BY_SHELL + 1))).code == 0
    assert "published" in nightshift("night", str(last.back(BY_SHELL))).out


@pytest.fixture(scope="module")
def walk(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = Path(os.environ.get(SHOTS) or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    with brought_up(tmp_path_factory.mktemp("walk"), warm_up) as up, devtools(chromium, *SCREEN) as tools:
        window = Window(tools)

        def shoot(name: str) -> None:
            window.picture(folder / f"{name}.png")

        airflow_ui.sign_in(window, up.place)
        airflow_ui.open_dag(window, up.place)
        shoot("1-signed-in")
        yield Walk(up, window, shoot)


@pytest.fixture(scope="module")
def backfilled(walk: Walk) -> list[DagRun]:
    """The runs of the five nights, green. Unpausing, which the form does, lets the schedule make the newest of them."""
    first, *_, last = walk.five
    airflow_ui.open_dag(walk.window, walk.up.place)
    said = airflow_ui.fill_backfill(walk.window, first, last)
    walk.shoot("2-backfill")
    assert "5 runs will be triggered." in said
    walk.window.click("button", "Run Backfill")
    walk.window.await_text("Backfill in progress")
    walk.shoot("3-begun")
    airflow_ui.await_green_list(walk.window, len(walk.five), PATIENCE)
    walk.shoot("4-green")
    return [walk.up.run_of(night) for night in walk.five]


@pytest.fixture(scope="module")
def corrected(walk: Walk, backfilled: list[DagRun]) -> Corrected:
    """The night by the shell, corrected by the form."""
    before = walk.scores()
    airflow_ui.open_dag(walk.window, walk.up.place)
    airflow_ui.fill_correction(walk.window, walk.by_shell, REASON)
    walk.shoot("6-correction")
    walk.window.click("button", "Trigger")
    run_id = airflow_ui.await_run_page(walk.window)
    page = airflow_ui.await_green(walk.window, run_id, PATIENCE)
    walk.shoot("7-corrected")
    return Corrected(run_id, page, before, walk.scores())


@pytest.fixture(scope="module")
def restored(walk: Walk, corrected: Corrected) -> DagRun:
    """The corrected night once more, as-of, by Airflow's API."""
    return walk.up.finished(walk.up.api.trigger({"night": str(walk.by_shell)}))


def test_a_backfill_by_the_form_with_nothing_but_its_dates_turns_five_nights_green(walk: Walk, backfilled: list[DagRun]) -> None:
    assert [(run.night, run.state) for run in backfilled] == [(night, "success") for night in walk.five]
    assert {run.run_type for run in backfilled[:-1]} == {"backfill"}
    assert [walk.note(run.run_id) for run in backfilled] == [f"night {night}, mode as-of" for night in walk.five]


def test_the_report_of_a_night_opens_as_a_tab_of_its_run(walk: Walk, backfilled: list[DagRun]) -> None:
    run = backfilled[0]
    airflow_ui.open_dag(walk.window, walk.up.place)
    walk.window.click("link", "Runs")
    walk.window.click("link", run.run_id)
    walk.window.await_text(run.run_id, f"night {run.night}, mode as-of")
    walk.window.click("link", "Night report")
    told = walk.window.await_text(f"Night {run.night}", "PUBLISHED", "Verdicts", "Top alerts", "Lineage")
    walk.shoot("5-report")
    assert f"{len(walk.up.scores(walk.five[0])):,} rows in" in told


def test_a_correction_by_the_form_is_green_and_says_its_mode_in_its_note_and_in_the_summary(walk: Walk, corrected: Corrected) -> None:
    note = f"night {walk.by_shell}, mode corrected, because '{REASON}'"
    assert note in corrected.page
    assert walk.note(corrected.run_id) == note
    told = walk.up.ask("SELECT mode, mode_because, run_id FROM scoring.night_summary WHERE night = :night", night=walk.by_shell.day)
    own = walk.up.ask("SELECT run_id FROM scoring.run WHERE reason = :reason", reason=REASON)
    assert told == [("corrected", REASON, own[0][0])]


def test_a_correction_changes_its_own_night_alone(walk: Walk, corrected: Corrected) -> None:
    changed = {row[0] for row in set(corrected.before) ^ set(corrected.standing)}
    assert changed == {walk.by_shell.day}


def test_run_as_of_again_by_the_api_the_corrected_night_says_what_the_shell_had_published(
    walk: Walk, corrected: Corrected, restored: DagRun
) -> None:
    assert restored.state == "success"
    assert walk.scores() == corrected.before


def test_a_backfill_by_the_shell_in_a_fresh_warehouse_gives_every_night_the_same_bits(walk: Walk, restored: DagRun, tmp_path: Path) -> None:
    published = walk.scores()
    assert [row[0] for row in published] == sorted(row[0] for row in published)  # type: ignore[type-var]
    assert len({row[0] for row in published}) == 6
    assert {row[-1] for row in published} == {"as-of"}
    fresh = replace(walk.up, config=fresh_settings(walk.up, tmp_path))
    with settings_in_effect(fresh.config):
        assert nightshift("init").code == 0
        assert nightshift("backfill", str(walk.up.last.back(FIRST)), str(walk.up.last)).code == 0
    assert replace(walk, up=fresh).scores() == published


def fresh_settings(up: Installed, folder: Path) -> Path:
    """Settings of a warehouse in which nothing was ever run, and of a lake and a key of its own, with the source of the other."""
    with up.house() as house:
        source = house.warehouse.url.render_as_string(hide_password=False)
    warehouse = server.create_database(server.start(up.home), "fresh")
    told = folder / "nightshift.toml"
    told.write_text(f'warehouse_url = "{warehouse}"\nsource_url = "{source}"\n{up.config.read_text()}')
    return told
