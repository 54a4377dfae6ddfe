"""Homes for servers, in folders that every account may enter."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.data import server


@pytest.fixture(scope="module")
def shared_home(folder_of_all: Path) -> Iterator[Path]:
    """The home of a server for tests that leave it as they found it."""
    folder = folder_of_all / "shared"
    yield folder
    server.stop(folder)


@pytest.fixture
def open_folder(folder_of_all: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=folder_of_all))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def home(open_folder: Path) -> Iterator[Path]:
    folder = open_folder / "home"
    yield folder
    server.stop(folder)
