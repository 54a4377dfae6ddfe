"""Worlds for tests of training, each in a database and a lake of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import server
from tests.worlds import World


@pytest.fixture(scope="module")
def make(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], World]]:
    """Makes an empty world under a name; the one made last is in effect."""
    with pytest.MonkeyPatch.context() as monkeypatch:

        def made(name: str) -> World:
            return World.make(server.create_database(postgres, f"training_{name}"), tmp_path_factory.mktemp(name), monkeypatch)

        yield made


@pytest.fixture
def in_effect(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], None]:
    """Puts the settings of a world made earlier into effect."""
    return lambda world: monkeypatch.setenv(CONFIG_VARIABLE, str(world.home / "nightshift.toml"))
