"""The grounds of all trials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.grounds import Grounds, open_grounds


@pytest.fixture(scope="package")
def grounds(folder_of_all: Path) -> Iterator[Grounds]:
    """A server that may be killed: not the one of the other tests."""
    folder = folder_of_all / "faults"
    folder.mkdir(mode=0o755)
    with open_grounds(folder) as grounds:
        yield grounds
