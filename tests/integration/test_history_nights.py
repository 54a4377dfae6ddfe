"""Nights that were sealed as history of a later one, and are run themselves afterwards."""

from __future__ import annotations

import pytest

from tests.commanding import nightshift, refused
from tests.worlds import SMALL, World, trade

NEWEST, BEHIND = "2026-03-02", "2026-03-01"
GATE = "SELECT state, rejected_rows, transactions_gate FROM scoring.night_summary WHERE night = '{}'"
ACCEPTED = "SELECT value, severity, passed FROM scoring.evaluation WHERE night = '{}' AND check_name = 'rows_accepted'"


@pytest.fixture
def spoilt(world: World) -> World:
    """Two nights of trade; in each, 14 of the 140 rows break the contract."""
    world.configure(**SMALL)
    world.make_tables()
    world.bring(trade(BEHIND, nights=2))
    world.change("UPDATE transactions SET amount = -1 WHERE transaction_id % 10 = 0")
    return world


def test_a_night_whose_rows_bind_already_as_history_is_marked_by_its_rejections_and_not_stopped_for_ever(spoilt: World) -> None:
    spoilt.change(f"UPDATE transactions SET amount = 1 WHERE amount < 0 AND recorded_at >= '{NEWEST}'")
    assert nightshift("night", NEWEST).code == 0
    assert nightshift("night", BEHIND).code == 0
    assert spoilt.rows(ACCEPTED.format(BEHIND)) == [(0.9, "warn", False)]
    assert spoilt.rows(GATE.format(BEHIND)) == [("unscored", 14, "warned")]


def test_a_night_that_can_be_extracted_again_is_stopped_by_its_rejections(spoilt: World) -> None:
    refused(spoilt, 3, "rows_accepted", "night", NEWEST)
    refused(spoilt, 3, "rows_accepted", "night", BEHIND)
    assert spoilt.rows(ACCEPTED.format(NEWEST)) == [(0.9, "fail", False)]
