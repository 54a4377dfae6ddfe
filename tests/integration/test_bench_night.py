"""The ruler itself: the bench of a night runs whole, on a small night."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT


@pytest.mark.slow
def test_the_bench_of_a_night_prints_both_sides_stage_by_stage_and_their_features_agree(tmp_path: Path) -> None:
    command = [sys.executable, "bench/night.py", "--rows", "5000", "--repeats", "1", "--json", str(tmp_path / "figures.json")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for stage in ("extract", "build_features", "score", "judge", "publish", "night"):
        assert stage in done.stdout
    figures = {figure["figure"]: figure for figure in json.loads((tmp_path / "figures.json").read_text())}
    assert figures["features: largest difference"]["holds"]
