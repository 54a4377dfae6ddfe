"""The ruler itself: the bench of a night runs whole, on a small night, and the collector puts it on a page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

SIDES = ("cold", "warm", "pandas", "floor")


@pytest.mark.slow
def test_a_quick_night_is_collected_with_every_figure_and_all_sides_agree(tmp_path: Path) -> None:
    command = [sys.executable, "bench/results.py", "night", "--quick", "--to", str(tmp_path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "results.json").read_text())
    figures = {figure["name"]: figure for figure in written["figures"]}
    wanted = {"night_cold": (1 / 8, 1 / 11), "night_cold_memory": (1 / 4, 1 / 5), "night_warm": (1 / 14, 1 / 20), "night_floor": (2, 1.5)}
    assert {name: (figures[name]["goal"], figures[name]["aim"]) for name in wanted} == wanted
    agreeing = [figure for name, figure in figures.items() if "_off_" in name]
    assert len(agreeing) >= 4
    assert all(figure["reached"] == "goal" for figure in agreeing)
    page = (tmp_path / "RESULTS.md").read_text()
    for told in ("extract", "build_features", "publish", "retrain", *SIDES, "A quick run", "scikit-learn"):
        assert told in page
