"""Scoring beside scikit-learn: every figure is written, and no row comes out with other bits."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import score
from bench.score import Extent


@pytest.mark.slow
def test_a_quick_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "QUICK", Extent(0.05, 2_000, repeats=1))
    monkeypatch.setattr(sys, "argv", ["score.py", "--quick", "--json", str(tmp_path / "figures.json")])
    score.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert figures["score"]["goal"] == 0.25
    assert figures["rows with other bits"]["value"] == 0
    assert len(figures) == 8
