"""Nights that are behind a test before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.data import server
from tests.commanding import Template, four_nights
from tests.worlds import World

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder are slow: the nights behind them alone take longer than the quick tests of `make check`."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def template(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Four nights, the fourth published; the source holds two more."""
    with four_nights(postgres, tmp_path_factory.mktemp("four")) as template:
        yield template


@pytest.fixture
def behind(template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of the four nights, to do with as the test likes."""
    world = template.copy(tmp_path, monkeypatch)
    yield world
    world.database.engine.dispose()


@pytest.fixture
def scored(template: Template, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The four nights themselves; shared, so only to be read."""
    monkeypatch.setenv("NIGHTSHIFT_CONFIG", str(template.world.home / "nightshift.toml"))
    yield template.world
    template.world.database.engine.dispose()  # a database that somebody is connected to cannot be copied
