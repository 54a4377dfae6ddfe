"""Who gets into the real Airflow: nobody without a login, from this machine alone, and the lowest role looks and changes nothing."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import uuid

import httpx
import jwt
import psutil
import pytest

from ops.airflow import USER
from ops.keeper import keeper_of
from ops.rest import DagRun
from pipeline.data import server
from tests.dags.conftest import CARD, HOOK_SECRET, Installed

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

API = "/api/v2"
DAG = f"{API}/dags/nightly_scoring"
READ = (  # what a person who may look at the DAG sees of it
    f"{API}/dags",
    DAG,
    f"{DAG}/dagRuns",
    f"{DAG}/dagRuns/~/taskInstances",
    f"{DAG}/dagRuns/RUN/taskInstances/judge",
    f"{DAG}/dagRuns/RUN/taskInstances/judge/logs/1",
    f"{DAG}/dagRuns/RUN/taskInstances/plan/xcomEntries",
    f"{DAG}/dagRuns/RUN/taskInstances/plan/xcomEntries/return_value",
    f"{API}/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=1000",
    f"{API}/assets/events",
    f"{API}/pools",
    f"{API}/importErrors",
    "/nightshift/reports/nightly_scoring",
)
KEPT = (f"{API}/connections", f"{API}/variables", f"{API}/config")  # from the lowest role, or from everybody
OPEN = ("/api/v2/monitor/health", "/api/v2/version")  # what tells nothing but that Airflow is there
CHANGES = (
    ("POST", f"{DAG}/dagRuns", {"logical_date": None, "conf": {"night": "2026-01-01"}}),
    ("POST", f"{DAG}/clearTaskInstances", {"dry_run": False, "only_failed": False}),
    ("POST", f"{API}/backfills", {"dag_id": "nightly_scoring", "from_date": "2026-01-01T00:00:00Z", "to_date": "2026-01-02T00:00:00Z"}),
    ("PATCH", DAG, {"is_paused": True}),
    ("PATCH", f"{DAG}/dagRuns/RUN", {"state": "failed"}),
    ("PATCH", f"{DAG}/dagRuns/RUN", {"note": "mine"}),
    ("DELETE", f"{DAG}/dagRuns/RUN", None),
    ("DELETE", DAG, None),
    ("PATCH", f"{API}/pools/nightshift", {"slots": 0}),
    ("POST", f"{API}/variables", {"key": "mine", "value": "x"}),
    ("POST", f"{API}/connections", {"connection_id": "nightshift_warehouse", "conn_type": "postgres", "host": "elsewhere.example"}),
)


def ask(installed: Installed, method: str, path: str, token: str | None, body: object = None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.request(method, f"{installed.place.url}{path}", headers=headers, json=body, timeout=60, trust_env=False)


@pytest.fixture
def run(installed: Installed, three: list[DagRun]) -> DagRun:
    return three[0]


def login_of(installed: Installed, role: str) -> str:
    """What Airflow hands to somebody of this role when he has logged in: its own token, signed with its own key."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    claims = {"jti": uuid.uuid4().hex, "sub": "eve", "role": role, "teams": [], "aud": "apache-airflow", "nbf": now, "iat": now}
    key = json.loads(installed.place.secrets_file.read_text())["jwt_secret"]
    return jwt.encode(claims | {"exp": now + 600}, key, algorithm="HS512")


def test_nobody_is_told_or_may_change_anything_without_a_login(installed: Installed, run: DagRun) -> None:
    stale = login_of(installed, "ADMIN")[:-2]
    for token in (None, "nonsense", stale):
        for method, path, body in (*(("GET", path, None) for path in (*READ, *KEPT)), *CHANGES):
            answer = ask(installed, method, path.replace("RUN", run.run_id), token, body)
            assert answer.status_code in {401, 403}, (method, path, token, answer.text)
    assert ask(installed, "GET", f"{DAG}/dagRuns", None).status_code == 401
    assert {ask(installed, "GET", path, None).status_code for path in OPEN} == {200}


def test_a_wrong_password_or_none_gives_no_login(installed: Installed) -> None:
    for body in ({"username": USER, "password": "wrong"}, {"username": USER, "password": ""}, {"username": "viewer", "password": "viewer"}):
        assert ask(installed, "POST", "/auth/token", None, body).status_code in {400, 401}
    for path in ("/auth/token", "/auth/token/login"):
        answer = ask(installed, "GET", path, None)  # how Airflow lets everybody in where it is told to
        assert answer.status_code in {401, 403, 405}, (path, answer.text)


def test_nothing_of_ours_listens_to_another_machine(installed: Installed) -> None:
    sessions = [session for session, _ in json.loads((installed.place.home / "children.json").read_text()).values()]
    data = server.start(installed.home).data
    keeper, postmaster = keeper_of(installed.place), int((data / "postmaster.pid").read_text().split()[0])
    assert keeper is not None
    roots = [psutil.Process(pid) for pid in (*sessions, keeper, postmaster)]
    listening = {
        connection.laddr.ip
        for root in roots
        for process in (root, *root.children(recursive=True))
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening
    assert all(ipaddress.ip_address(address).is_loopback for address in listening), listening


def test_the_lowest_role_reads_runs_and_reports_and_changes_nothing(installed: Installed, run: DagRun) -> None:
    viewer = login_of(installed, "VIEWER")
    runs, publications = installed.api.runs(), installed.ask("SELECT count(*) FROM scoring.publication")
    for path in READ:
        assert ask(installed, "GET", path.replace("RUN", run.run_id), viewer).status_code == 200, path
    for method, path, body in (*(("GET", path, None) for path in KEPT), *CHANGES):
        answer = ask(installed, method, path.replace("RUN", run.run_id), viewer, body)
        assert answer.status_code == 403, (method, path, answer.status_code, answer.text)
    assert installed.api.runs() == runs
    assert installed.ask("SELECT count(*) FROM scoring.publication") == publications
    assert installed.api._ask("GET", f"{API}/pools/nightshift")["slots"] == 2


def secrets_of(installed: Installed) -> list[str]:
    """Everything that nobody may read anywhere: passwords, keys, card numbers."""
    with installed.house() as house:
        ours = [str(house.warehouse.url.password), house.signing_key.hex()]
    return [*ours, HOOK_SECRET, CARD, installed.place.password, *json.loads(installed.place.secrets_file.read_text()).values()]


def test_no_log_page_or_xcom_of_airflow_tells_a_secret_or_a_card(installed: Installed, three: list[DagRun]) -> None:
    admin, secrets = login_of(installed, "ADMIN"), secrets_of(installed)
    told = {str(path): path.read_text(errors="replace") for path in installed.place.logs.rglob("*") if path.is_file()}
    assert len(told) > 20
    pages = [path.replace("RUN", run.run_id) for run in three for path in (*READ, *KEPT)]
    logs = [f"{DAG}/dagRuns/{run.run_id}/taskInstances/{task}/logs/1" for run in three for task in installed.api.tasks(run.run_id)]
    for path in (*pages, *logs, f"{API}/eventLogs", f"{API}/jobs", f"{API}/dagSources/nightly_scoring", f"{API}/plugins", "/ui/config"):
        told[path] = ask(installed, "GET", path, admin).text
    assert all(sum(len(text) for place, text in told.items() if part in place) > 1000 for part in ("xcomEntries", "logs/1", "reports"))
    found = [(place, secret[:4]) for place, text in told.items() for secret in secrets if secret in text]
    assert found == []


def test_only_numbers_and_the_last_word_of_a_step_travel_between_tasks(installed: Installed, three: list[DagRun]) -> None:
    entries = installed.api._ask("GET", f"{API}/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=1000")["xcom_entries"]
    assert isinstance(entries, list)
    assert len(entries) > 20
    for entry in (entry for entry in entries if entry["dag_id"] == "nightly_scoring" and entry["key"] != "error"):
        path = f"{DAG}/dagRuns/{entry['run_id']}/taskInstances/{entry['task_id']}/xcomEntries/{entry['key']}"
        value = installed.api._ask("GET", path)["value"]
        value = json.loads(value) if isinstance(value, str) else value
        assert all(isinstance(count, int) for count in (value.values() if isinstance(value, dict) else [value])), (entry, value)
