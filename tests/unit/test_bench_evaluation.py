"""Judging figures beside judging rows: both sides see the same, and every figure is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import evaluation
from bench.evaluation import Size
from bench.parts.judged_columns import BROKEN, SIDES


@pytest.mark.parametrize("side", SIDES)
def test_both_sides_find_the_one_check_that_is_meant_to_break(side: str) -> None:
    assert SIDES[side](2_000)() == {BROKEN}


@pytest.mark.slow
def test_a_quick_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "QUICK", (Size("figures_1m", 1_000, 0.25), Size("figures_10m", 2_000, 0.10)))
    monkeypatch.setattr(sys, "argv", ["evaluation.py", "--quick", "--json", str(tmp_path / "figures.json")])
    evaluation.main()
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [(figure["figure"], figure["goal"]) for figure in figures] == [("figures_1m", 0.25), ("figures_10m", 0.10)]
    assert all(figure["value"] > 0 and figure["holds"] == (figure["value"] <= figure["goal"]) for figure in figures)
