"""Reasons beside scores: every figure is written, and what adds up is compared as far as a score can tell."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from bench import reasons
from bench.parts.explained_rows import off
from bench.reasons import Extent


def test_log_odds_are_compared_and_near_1_the_scores() -> None:
    contributions = np.array([[1.0, -1.0], [-0.5, 0.0], [60.0, 0.0]])
    scores = 1 / (1 + np.exp(-contributions.sum(axis=1)))
    assert off(0.0, contributions, scores) < 1e-15
    assert off(0.25, contributions[:1], scores[:1]) == pytest.approx(0.25)
    assert off(0.0, contributions, np.array([0.5, scores[1], 1 - 3e-6])) == pytest.approx(3e-6)


@pytest.mark.slow
def test_a_quick_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "QUICK", Extent(0.05, 500, repeats=1, alert_repeats=1))
    monkeypatch.setattr(sys, "argv", ["reasons.py", "--quick", "--json", str(tmp_path / "figures.json")])
    reasons.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    for learner in ("boosted_trees", "linear_sgd"):
        for rows in (100, 500):
            assert figures[f"{learner}, {rows} rows: over scoring"]["goal"] == 2
            assert figures[f"{learner}, {rows} rows: sums off"]["value"] <= 1e-9
        assert figures[f"{learner}: seconds to prepare"]["goal"] is None
