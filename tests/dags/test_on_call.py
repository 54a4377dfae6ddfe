"""What the person on call has of a real Airflow: notes, messages, a deadline, a pool, events."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ops.rest import DagRun, wait_until
from pipeline.core.night import Night
from tests.dags.conftest import HOOK_SECRET, Installed

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

RUN = "/api/v2/dags/nightly_scoring/dagRuns"
MADE = {"nightshift_features": "build_features", "nightshift_predictions": "publish", "nightshift_model": "retrain"}


def told(installed: Installed, night: Night) -> list[Mapping[str, object]]:
    """The messages about a night."""
    return [body for _, _, body in installed.posts.received if body["night"] == str(night)]


def test_every_run_has_its_night_and_its_mode_in_its_note(installed: Installed, three: list[DagRun]) -> None:
    notes = [installed.api._ask("GET", f"{RUN}/{run.run_id}")["note"] for run in three]
    assert notes == [f"night {run.night}, mode as-of" for run in three]


def test_the_note_of_a_run_in_another_mode_says_so_before_its_first_task_is_done(installed: Installed, three: list[DagRun]) -> None:
    run_id = installed.api.trigger({"night": str(installed.last), "mode": "corrected", "reason": "the feed was late"})
    note = wait_until("the note", 120, lambda: installed.api._ask("GET", f"{RUN}/{run_id}")["note"])
    assert installed.api.tasks(run_id)["plan"] == "none"
    assert note == f"night {installed.last}, mode corrected, because 'the feed was late'"
    assert installed.finished(run_id).state == "success"


def test_the_schedulers_start_made_the_pool(installed: Installed) -> None:
    assert installed.api._ask("GET", "/api/v2/pools/nightshift")["slots"] == 2


def test_what_a_night_made_is_told_by_events_with_counts(installed: Installed, three: list[DagRun]) -> None:
    events = installed.api._ask("GET", "/api/v2/assets/events?limit=200")["asset_events"]
    assert isinstance(events, list)
    for run in three:
        own = {event["name"]: event for event in events if event["source_run_id"] == run.run_id}
        assert {name: event["source_task_id"] for name, event in own.items()} == MADE
        assert {event["extra"]["night"] for event in own.values()} == {str(run.night)}
        assert own["nightshift_predictions"]["extra"]["published"] == own["nightshift_features"]["extra"]["rows"] > 1000


def test_only_the_scheduled_night_has_a_deadline(installed: Installed, three: list[DagRun]) -> None:
    """It was over for hours when its run was made, as were the nights of the backfill."""
    night = installed.last
    late = wait_until("the message that the night is late", 60, lambda: told(installed, night) or None)
    assert [message["happened"] for message in late] == ["not done 1s after its end"]
    assert [told(installed, night.back(back)) for back in (1, 2)] == [[], []]


def test_a_failed_gate_is_told_once_with_check_value_limit_and_links(installed: Installed, three: list[DagRun]) -> None:
    if not told(installed, installed.refused):
        run_id = installed.api.trigger({"night": str(installed.refused)})
        assert installed.finished(run_id).state == "failed"
    message, *others = wait_until("the message", 120, lambda: told(installed, installed.refused) or None)
    assert others == []
    (broken,) = message["broken"]  # type: ignore[misc]
    assert (broken["gate"], broken["check"], broken["limit"]) == ("transactions", "rows_accepted", "at least 0.95")
    assert 0.3 < float(broken["value"]) < 0.5
    assert message["happened"] == "judge is red"
    assert str(message["report"]).startswith(f"{installed.place.url}/dags/nightly_scoring/runs/")
    assert all(headers["authorization"] == HOOK_SECRET for _, headers, _ in installed.posts.received)
    logs = [log.read_text(errors="replace") for log in installed.place.logs.rglob("*.log")]
    assert not any(HOOK_SECRET in log for log in logs)
