"""Airflow's own pages, as a person goes through them: by what is written on their buttons and fields."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ops.airflow import USER, Place
from ops.rest import DAG
from ops.window import FIELD, PATIENCE, TEXT, Window
from pipeline.core.errors import WorldError
from pipeline.core.night import Night

NO_DATE_YET = "Select date and time"


def sign_in(window: Window, place: Place) -> None:
    window.go(place.url)
    window.write("textbox", "Username", USER)
    window.write("textbox", "Password", place.password)
    window.click("button", "Sign in")
    window.await_text("Dags", "Assets", "Admin")


def open_dag(window: Window, place: Place) -> None:
    window.go(f"{place.url}/dags/{DAG}")
    window.await_text("Overview", "Backfills", "Night report")


def fill_backfill(window: Window, first: Night, last: Night) -> str:
    """The form of a backfill of these nights, nothing else touched, up to its button; what it then says."""
    window.click("button", "Trigger Dag")
    window.click("radio", "Backfill")
    for name, night in (("From", first), ("To", last)):
        window.click(TEXT, NO_DATE_YET)
        window.write("textbox", name, f"{night.day:%Y/%m/%d}")
        window.click(TEXT, "Date Range")  # anywhere else: the calendar closes
        window.await_text(f"{night.day:%b %d, %Y}")
    return window.await_text("will be triggered")


def fill_correction(window: Window, night: Night, reason: str) -> None:
    """The form of a run by hand in mode `corrected`, up to its button."""
    window.click("button", "Trigger Dag")
    for part, keys in (("Month", f"{night.day:%m}"), ("Day", f"{night.day:%d}"), ("Year", f"{night.day:%Y}")):
        window.press("spinbutton", part, keys)
    window.click("combobox", "Mode")
    window.click("option", "corrected")
    window.write(FIELD, "element_reason", reason)


def await_green_list(window: Window, runs: int, patience: float) -> str:
    """Watch the list of runs until so many are green, each for itself; `WorldError` where one is red."""

    def all_green(told: str) -> bool:
        if re.search(r"^Failed\s*$", told, re.MULTILINE):
            raise WorldError(f"a run is red: {told}")
        return len(re.findall(r"^Success\s*$", told, re.MULTILINE)) >= runs

    window.click("link", "Runs")
    return window.await_page(f"{runs} green runs", all_green, patience)


def await_run_page(window: Window, patience: float = PATIENCE) -> str:
    """Wait until the page of a run that was just triggered has come; the run's id."""
    window.await_page("a run", lambda _: "/runs/manual__" in window.address, patience)
    return unquote(window.address.rsplit("/", 1)[1])


def await_green(window: Window, run_id: str, patience: float) -> str:
    """Watch the page of a run until it is green; `WorldError` where it is red."""

    def is_green(told: str) -> bool:
        state = re.search(rf"^{re.escape(run_id)}\n(\w+)$", told, re.MULTILINE)
        if state is not None and state[1] == "Failed":
            raise WorldError(f"run {run_id} is red: {told}")
        return state is not None and state[1] == "Success"

    return window.await_page(f"run {run_id} in green", is_green, patience)
