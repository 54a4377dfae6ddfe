"""What all tests share: where the published data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def published() -> Path:
    """Folder of the published data sets; where it is absent the test is skipped, and fails under CI."""
    folder = Path(os.environ.get("NIGHTSHIFT_DATA", CHECKOUT / ".." / "shared" / "data")).resolve()
    if (folder / "handbook" / "transactions.parquet").is_file():
        return folder
    sentence = f"no published data at {folder}: set NIGHTSHIFT_DATA to the folder that holds handbook/ and online_retail/"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)
