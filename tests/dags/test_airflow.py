"""The DAG in a real Airflow: what becomes of a run, as Airflow's own database and the warehouse tell it."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal

import pytest

from ops import stay
from ops.demo_airflow import failure
from ops.keeper import keeper_of
from ops.rest import wait_until
from ops.supervisor import members
from pipeline import steps
from pipeline.core.errors import BusyError, UsageError
from pipeline.core.night import Night
from pipeline.data import server
from tests.dags.conftest import Installed

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

STEPS = ["wait", "plan", "extract", "build_features", "score", "judge", "publish", "monitor", "retrain"]


def test_a_backfill_and_then_the_schedule_turn_three_nights_green_in_order(installed: Installed) -> None:
    api, last = installed.api, installed.last
    api.backfill(last.back(2), last.back(1), reprocess="none")
    api.pause(False)
    runs = [installed.run_of(night) for night in (last.back(2), last.back(1), last)]

    assert [(run.run_type, run.state) for run in runs] == [("backfill", "success"), ("backfill", "success"), ("scheduled", "success")]
    assert [api.tasks(run.run_id) for run in runs] == [dict.fromkeys(STEPS, "success")] * 3
    started = installed.ask("SELECT night, started_at FROM scoring.run WHERE night >= :night ORDER BY started_at", night=last.back(2).day)
    assert [str(night) for night, _ in started] == [str(last.back(2)), str(last.back(1)), str(last)]


def test_every_green_night_has_exactly_one_current_publication(installed: Installed) -> None:
    nights = [installed.run_of(installed.last.back(back)).night for back in (2, 1, 0)]
    for night in nights:
        assert night is not None
        query = "SELECT count(*) FROM scoring.publication WHERE night = :night AND superseded_at IS NULL"
        assert installed.ask(query, night=night.day) == [(1,)]
        assert len(installed.scores(night)) > 1000


def test_the_run_keeps_who_asked_for_it(installed: Installed) -> None:
    run = installed.run_of(installed.last)
    asked = installed.ask("SELECT requested_by, scheduled FROM scoring.run WHERE night = :night", night=installed.last.day)
    assert asked == [(f"airflow ({run.run_id})", True)]


def test_the_same_night_from_the_shell_gives_the_same_scores_and_one_publication(installed: Installed) -> None:
    night = installed.last.back(1)
    assert installed.run_of(night).state == "success"
    from_airflow = installed.scores(night)
    with installed.house() as house:
        for _ in steps.run_night(house, night, scheduled=False, requested_by="test"):
            pass
    assert installed.scores(night) == from_airflow
    published = installed.ask("SELECT superseded_at IS NULL AS is_current FROM scoring.publication WHERE night = :night", night=night.day)
    assert sorted(published) == [(False,), (True,)]


def test_a_manual_run_without_a_night_fails_at_once_and_says_what_to_do(installed: Installed) -> None:
    run_id = installed.api.trigger({})
    assert installed.finished(run_id).state == "failed"
    assert installed.api.tasks(run_id) == dict.fromkeys(STEPS, "upstream_failed") | {"wait": "failed", "retrain": "skipped"}
    assert "UsageError: a manual run must name its night" in installed.api.log(run_id, "wait")
    with pytest.raises(UsageError, match="404"):
        installed.api.log(run_id, "wait", attempt=2)


def test_a_night_that_is_not_over_is_refused_at_once(installed: Installed) -> None:
    today = Night.of(dt.datetime.now(dt.UTC))
    run_id = installed.api.trigger({"night": str(today)})
    assert installed.finished(run_id).state == "failed"
    assert f"UsageError: night {today} is not over" in installed.api.log(run_id, "wait")


def test_a_backfill_that_takes_the_slot_of_a_manual_run_is_refused(installed: Installed) -> None:
    """A manual run of logical date D has the interval of D - 1: cleared by a backfill of D it would run D - 1 again and look green."""
    night = installed.before_all
    run_id = installed.api.trigger({}, logical_date=night.start)
    assert installed.finished(run_id).state == "failed"
    wait_until("the end of the backfill before", 90, lambda: _backfilled(installed, night))
    wait_until("the second try", 120, lambda: _has_log(installed, run_id, 2))
    run = installed.finished(run_id)
    assert run.state == "failed"
    assert "must name its night" in installed.api.log(run_id, "wait", attempt=1)
    assert "delete this run, then backfill the day again" in installed.api.log(run_id, "wait")
    assert "delete this run, then backfill the day again" in str(failure(installed.api, run))  # what the newest try said


def test_no_night_gets_by_that_is_no_day(installed: Installed) -> None:
    for text in ("yesterday", "2026-11-2", "2026-11-22'; DROP TABLE scoring.run; --"):
        with pytest.raises(UsageError, match="refuses"):
            installed.api.trigger({"night": text})


def test_a_failed_gate_turns_the_run_red_publishes_nothing_and_is_entered_in_the_ledger(installed: Installed) -> None:
    night = installed.refused
    run_id = installed.api.trigger({"night": str(night)})
    assert installed.finished(run_id).state == "failed"

    done = dict.fromkeys(["wait", "plan", "extract", "build_features", "score"], "success")
    assert installed.api.tasks(run_id) == done | {
        "judge": "failed",
        "publish": "upstream_failed",
        "monitor": "upstream_failed",
        "retrain": "skipped",
    }
    log = installed.api.log(run_id, "judge")
    assert "GateError: " in log
    assert "rows_accepted" in log
    assert installed.ask("SELECT 1 FROM scoring.publication WHERE night = :night", night=night.day) == []
    entered = installed.ask("SELECT outcome FROM scoring.training_ledger WHERE night = :night", night=night.day)
    assert entered == [("skipped",)]


def test_a_scheduler_that_dies_is_back_within_a_minute_and_its_workers_do_not_stay(installed: Installed) -> None:
    record = installed.place.home / "children.json"
    session = json.loads(record.read_text())["scheduler"][0]
    os.kill(session, signal.SIGKILL)
    wait_until("another scheduler", 60, lambda: json.loads(record.read_text())["scheduler"][0] != session or None)
    assert list(members(session)) == []
    wait_until("a healthy Airflow", 120, lambda: installed.api.health().is_good or None)


def test_a_database_that_is_killed_is_back_by_itself_and_airflow_with_it(installed: Installed) -> None:
    data = server.start(installed.home).data
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    wait_until("an Airflow that notices", 60, lambda: not installed.api.health().is_good or None, rest=0.1)
    wait_until("a healthy Airflow", 180, lambda: installed.api.health().is_good or None)


def test_there_is_one_keeper(installed: Installed) -> None:
    keeper = keeper_of(installed.place)
    assert keeper is not None
    assert stay.begin(installed.place) is None
    assert keeper_of(installed.place) == keeper


def test_what_is_secret_is_readable_by_its_owner_alone(installed: Installed) -> None:
    home = installed.place.home
    assert {oct(path.stat().st_mode & 0o777) for path in (installed.place.passwords_file, installed.place.secrets_file)} == {"0o600"}
    assert oct(home.stat().st_mode & 0o777) == "0o700"


def _has_log(installed: Installed, run_id: str, attempt: int) -> bool | None:
    try:
        return "Error: " in installed.api.log(run_id, "wait", attempt) or None
    except UsageError:
        return None


def _backfilled(installed: Installed, night: Night) -> bool | None:
    try:
        installed.api.backfill(night, night, reprocess="failed")
    except BusyError:
        return None
    return True
