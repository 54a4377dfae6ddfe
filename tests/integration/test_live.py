"""After publication: a night beside the training of its model, beside the night before it, beside the usual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.night import Night
from pipeline.data import registry, server
from pipeline.evaluation.reference import Reference
from tests.commanding import Template
from tests.learning import LEARNING, ROWS, learning_world, models_of, night, run_nights
from tests.worlds import World

RAN = 8  # the first model scored the seventh night, the second the eighth
TONIGHT = night(RAN)


@pytest.fixture(scope="module")
def eight(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Ten nights of trade, of which eight ran."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "living"), tmp_path_factory.mktemp("living"), monkeypatch)
        learning_world(world, RAN + 2)
        assert run_nights(world, range(RAN)) == []
        world.database.engine.dispose()
        yield Template(world, postgres, LEARNING)


@pytest.fixture
def world(eight: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of those nights, to do with as the test likes."""
    copied = eight.copy(tmp_path, monkeypatch)
    yield copied
    copied.database.engine.dispose()


def test_a_model_carries_how_rows_lay_that_had_not_matured_when_it_was_trained(world: World) -> None:
    newest = models_of(world)[-1]
    with world.house() as house, house.warehouse.begin() as connection:
        stored = registry.reference(connection, newest)
        trained_at = registry.model(connection, newest).night
        assert stored is not None
        reference = Reference.from_plain(stored)
        assert trained_at == Night.parse(night(RAN - 1))
        assert [name for name, _ in reference.columns] == list(house.view.columns)
    spread = dict(reference.columns)["amount"]
    unmatured = f"transaction_id / 1000 = {RAN - 1}"  # a night matures in one
    mean = float(str(world.scalar(f"SELECT avg(amount) FROM transactions WHERE {unmatured}")))
    assert spread.rows == reference.score.rows == ROWS
    assert spread.mean == pytest.approx(mean, rel=1e-9)
