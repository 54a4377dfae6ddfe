"""Features beside pandas: both sides mean the same, and every figure is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import features


@pytest.mark.slow
def test_a_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["features.py", "--rows", "1000", "--repeats", "1", "--json", str(tmp_path / "figures.json")])
    features.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert figures["features"]["goal"] == 0.05
    assert figures["largest difference"]["value"] <= 1e-9
    assert len(figures) == 7
