"""Worlds for tests of training, each in a database and a lake of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import one_off
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import server
from pipeline.one_off import Assignment
from tests.commanding import Template
from tests.learning import LEARNING, RAN, learning_world, models_of, night, noon, run_nights, scored_by
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


@pytest.fixture(scope="session")
def chain(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Seventeen nights of trade, of which eight ran: the first model scored one night; at the next noon a person promoted the
    second. A third one was trained by the last of these nights.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        url, folder = server.create_database(postgres, "training_template"), tmp_path_factory.mktemp("chain")
        world = learning_world(World.make(url, folder, monkeypatch), RAN + 9)
        assert run_nights(world, range(RAN - 1)) == []
        first, second = models_of(world)
        with world.house(noon(RAN - 1)) as house:
            one_off.promote(house, second, Assignment("a person", "it knows one night more"))
        assert run_nights(world, [RAN - 1]) == []
        assert scored_by(world) == {night(RAN - 2): first, night(RAN - 1): second}
        world.database.engine.dispose()
        yield Template(world, postgres, LEARNING)


@pytest.fixture
def world(chain: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of those nights, to do with as the test likes."""
    copied = chain.copy(tmp_path, monkeypatch)
    yield copied
    copied.database.engine.dispose()
