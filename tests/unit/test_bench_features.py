"""Features beside pandas: both sides mean the same, and every figure is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from bench import features
from bench.parts import features_flat, growth_features


@pytest.mark.slow
def test_a_run_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["features.py", "--rows", "1000", "--repeats", "1", "--json", str(tmp_path / "figures.json")])
    features.main()
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert figures["features"]["goal"] == 0.05
    assert figures["largest difference"]["value"] <= 1e-9
    assert figures["features_flat"]["goal"] == 1.2
    assert len(figures) == 12


def test_a_warm_night_of_the_bench_has_the_bits_of_its_whole_history(tmp_path: Path) -> None:
    warm = features_flat.prepared(growth_features.view_of(9), 300, tmp_path)
    seals = [*warm.left.transactions, warm.arrived]
    rows = [warm.lake.read_table(seal.path, seal.sha256) for seal in seals]
    labels = pa.concat_tables([warm.lake.read_table(seal.path, seal.sha256) for seal in (*warm.left.labels, warm.told)])
    assert warm.run().equals(warm.view.compute(pa.concat_tables(rows[:-1]), rows[-1], labels))
