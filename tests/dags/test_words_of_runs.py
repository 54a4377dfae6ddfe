"""What runs leave for people: the line at the top of a note, and the last words of what failed."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path += [str(Path(__file__).resolve().parents[2] / folder) for folder in ("dags", "plugins")]  # where Airflow puts them, too
import nightshift_oncall
from nightshift_listener import LONGEST, headline, on_dag_run_running, with_headline

from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.evaluation.notice import Notice

MIDNIGHT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def run(run_type: str = "scheduled", conf: dict[str, str] | None = None, **more: object) -> SimpleNamespace:
    named = {"dag_id": "nightly_scoring", "run_id": "r/1", "run_type": run_type, "conf": conf, "note": None}
    return SimpleNamespace(**{**named, "logical_date": MIDNIGHT, "data_interval_start": MIDNIGHT, **more})


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (run(), "night 2026-11-22, mode as-of"),
        (
            run("manual", {"night": "2026-11-05", "mode": "corrected", "reason": "late\nfeed"}),
            "night 2026-11-05, mode corrected, because 'late\nfeed'",
        ),
        (run("manual", {}), "no night, mode as-of"),
        (run("backfill", data_interval_start=MIDNIGHT - dt.timedelta(days=1)), "no night, mode as-of"),
    ],
)
def test_a_run_says_its_night_and_mode_and_one_without_a_night_says_that(found: SimpleNamespace, line: str) -> None:
    assert headline(found) == line  # type: ignore[arg-type]


def test_the_line_is_renewed_and_what_a_person_wrote_stays_below() -> None:
    found = run(note="night 2026-11-22, mode corrected, because 'x'\nAnn is at it\nsince two")
    for _ in range(2):
        on_dag_run_running(found, "")  # type: ignore[arg-type]
        assert found.note == "night 2026-11-22, mode as-of\nAnn is at it\nsince two"


def test_a_note_fits_and_that_of_another_dag_is_left_alone() -> None:
    assert len(with_headline("night x", "y" * 2000)) == LONGEST
    other = run(dag_id="other")
    on_dag_run_running(other, "")  # type: ignore[arg-type]
    assert other.note is None


class Instance:
    """A task as Airflow gives it to a callback: the states of its run, and what the tasks left."""

    def __init__(self, states: dict[str, str], words: dict[str, str]) -> None:
        self.states, self.words = states, words

    def get_task_states(self, _: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return {run_ids[0]: self.states}

    def xcom_pull(self, task_ids: str, key: str = "return_value") -> str | None:
        return self.words.get(task_ids) if key == "error" else None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"extract": "the source is away", "score": "of an earlier try"}, "the source is away"),
        ({}, "it ended without a word: killed, or out of its time; see its log"),
    ],
)
def test_the_message_tells_of_red_steps_alone_and_of_one_that_was_killed(
    words: dict[str, str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nightshift.toml").write_text('[source.transactions]\nentities = { customer = "customer_id" }\n')
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "nightshift.toml"))
    sent: list[Notice] = []
    monkeypatch.setattr(nightshift_oncall, "send", lambda _, notice: sent.append(notice))
    instance = Instance({"plan": "success", "extract": "failed", "score": "upstream_failed"}, words)
    found = run(run_type=SimpleNamespace(value="scheduled"))  # type: ignore[arg-type]
    nightshift_oncall.tell_failure({"dag_run": found, "ti": instance, "reason": "task_failure"})  # type: ignore[typeddict-item]
    (notice,) = sent
    assert (notice.night, notice.happened, notice.sentence) == ("2026-11-22", "extract is red", sentence)
    assert notice.run.endswith("/dags/nightly_scoring/runs/r%2F1")


@pytest.mark.parametrize(("asked", "night"), [({"until": "2026-11-20"}, "2026-11-20"), ({}, "unknown")])
def test_a_training_on_request_that_is_red_is_told_as_a_red_night_is(
    asked: dict[str, str], night: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nightshift.toml").write_text('[source.transactions]\nentities = { customer = "customer_id" }\n')
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "nightshift.toml"))
    sent: list[Notice] = []
    monkeypatch.setattr(nightshift_oncall, "send", lambda _, notice: sent.append(notice))
    found = run(dag_id="one_off_training", run_type="manual", conf=asked)
    instance = Instance({"train": "failed"}, {"train": "a promotion needs a reason"})
    nightshift_oncall.tell_training_failure({"dag_run": found, "ti": instance, "reason": "task_failure"})  # type: ignore[typeddict-item]
    (notice,) = sent
    assert (notice.night, notice.mode, notice.happened) == (night, "training on request", "train is red")
    assert notice.sentence == "a promotion needs a reason"
    assert notice.run == notice.report
    assert notice.run.endswith("/dags/one_off_training/runs/r%2F1")
