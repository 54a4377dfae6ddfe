"""Which night a run means, when it may begin, and what is tried again: the adapter's decisions, without an Airflow."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).resolve().parents[2] / "dags"))  # where Airflow puts it, too
from airflow.sdk import Connection, RetryAction
from nightshift_adapter import WORLD_ONLY, client_options, has_settled, in_flight, warehouse_url

from pipeline.core import errors
from pipeline.core.night import Night, night_of

MIDNIGHT = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
AUTOMATIC = st.sampled_from(["scheduled", "backfill"])


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), AUTOMATIC)
def test_a_run_that_nobody_named_takes_the_night_of_its_data_interval(day: dt.date, run_type: str) -> None:
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    assert night_of(run_type, None, start, start).day == day


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)))
def test_a_manual_run_takes_the_night_it_names_whatever_its_interval_says(day: dt.date) -> None:
    assert night_of("manual", str(day), MIDNIGHT, MIDNIGHT - DAY).day == day


def test_a_manual_run_that_names_no_night_is_refused_even_with_a_logical_date() -> None:
    for logical_date in (None, MIDNIGHT):
        with pytest.raises(errors.UsageError, match="must name its night"):
            night_of("manual", None, logical_date, logical_date and logical_date - DAY)


@given(AUTOMATIC)
def test_a_backfill_that_names_a_night_is_refused_for_all_its_runs_would_be_that_night(run_type: str) -> None:
    with pytest.raises(errors.UsageError, match="names 2026-11-05"):
        night_of(run_type, "2026-11-05", MIDNIGHT, MIDNIGHT)


def test_a_backfill_in_the_slot_of_a_manual_run_is_refused_for_its_interval_is_another_day() -> None:
    with pytest.raises(errors.UsageError, match="delete this run, then backfill the day again"):
        night_of("backfill", None, MIDNIGHT, MIDNIGHT - DAY)


def test_a_run_without_a_data_interval_is_refused() -> None:
    with pytest.raises(errors.UsageError, match="delete this run"):
        night_of("backfill", None, None, None)


def test_a_name_that_is_no_day_is_refused() -> None:
    with pytest.raises(errors.UsageError, match="YYYY-MM-DD"):
        night_of("manual", "2026-02-30", None, None)


def test_an_open_night_is_refused_a_fresh_one_waits_and_a_settled_one_begins() -> None:
    night, settle = Night.parse("2026-11-05"), dt.timedelta(minutes=30)
    with pytest.raises(errors.UsageError, match="is not over before 2026-11-06T00:00:00"):
        has_settled(night, night.end - dt.timedelta(microseconds=1), settle)
    assert not has_settled(night, night.end, settle)
    assert not has_settled(night, night.end + settle - dt.timedelta(microseconds=1), settle)
    assert has_settled(night, night.end + settle, settle)


def test_the_scheduled_night_waits_for_the_night_before_but_not_for_ever() -> None:
    patience = dt.timedelta(minutes=30)
    assert in_flight("scheduled", dt.timedelta(0), patience) == ("queued", "running")
    assert in_flight("scheduled", patience, patience) == ()


def test_a_backfill_run_backwards_does_not_wait_for_the_night_that_is_queued_behind_it() -> None:
    assert in_flight("backfill", dt.timedelta(0), dt.timedelta(minutes=30)) == ("running",)


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (errors.WorldError("the server is away"), RetryAction.RETRY),
        (errors.BusyError("another run owns the night"), RetryAction.RETRY),
        (ConnectionResetError(), RetryAction.RETRY),
        (errors.StaleRunError("overtaken"), RetryAction.FAIL),
        (errors.CorruptionError("bytes differ"), RetryAction.FAIL),
        (errors.GateError("a check failed"), RetryAction.FAIL),
        (errors.SourceContractError("a column is missing"), RetryAction.FAIL),
        (errors.UsageError("no night"), RetryAction.FAIL),
        (errors.NoModelError("no model"), RetryAction.FAIL),
        (TypeError("a bug"), RetryAction.FAIL),
    ],
)
def test_the_world_is_tried_again_and_nothing_else(error: Exception, action: RetryAction) -> None:
    assert WORLD_ONLY.evaluate(error, try_number=1, max_tries=6).action is action


def _connection(conn_type: str = "postgres", extra: str | None = None) -> Connection:
    return Connection(
        conn_id="nightshift_warehouse",
        conn_type=conn_type,
        host="db.example",
        port=6543,
        login="scorer",
        password="p@ss/w:rd",
        schema="warehouse",
        extra=extra,
    )


def test_a_connection_becomes_a_url_that_keeps_every_part_of_it() -> None:
    from sqlalchemy import make_url

    url = make_url(warehouse_url(_connection(extra='{"sslmode": "verify-full", "sqlalchemy_query": {"application_name": "nightshift"}}')))
    assert (url.drivername, url.host, url.port, url.database) == ("postgresql+psycopg", "db.example", 6543, "warehouse")
    assert (url.username, url.password) == ("scorer", "p@ss/w:rd")
    assert dict(url.query) == {"sslmode": "verify-full", "application_name": "nightshift"}


def test_a_misspelt_extra_is_refused_lest_the_line_go_unencrypted() -> None:
    with pytest.raises(errors.UsageError, match="ssl_mode"):
        client_options({"ssl_mode": "require"})


def test_a_connection_to_something_else_is_refused() -> None:
    with pytest.raises(errors.UsageError, match="is of type 'mysql'"):
        warehouse_url(_connection(conn_type="mysql"))
