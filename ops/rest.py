"""Airflow's own API, as far as we ask it: a command of its command line costs ten seconds, a request a few milliseconds."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import httpx

from ops.airflow import USER, Place
from pipeline.core.errors import BusyError, UsageError, WorldError
from pipeline.core.night import Night

DAG = "nightly_scoring"
FINISHED = ("success", "failed")

Found = TypeVar("Found")


@dataclass(frozen=True)
class Health:
    """Status of each part by name, in Airflow's words; `unreachable` where nobody answers."""

    parts: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        return all(status == "healthy" for status in self.parts.values())

    def __str__(self) -> str:
        return ", ".join(f"{name} {status}" for name, status in self.parts.items())


@dataclass(frozen=True)
class DagRun:
    """A run as Airflow lists it; `night` is None for a run made by hand, which has no night of its own."""

    run_id: str
    run_type: str
    state: str
    night: Night | None


class AirflowApi:
    """A signed-in client that asks about one DAG.

    Every method raises `WorldError` where Airflow does not answer, `BusyError` where something is in the way, `UsageError` where it
    refuses.
    """

    def __init__(self, url: str, user: str, password: str, dag: str = DAG) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)  # no proxy stands before this machine
        self._credentials = {"username": user, "password": password}
        self._dag = dag

    @classmethod
    def at(cls, place: Place, dag: str = DAG) -> AirflowApi:
        return cls(place.url, USER, place.password, dag)

    def health(self) -> Health:
        """Never raises: who does not answer is unreachable."""
        try:
            answer = self._client.get("/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return Health({"api-server": "unreachable"})
        named = {"metadatabase": "metadatabase", "scheduler": "scheduler", "dag-processor": "dag_processor"}
        return Health({name: (answer.get(key) or {}).get("status") or "not yet up" for name, key in named.items()})

    def knows_dag(self) -> bool:
        """Whether the DAG has been read and may be run."""
        answer = self._client.get(f"/api/v2/dags/{self._dag}", headers=self._token())
        return answer.status_code == httpx.codes.OK

    def pause(self, paused: bool) -> None:
        self._ask("PATCH", f"/api/v2/dags/{self._dag}", {"is_paused": paused})

    def backfill(self, first: Night, last: Night, *, reprocess: str = "completed", conf: Mapping[str, str] | None = None) -> None:
        """Run every night from `first` to `last`, one after the other.

        `reprocess` says what happens to nights that have a run: `none`, `failed` (those that failed run again) or `completed` (all do).
        """
        body = {
            "dag_id": self._dag,
            "from_date": first.start.isoformat(),
            "to_date": last.start.isoformat(),
            "max_active_runs": 1,
            "reprocess_behavior": reprocess,
            "dag_run_conf": dict(conf or {}),
        }
        self._ask("POST", "/api/v2/backfills", body)

    def trigger(self, conf: Mapping[str, str | bool], logical_date: dt.datetime | None = None) -> str:
        """Make a run by hand; its id."""
        body = {"logical_date": logical_date and logical_date.isoformat(), "conf": dict(conf)}
        return str(self._ask("POST", f"/api/v2/dags/{self._dag}/dagRuns", body)["dag_run_id"])

    def runs(self) -> list[DagRun]:
        """All runs, the newest night first."""
        listed = self._ask("GET", f"/api/v2/dags/{self._dag}/dagRuns?limit=100&order_by=-run_after")["dag_runs"]
        assert isinstance(listed, list)
        return [_run(found) for found in listed]

    def tasks(self, run_id: str) -> dict[str, str]:
        """State of each task of a run, by name; `none` for one that has not begun."""
        found = self._ask("GET", f"/api/v2/dags/{self._dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        assert isinstance(found, list)
        return {task["task_id"]: task["state"] or "none" for task in found}

    def log(self, run_id: str, task: str, attempt: int | None = None) -> str:
        """The log of one try of a task, the newest where none is named: one line an event, with the text of an exception."""
        instance = f"/api/v2/dags/{self._dag}/dagRuns/{run_id}/taskInstances/{task}"
        chosen = attempt if attempt is not None else self._ask("GET", instance)["try_number"]
        answer = self._ask("GET", f"{instance}/logs/{chosen}")
        return "\n".join(_lines(answer["content"]))

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        try:
            answer = self._client.request(method, path, json=body, headers=self._token())
        except httpx.HTTPError as error:
            raise WorldError(f"Airflow does not answer at {self._client.base_url}: {error}; see 'python -m ops.stay status'") from None
        if answer.status_code == httpx.codes.CONFLICT:
            raise BusyError(f"Airflow is busy with another: {answer.text[:500]}")
        if answer.is_error:
            raise UsageError(f"Airflow refuses {method} {path} with {answer.status_code}: {answer.text[:500]}")
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def _token(self) -> dict[str, str]:
        """A fresh token a request: they are cheap, and none can expire in the hands of somebody who waits."""
        try:
            answer = self._client.post("/auth/token", json=self._credentials)
        except httpx.HTTPError as error:
            raise WorldError(f"Airflow does not answer at {self._client.base_url}: {error}; see 'python -m ops.stay status'") from None
        if answer.is_error:
            raise UsageError(f"Airflow refuses the user '{self._credentials['username']}' with {answer.status_code}: see the password file")
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _run(found: Mapping[str, str | None]) -> DagRun:
    start = found["data_interval_start"] if found["run_type"] != "manual" else None
    night = Night.of(dt.datetime.fromisoformat(start)) if start else None
    return DagRun(str(found["dag_run_id"]), str(found["run_type"]), str(found["state"]), night)


def _lines(content: object) -> Iterator[str]:
    """Each event in a line, with the text of the exceptions that came with it."""
    for event in content if isinstance(content, list) else [content]:
        if not isinstance(event, dict):
            yield str(event)
            continue
        errors = [f"{error['exc_type']}: {error['exc_value']}" for error in event.get("error_detail") or []]
        yield " ".join([str(event.get("event", event)), *errors])


def wait_until(what: str, patience: float, look: Callable[[], Found | None], rest: float = 1.0) -> Found:
    """Look again and again until something comes; `WorldError` after `patience` seconds."""
    deadline = time.monotonic() + patience
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise WorldError(f"{what} did not happen within {patience:.0f} s")
        time.sleep(rest)
    return found
