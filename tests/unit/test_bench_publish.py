"""Publishing beside copying: a quick run goes through every turn and writes every figure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import publish
from bench.publish import GOALS, Extent


@pytest.mark.slow
def test_a_quick_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "QUICK", Extent(5_000, 3, 1))
    monkeypatch.setattr(sys, "argv", ["publish.py", "--quick", "--json", str(tmp_path / "figures.json")])
    publish.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert {name: figure["goal"] for name, figure in figures.items()} == {**GOALS, "publish_vs_binary_copy": None}
    assert all(figure["value"] > 0 for figure in figures.values())
    assert all(figures[name]["holds"] == (figures[name]["value"] <= goal) for name, goal in GOALS.items())
