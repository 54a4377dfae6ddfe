"""The real command in this process, and what must be true after it was refused."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch  # sets sys.argv for a moment; nothing of ours is replaced

import pytest
import sqlalchemy as sa

from pipeline.__main__ import main
from pipeline.core.night import ONE_DAY
from pipeline.data import server
from pipeline.features.declarations import Amount, Count
from pipeline.features.view import FeatureView
from tests.worlds import SMALL, World, trade

FIRST = "2026-03-01"
SCORED, NEXT, LAST, EMPTY = "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"  # published; not yet run; not yet run; without rows
VIEWS = ("current_prediction", "prediction_history", "alert", "publication")


CUSTOMERS = FeatureView("customers", (Amount(), Count("customer", (ONE_DAY,))))  # for a source that knows no terminals


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


def nightshift(*words: str) -> Outcome:
    """Run `nightshift` with these words."""
    out, err = io.StringIO(), io.StringIO()
    with patch.object(sys, "argv", ["nightshift", *words]), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def says(code: int, sentence: str, *words: str) -> None:
    """The command ends with this code and one line on standard error that says `sentence`."""
    outcome = nightshift(*words)
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (code, "", 1), outcome
    assert sentence in outcome.err


def seen(world: World) -> list[Sequence[object]]:
    """All that an analyst can see of predictions, row by row."""
    return [row for view in VIEWS for row in world.rows(f"SELECT {view}::text FROM scoring.{view} ORDER BY 1")]


def refused(world: World, code: int, sentence: str, *words: str) -> None:
    """The command ends with this code and one line that says `sentence`; analysts see what they saw, and no password is told."""
    before = seen(world)
    outcome = nightshift(*words)
    assert outcome.code == code, outcome
    *before_it, line = outcome.err.splitlines()
    assert not any(told.startswith("nightshift:") for told in before_it)  # what stands there is progress
    assert line.startswith("nightshift: ")
    assert sentence in line
    assert str(sa.make_url(world.url).password) not in outcome.out + outcome.err
    assert seen(world) == before


def passes(world: World, day: str, *, rows: int = 140) -> Outcome:
    """The night runs to its end, and analysts see this many rows of it."""
    outcome = nightshift("night", day)
    assert outcome.code == 0, outcome
    assert world.scalar(f"SELECT count(*) FROM scoring.current_prediction WHERE night = '{day}'") == rows
    return outcome


@dataclass(frozen=True)
class Template:
    """A world with nights behind it, to be copied."""

    world: World
    postgres: server.Embedded
    settings: Mapping[str, object] = field(default_factory=lambda: SMALL)

    def copy(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
        """The same world again, in a database and a home of its own."""
        name, template = f"copy_{uuid.uuid4().hex[:12]}", self.world.database.url.database
        with sa.create_engine(self.postgres.url, isolation_level="AUTOCOMMIT").connect() as connection:
            leave = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :template"
            connection.execute(sa.text(leave), {"template": template})  # what a command's pool still holds would forbid the copy
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        shutil.copytree(self.world.home, folder, dirs_exist_ok=True)
        url = self.world.database.url.set(database=name).render_as_string(hide_password=False)
        world = World.make(url, folder, monkeypatch)
        world.configure(**self.settings)
        return world


@contextlib.contextmanager
def four_nights(postgres: server.Embedded, folder: Path) -> Iterator[Template]:
    """Six nights of trade, of which four ran: the fourth is scored and published."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, f"four_{uuid.uuid4().hex[:12]}"), folder, monkeypatch)
        world.configure(**SMALL)
        world.make_tables()
        world.bring(trade(FIRST, nights=6))
        assert nightshift("backfill", FIRST, SCORED).code == 0
        world.database.engine.dispose()
        yield Template(world, postgres)
