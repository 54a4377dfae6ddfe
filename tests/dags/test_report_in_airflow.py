"""The report of a night as a page of the real Airflow: its tabs, and who may read it."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest

from ops.airflow import USER
from pipeline.core.night import Night
from tests.dags.conftest import LEARNING, Installed

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def night(installed: Installed) -> Night:
    """A night whose report was written before Airflow had any run of it."""
    return installed.last.back(LEARNING)


@pytest.fixture(scope="module")
def addresses(installed: Installed, night: Night) -> tuple[str, ...]:
    """That night's report by a run made by hand, and by its name."""
    run_id = installed.api.trigger({"night": str(night)})
    return f"/nightshift/runs/nightly_scoring/{quote(run_id)}", f"/nightshift/reports/nightly_scoring/{night}"


@pytest.fixture
def token(installed: Installed) -> str:
    answer = httpx.post(f"{installed.place.url}/auth/token", json={"username": USER, "password": installed.place.password}, trust_env=False)
    return str(answer.raise_for_status().json()["access_token"])


def asked(installed: Installed, address: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{installed.place.url}{address}", headers=headers, timeout=30, trust_env=False)


def test_the_report_of_a_run_is_that_of_its_night(installed: Installed, night: Night, addresses: tuple[str, ...], token: str) -> None:
    for address in addresses:
        answer = asked(installed, address, token)
        assert answer.status_code == 200, answer.text
        assert f"<h1>Night {night}</h1>" in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_session_of_the_interface_opens_it_too(installed: Installed, night: Night, addresses: tuple[str, ...], token: str) -> None:
    answer = httpx.get(f"{installed.place.url}{addresses[0]}", cookies={"_token": token}, timeout=30, trust_env=False)
    assert f"<h1>Night {night}</h1>" in answer.text


def test_nobody_else_is_told_anything(installed: Installed, addresses: tuple[str, ...], token: str) -> None:
    for address in (*addresses, "/nightshift/reports/nightly_scoring"):
        for wrong in (None, f"{token}x", "nonsense"):
            answer = asked(installed, address, wrong)
            assert answer.status_code in {401, 403}
            assert "Night" not in answer.text


def test_airflow_shows_the_tabs_and_no_error_of_ours(installed: Installed, token: str) -> None:
    ours = [plugin for plugin in asked(installed, "/api/v2/plugins", token).json()["plugins"] if plugin["name"] == "nightshift"]
    assert [(view["destination"], view["name"]) for plugin in ours for view in plugin["external_views"]] == [
        ("dag", "Night report"),
        ("dag_run", "Night report"),
    ]
    assert asked(installed, "/api/v2/plugins/importErrors", token).json()["import_errors"] == []
