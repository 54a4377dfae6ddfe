"""Steps of a published run, called again as Airflow does where somebody clears them."""

from __future__ import annotations

from pipeline import steps
from tests.commanding import NEXT, nightshift
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


def test_a_night_is_published_again_though_the_servers_clock_was_set_back_since(behind: World) -> None:
    first = behind.run(NEXT)
    behind.change("ALTER TABLE scoring.publication DISABLE TRIGGER superseded_once",
        f"UPDATE scoring.publication SET published_at = clock_timestamp() + interval '1 hour' WHERE run_id = {first}",
        "ALTER TABLE scoring.publication ENABLE TRIGGER superseded_once")  # fmt: skip  # as if it had been ahead by an hour
    second = behind.run(NEXT)
    told = behind.rows(f"SELECT run_id, superseded_at, published_at FROM scoring.publication WHERE night = '{NEXT}' ORDER BY published_at")
    (old, ended, _), (new, still, begun) = told
    assert (old, new, still) == (first, second, None)
    assert ended == begun  # at every instant one of them stands, and one alone


def test_a_night_whose_training_met_a_damaged_file_is_published_and_trained_when_it_runs_again(behind: World) -> None:
    outcome = f"SELECT outcome, reason FROM scoring.training_ledger WHERE night = '{NEXT}' ORDER BY entry_id DESC LIMIT 1"
    path = max((behind.home / ".nightshift" / "lake" / "reservoir").rglob("*.parquet"), key=lambda path: path.parent.name)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert nightshift("night", NEXT).code == 0
    assert behind.scalar(f"SELECT state FROM scoring.night_summary WHERE night = '{NEXT}'") == "published"
    ((became, why),) = behind.rows(outcome)
    assert became == "failed"
    assert "restore it from a copy" in str(why)
    path.write_bytes(content)
    assert nightshift("night", NEXT).code == 0
    ((became, _),) = behind.rows(outcome)
    assert became in {"kept", "promoted"}


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
