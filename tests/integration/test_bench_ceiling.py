"""A large night under its ceiling: a quick run goes through every step and loses no row."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import ceiling


@pytest.mark.slow
def test_a_quick_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ceiling.py", "--quick", "--json", str(tmp_path / "figures.json")])
    ceiling.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert figures["ceiling"]["holds"]
    assert figures["ceiling_lost_rows"]["value"] == 0
    assert figures["ceiling_rows"]["value"] > 15_000
