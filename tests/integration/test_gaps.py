"""Nights that lack something are found wherever the chain is broken."""

from __future__ import annotations

import pytest

from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import chain, ledger
from pipeline.planning import gaps
from tests.commanding import NEXT, SCORED, nightshift
from tests.worlds import World

pytestmark = pytest.mark.slow


def lacking(world: World, now: str) -> dict[str, str]:
    """What each night lacks at the beginning of a day."""
    with world.house(Night.parse(now).start) as house, house.warehouse.begin() as connection:
        begins = ledger.begins_with(connection)
        assert begins is not None
        links = chain.links(connection, begins, Night.parse(now).back(1), house.view.fingerprint)
    return {str(gap.night): gap.lacks for gap in gaps(links, begins)}


def test_a_night_that_was_never_run_is_found(behind: World) -> None:
    assert lacking(behind, NEXT) == {}
    assert lacking(behind, "2026-03-07") == {NEXT: "it was never run", "2026-03-06": "it was never run"}


def test_a_night_that_was_begun_judged_and_not_ended_is_found_at_each_step(behind: World) -> None:
    with behind.house() as house:
        run_id = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="test")
        said = [lacking(behind, "2026-03-06")[NEXT]]
        for step in (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish, steps.monitor, steps.retrain):
            step(house, run_id)
            said.append(lacking(behind, "2026-03-06").get(NEXT, "nothing"))
    begun, judged = "a run of it was begun and did not end", "it passed its gates and was not published"
    looked, trained = "nobody looked back on it after it ran (step monitor)", "training has not got to it (step retrain)"
    assert [told.partition(";")[0] for told in said] == [begun, begun, begun, begun, judged, looked, trained, "nothing"]
    assert ["may be at work" in told for told in said] == [True] * 5 + [False] * 3  # whoever obeys at once would overtake a run that lives


def test_a_night_that_a_gate_stopped_is_found_with_the_check(behind: World) -> None:
    behind.change(f"UPDATE transactions SET amount = -1 WHERE recorded_at >= '{NEXT}' AND recorded_at < '2026-03-06'")
    assert nightshift("night", NEXT).code == 3
    assert lacking(behind, "2026-03-06")[NEXT] == "it was stopped by the gate transactions, check rows_accepted"


def test_the_command_tells_them_and_the_repair_and_ends_with_three(behind: World) -> None:
    outcome = nightshift("gaps")
    assert outcome.code == 3, outcome
    assert f"'nightshift backfill {NEXT} " in outcome.err
    assert nightshift("backfill", NEXT, "2026-03-06").code == 0
    assert "2026-03-05" not in nightshift("gaps").out


def test_before_the_first_night_nothing_is_missing(world: World) -> None:
    world.make_tables()
    outcome = nightshift("gaps")
    assert (outcome.code, outcome.out) == (0, "no night was ever run\n")


def test_the_first_nights_had_no_champion_and_that_is_no_gap(behind: World) -> None:
    assert behind.scalar(f"SELECT count(*) FROM scoring.night_summary WHERE state = 'unscored' AND night < '{SCORED}'") == 3
    assert lacking(behind, NEXT) == {}
