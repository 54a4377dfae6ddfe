"""`init` by three at once on an empty warehouse, held against `init` by one."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import pytest

from pipeline.data import server
from pipeline.scoring.signing import KEY_BYTES
from tests.faults.acts import DONE
from tests.faults.grounds import Grounds, log_of, start
from tests.faults.races import AT_ONCE, Racing, race, racer
from tests.faults.trials import Trial
from tests.worlds import SMALL, TABLES, World

NAME = "init by three"
BY_THREE = tuple(racer(f"init {number}", "init") for number in (1, 2, 3))
MADE = """
    SELECT 'relation', oid::regclass::text, relkind::text, coalesce(relacl::text, '') FROM pg_class
    WHERE relnamespace = 'scoring'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text, md5(prosrc), coalesce(proacl::text, '') FROM pg_proc
    WHERE pronamespace = 'scoring'::regnamespace
    UNION ALL SELECT 'constraint', conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'scoring'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'migration', number::text, name, sha256 FROM scoring.migration
    ORDER BY 1, 2, 3, 4"""


@dataclass
class SetUpTrials:
    """Trials over the same grounds; what one `init` makes is found out once."""

    grounds: Grounds

    @cached_property
    def twin(self) -> str:
        with self._empty() as world:
            if start(BY_THREE[0].subject, world).end() != DONE:
                raise SystemExit(f"init fails undisturbed: {log_of(world).read_text()}")
            return made(world)

    @contextmanager
    def _empty(self) -> Iterator[World]:
        """A source, and a warehouse in which nothing was ever set up."""
        home = self.grounds.folder / f"empty_{uuid.uuid4().hex[:8]}" / "home"
        home.mkdir(mode=0o755, parents=True)
        with pytest.MonkeyPatch.context() as monkeypatch:
            world = World.make(server.create_database(self.grounds.postgres, home.parent.name), home, monkeypatch)
            world.configure(**SMALL)
        world.change(TABLES.format(key="bigint", entity="bigint"))
        try:
            yield world
        finally:
            world.database.engine.dispose()
            self.grounds.drop(world)

    def try_it(self, seed: int) -> Trial:
        twin = self.twin
        with self._empty() as world:
            racing = race(BY_THREE, world, random.Random(seed))
            over = time.monotonic()
            wrong = list(_wrong(racing, world, twin))
            return Trial(
                fault=NAME,
                subject=AT_ONCE,
                point=f"{sum(len(one.turn) for one in racing)} points",
                seed=seed,
                fired=len({one.began for one in racing if one.ended > racing[-1].began}) > 1,
                wrong_reads=0,
                lost=0,
                doubled=0,
                retries=0,
                recovery=time.monotonic() - over,
                complaints=tuple(wrong),
            )


def made(world: World) -> str:
    """All that stands in the schema, as text."""
    return "\n".join(map(str, world.rows(MADE)))


def _wrong(racing: list[Racing], world: World, twin: str) -> Iterator[str]:
    if any(one.run.code != DONE for one in racing):
        yield f"they ended with {[one.run.code for one in racing]}: {log_of(world).read_text()[-1500:]}"
    if made(world) != twin:
        yield "the schema is not what one init makes"
    home = world.home / ".nightshift"
    keys = [path for path in home.iterdir() if path.is_file() and "key" in path.name]
    if len(keys) != 1 or keys[0].stat().st_size != KEY_BYTES or log_of(world).read_text().count("signing key made") != 1:
        yield f"not exactly one of them made the signing key: {keys}"
