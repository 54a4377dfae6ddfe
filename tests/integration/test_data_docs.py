"""Great Expectations' own pages of a night, drawn on request: from what is stored, without a network, into an empty folder."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from tests.commanding import FIRST, NEXT, SCORED, nightshift, says
from tests.worlds import World

GATES = ("transactions", "features", "predictions", "champion", "live", "challenger")  # nothing could be told of alarms


def refuse(*_: object) -> NoReturn:
    raise AssertionError("somebody asks the network")


def pages_behind(index: Path) -> dict[str, str]:
    """The pages that the index leads to, by the gate that they are about."""
    links = re.findall(r"'_table_row_link_path': 'validations/([^/']+)/([^']+)'", index.read_text())
    return {gate: (index.parent / "validations" / gate / page).read_text() for gate, page in links}


def test_the_index_leads_to_a_page_for_each_gate_that_names_its_checks(
    scored: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "connect", refuse)
    outcome = nightshift("report", SCORED, "--data-docs", str(tmp_path / "docs"))
    assert outcome.code == 0, outcome
    index = tmp_path / "docs" / "index.html"
    assert outcome.out.splitlines()[-1] == str(index)
    judged = scored.rows(f"SELECT gate, check_name, figure, passed FROM scoring.evaluation WHERE night = '{SCORED}'")
    pages = pages_behind(index)
    assert set(pages) == set(GATES)
    for row in judged:
        named = f"{row.check_name} (" in pages[str(row.gate)] if row.gate in pages else False
        assert named == (row.passed is not None), row
    assert SCORED in pages["transactions"]


def test_a_night_that_was_stopped_has_pages_too(behind: World, tmp_path: Path) -> None:
    behind.change("UPDATE transactions SET amount = 'NaN' WHERE transaction_id BETWEEN 4000 AND 4100")
    assert nightshift("night", NEXT).code == 3
    assert nightshift("report", NEXT, "--data-docs", str(tmp_path / "docs")).code == 0
    page = pages_behind(tmp_path / "docs" / "index.html")["transactions"]
    assert "rows_accepted (fail): accepted_share must be at least 0.95; too many rows break the source contract" in page
    assert "Failed" in page


def test_a_folder_that_holds_anything_is_refused_and_left_as_it_was(scored: World, tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    outcome = nightshift("report", SCORED, "--data-docs", str(tmp_path))
    assert outcome.code == 2
    assert f"{tmp_path} is not empty: name a folder that is" in outcome.err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_night_without_a_run_has_none(scored: World, tmp_path: Path) -> None:
    says(2, "night 2026-02-01 was never run", "report", "2026-02-01", "--data-docs", str(tmp_path / "docs"))
    assert FIRST < SCORED
