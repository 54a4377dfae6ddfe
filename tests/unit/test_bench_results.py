"""The collector of all benches: each runs in its own process, one that fails is named, the others still count."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bench import results
from bench.parts import results_page
from bench.parts.measure import Figure, at_most
from bench.parts.results_page import reached
from tests.conftest import CHECKOUT

SOUND = """
import json, sys
print("a table")
figure = {"figure": "speed", "value": 0.3, "goal": 0.25, "holds": False, "aim": 0.2, "unit": ""}
open(sys.argv[sys.argv.index("--json") + 1], "w").write(json.dumps([figure]))
"""
BROKEN = "raise SystemExit('the disk is full')"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one bench that runs, one that fails, and the collector's own script."""
    (tmp_path / "bench").mkdir()
    for name, code in {"fast": SOUND, "broken": BROKEN, "results": "", "growth": "", "__init__": ""}.items():
        (tmp_path / "bench" / f"{name}.py").write_text(code)
    monkeypatch.setattr(results, "CHECKOUT", tmp_path)
    return tmp_path


def test_every_script_is_a_bench_but_the_collector_and_growth(checkout: Path) -> None:
    assert results.benches() == ["broken", "fast"]


def test_a_bench_that_fails_is_named_and_the_others_still_count(checkout: Path) -> None:
    code = results.collect(["broken", "fast"], True, checkout / "out")
    page, written = (checkout / "out" / "RESULTS.md").read_text(), json.loads((checkout / "out" / "results.json").read_text())
    assert code == 1
    assert "**broken** ended with 1" in page
    assert "the disk is full" in page
    assert "a table" in page
    assert [(figure["name"], figure["bench"], figure["value"], figure["reached"]) for figure in written["figures"]] == [
        ("speed", "fast", 0.3, "no")
    ]
    assert [(bench["name"], bench["failed"]) for bench in written["benches"]] == [("broken", True), ("fast", False)]


def test_a_missed_goal_is_told_and_fails_nothing(checkout: Path) -> None:
    assert results.collect(["fast"], False, checkout / "out") == 0
    assert "* speed is 0.3, its goal 0.25: see `fast` below" in (checkout / "out" / "RESULTS.md").read_text()


def test_a_missed_goal_says_what_was_tried(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_page, "TRIED", {"speed": "another engine"})
    results.collect(["fast"], False, checkout / "out")
    assert "see `fast` below. What was tried: another engine." in (checkout / "out" / "RESULTS.md").read_text()


def test_what_is_not_measured_again_stays_on_the_page_with_its_own_remark(checkout: Path) -> None:
    results.collect(["broken", "fast"], False, checkout / "out", "the first time")
    (checkout / "bench" / "fast.py").write_text(SOUND.replace("0.3", "0.2").replace("False", "True"))
    results.collect(["fast"], False, checkout / "out", "the second time")
    page, written = (checkout / "out" / "RESULTS.md").read_text(), json.loads((checkout / "out" / "results.json").read_text())
    assert [(bench["name"], bench["note"]) for bench in written["benches"]] == [("broken", "the first time"), ("fast", "the second time")]
    assert [(figure["value"], figure["reached"]) for figure in written["figures"]] == [(0.2, "aim")]
    assert page.index("**broken** ended with 1") < page.index("## broken") < page.index("the first time") < page.index("the second time")
    assert "Not reached" not in page


def test_what_was_measured_with_other_versions_is_not_kept(checkout: Path) -> None:
    results.collect(["broken", "fast"], False, checkout / "out")
    file = checkout / "out" / "results.json"
    written = json.loads(file.read_text())
    written["machine"]["versions"]["numpy"] = "1.0"
    file.write_text(json.dumps(written))
    results.collect(["fast"], False, checkout / "out")
    assert [bench["name"] for bench in json.loads(file.read_text())["benches"]] == ["fast"]


@pytest.mark.parametrize(("value", "far"), [(0.3, "no"), (0.22, "goal"), (0.2, "aim")])
def test_a_figure_reaches_nothing_its_goal_or_its_aim(value: float, far: str) -> None:
    assert reached(at_most("share", value, 0.25, 0.2)) == far


def test_an_aim_above_its_goal_is_reached_from_below() -> None:
    assert reached(Figure("precision", 0.75, 0.7, holds=True, aim=0.72)) == "aim"
    assert reached(Figure("precision", 0.71, 0.7, holds=True, aim=0.72)) == "goal"


def test_a_figure_without_a_goal_reaches_nothing() -> None:
    assert reached(Figure("seconds", 3.0)) is None


def test_make_bench_is_the_collector() -> None:
    dry = subprocess.run(["make", "-n", "bench", "ARGS=--quick"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert "bench/results.py --quick" in dry.stdout
