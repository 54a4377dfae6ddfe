"""Extracting beside pandas and writing beside COPY: a quick run goes through every side and writes every figure."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench import extract, write
from bench.parts.measure import Cost


@pytest.mark.slow
@pytest.mark.parametrize("bench", [extract, write], ids=lambda bench: bench.__name__)
def test_a_quick_run_writes_every_figure(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--rows", "3000", "--repeats", "1", "--json", str(tmp_path / "figures.json")])
    bench.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert set(bench.GOALS) <= set(figures)
    assert all(figure["value"] > 0 for figure in figures.values())
    assert all(figures[name]["holds"] == (figures[name]["value"] <= goal) for name, (goal, _) in bench.GOALS.items())


def test_a_side_that_ended_within_a_tick_of_the_clock_can_still_be_divided_by() -> None:
    """The kernel counts CPU seconds by hundredths: 3,000 rows through COPY take less."""
    costs = dict.fromkeys(extract.SIDES, Cost(client=0.0, server=0.0, wall=0.5, peak=170.0)) | {"ours": Cost(0.2, 0.05, 0.8, 260.0)}
    assert {each.figure: each.value for each in extract.figures_of(costs)} == {
        "extract": pytest.approx(25),
        "extract_floor": pytest.approx(25),
        "extract_peak_mb": 260.0,
    }
