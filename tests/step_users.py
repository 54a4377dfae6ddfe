"""Logins that are members of one role only, in a world whose warehouse belongs to somebody else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from tests.worlds import World

PARTS = ("loader", "scorer", "trainer", "analyst")
STEPS = {
    "plan": "loader",
    "extract": "loader",
    "build_features": "loader",
    "score": "scorer",
    "judge": "scorer",
    "publish": "scorer",
    "monitor": "scorer",
    "retrain": "trainer",
}


@dataclass(frozen=True)
class StepUsers:
    """The URL of each part's own login."""

    world: World
    urls: Mapping[str, str]

    @contextmanager
    def become(self, part: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Whoever opens the house meanwhile does so as this part."""
        with monkeypatch.context() as patched:
            patched.setenv("NIGHTSHIFT_WAREHOUSE_URL", self.urls[part])
            yield

    @contextmanager
    def session(self, part: str) -> Iterator[sa.Connection]:
        """A transaction of that login, of which nothing stays."""
        engine = sa.create_engine(self.urls[part], poolclass=sa.NullPool)
        with engine.connect() as connection:
            yield connection


@contextmanager
def step_users(world: World) -> Iterator[StepUsers]:
    """A login a part; the loader may read the source, as a user of the warehouse would grant it."""
    mark = uuid.uuid4().hex[:8]
    names = {part: f"{part}_{mark}" for part in PARTS}
    world.change(*(f"CREATE ROLE {name} LOGIN PASSWORD '{name}' IN ROLE nightshift_{part}" for part, name in names.items()))
    world.change(f"GRANT SELECT ON transactions, labels TO {names['loader']}")
    url = world.database.url
    try:
        yield StepUsers(
            world, {part: url.set(username=name, password=name).render_as_string(hide_password=False) for part, name in names.items()}
        )
    finally:
        world.change(*(f"DROP OWNED BY {name}; DROP ROLE {name}" for name in names.values()))
