"""Steps of a published run, called again as Airflow does where somebody clears them."""

from __future__ import annotations

from pipeline import steps
from tests.commanding import NEXT
from tests.worlds import World

BEFORE = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish)
ENTERED = """SELECT step, started_at, seconds, counts, figures FROM scoring.run_step
    WHERE run_id = {} AND step IN ('extract', 'build_features', 'score', 'judge', 'publish') ORDER BY step"""


def test_what_led_to_a_publication_is_not_done_again_though_our_clock_is_ahead_of_the_databases(behind: World) -> None:
    run_id = behind.run(NEXT)  # by a clock that is decades ahead
    entered = behind.rows(ENTERED.format(run_id))
    behind.change("DELETE FROM transactions WHERE transaction_id = 4000")  # of that night: an extraction would notice
    with behind.house() as house:
        for step in BEFORE:
            step(house, run_id)
    assert len(entered) == len(BEFORE)
    assert behind.rows(ENTERED.format(run_id)) == entered
    assert behind.scalar(f"SELECT count(*) FROM scoring.evaluation WHERE run_id = {run_id} AND check_name = 'source_agrees'") == 1


def test_what_comes_after_a_publication_may_be_done_again(behind: World) -> None:
    run_id = behind.run(NEXT)
    (report,) = (behind.home / ".nightshift" / "lake" / "reports").glob(f"{NEXT}.html")
    report.unlink()
    entries = "SELECT * FROM scoring.training_ledger ORDER BY entry_id"
    before = behind.rows(entries)
    with behind.house() as house:
        steps.monitor(house, run_id)
        steps.retrain(house, run_id)
    assert NEXT in report.read_text()
    assert behind.rows(entries) == before  # what was trained stays as it is
