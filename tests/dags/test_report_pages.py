"""The pages inside Airflow's user interface: for those who are logged in, of a night alone, and harmless."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "plugins"))  # where Airflow puts it, too
import nightshift_pages as pages
from airflow.api_fastapi.common.db.common import _get_session
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from nightshift_plugin import PREFIX, NightshiftPlugin

from pipeline.core.settings import CONFIG_VARIABLE, load_settings
from pipeline.data.lake import Lake

CHECKOUT = Path(__file__).resolve().parents[2]
NIGHT = "2026-11-22"
MIDNIGHT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
BACKFILL = SimpleNamespace(run_type="backfill", conf=None, logical_date=MIDNIGHT, data_interval_start=MIDNIGHT)
BY_HAND = SimpleNamespace(run_type="manual", conf={"night": NIGHT}, logical_date=None, data_interval_start=None)
NAMELESS = SimpleNamespace(run_type="manual", conf={}, logical_date=None, data_interval_start=None)
RUNS = {"backfill__x": BACKFILL, "manual__x": BY_HAND, "manual__beside": BY_HAND, "manual__nameless": NAMELESS}


NUMBERS = {"manual__beside": "57", "manual__x": '"58"'}  # that the task plan handed on, as Airflow stores them


class Session:
    """Answers the two questions that the pages ask of Airflow's database: the run, and its number in the warehouse."""

    def scalar(self, statement: object) -> object:
        wanted = statement.compile().params.values()  # type: ignore[attr-defined]
        known = NUMBERS if "plan" in wanted else RUNS
        return next((told for run_id, told in known.items() if run_id in wanted), None)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake with the report of one night, and a file beside the reports that is none."""
    (tmp_path / "nightshift.toml").write_text('[source.transactions]\nentities = { customer = "customer_id" }\n')
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "nightshift.toml"))
    lake = Lake(load_settings().lake)
    lake.write_page(f"reports/{NIGHT}.html", "<h1>Night 2026-11-22</h1>")
    lake.write_page(f"reports/{NIGHT}-run-57.html", "<h1>What if</h1>")
    lake.write_page("reports/notes.html", "not a report")
    lake.write_page("secret.html", "not for you")
    return lake


@pytest.fixture
def app() -> FastAPI:
    """The pages with a database of their own, and everybody let in."""
    app = pages.application()
    app.dependency_overrides[_get_session] = Session
    app.dependency_overrides[pages.router.dependencies[0].dependency] = lambda: None
    return app


@pytest.fixture
def client(app: FastAPI, lake: Lake) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


ADDRESSES = ("/reports/nightly_scoring", f"/reports/nightly_scoring/{NIGHT}", "/runs/nightly_scoring/backfill__x")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_reads_a_report_without_a_login(lake: Lake, address: str) -> None:
    with TestClient(pages.application()) as stranger:
        answer = stranger.get(address)
    assert answer.status_code == 401
    assert "Night" not in answer.text


@pytest.mark.parametrize("address", [*ADDRESSES, "/runs/nightly_scoring/manual__x"])
def test_the_report_is_told_as_it_lies_in_the_lake(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (200, "<h1>Night 2026-11-22</h1>")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_run_that_was_kept_beside_shows_its_own_page(client: TestClient) -> None:
    assert client.get("/runs/nightly_scoring/manual__beside").text == "<h1>What if</h1>"
    assert "What if" not in client.get("/reports/nightly_scoring").text


def test_every_answer_forbids_scripts_and_other_places(client: TestClient) -> None:
    for address in (*ADDRESSES, "/reports/other", "/reports/nightly_scoring/2026-01-01"):
        policy = client.get(address).headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "frame-ancestors 'self'", "form-action 'none'", "base-uri 'none'"} <= set(policy)
        assert not any("script-src" in rule or "*" in rule for rule in policy)


@pytest.mark.parametrize("night", ["..", "..%2fsecret", "%2e%2e%2fsecret", "notes", "2026-11-22.html", "2026-11-22%00", "<b>x</b>"])
def test_a_name_that_is_no_night_leads_to_no_file(client: TestClient, night: str) -> None:
    answer = client.get(f"/reports/nightly_scoring/{night}")
    assert answer.status_code in {400, 404}
    assert "not for you" not in answer.text
    assert "not a report" not in answer.text
    assert "<b>" not in answer.text


def test_a_night_without_a_report_a_run_without_a_night_and_another_dag_are_told_in_words(client: TestClient) -> None:
    told = {
        "/reports/nightly_scoring/2026-11-23": (404, "Night 2026-11-23 has no report yet"),
        "/runs/nightly_scoring/manual__nameless": (400, "a manual run must name its night"),
        "/runs/nightly_scoring/none": (404, "There is no run none of nightly_scoring."),
        "/reports/one_off_training": (404, "one_off_training writes no report"),
    }
    for address, (status, sentence) in told.items():
        answer = client.get(address)
        assert (answer.status_code, sentence in answer.text) == (status, True), answer.text


def test_before_the_first_night_there_is_no_report(client: TestClient, lake: Lake) -> None:
    lake.filesystem.delete_dir(f"{lake.root}/reports")
    assert "There is no report yet" in client.get("/reports/nightly_scoring").text


def test_nothing_but_the_pages_is_served(client: TestClient) -> None:
    for address in ("/", "/docs", "/openapi.json", "/redoc"):
        assert client.get(address).status_code == 404


def test_the_tabs_stand_in_the_dag_and_in_each_run_and_lead_to_the_pages() -> None:
    (mounted,) = NightshiftPlugin.fastapi_apps
    views = {view["destination"]: view["href"] for view in NightshiftPlugin.external_views}
    assert set(views) == {"dag", "dag_run"}
    assert mounted["url_prefix"] == PREFIX
    served = {route.path for route in pages.router.routes if isinstance(route, APIRoute)}
    for href in views.values():
        address = f"/{href}".replace("{DAG_ID}", "{dag_id}").replace("{RUN_ID}", "{run_id}")
        assert address.removeprefix(PREFIX) in served


@pytest.mark.slow
def test_airflow_finds_the_plugin_alone_and_reading_it_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys; from airflow import plugins_manager as manager; plugins, errors = manager._get_plugins(); "
        "print([p.name for p in plugins if 'nightshift' in p.name], [e for e in errors if 'nightshift' in e], "
        "sorted({'pyarrow', 'nightshift_pages', 'matplotlib'} & set(sys.modules)))"
    )
    environment = {**os.environ, "AIRFLOW__CORE__PLUGINS_FOLDER": str(CHECKOUT / "plugins"), "AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout.splitlines()[-1] == "['nightshift'] [] []"
