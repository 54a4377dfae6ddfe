"""`init` on an empty warehouse, by three at once or broken off in a migration, held against one that nothing disturbs."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import pytest

from pipeline.data import server
from pipeline.scoring.signing import KEY_BYTES
from tests.faults.acts import DONE, Fault, Scene, happening, named
from tests.faults.grounds import Grounds, Subject, log_of, start
from tests.faults.races import AT_ONCE, race, racer
from tests.faults.trials import Trial
from tests.worlds import SMALL, TABLES, World

AT_ONCE_NAME = "init by three"
INIT = Subject("nightshift init", ("init",))
BROKEN_OFF = (
    replace(named("step killed"), name="init killed in a migration (kill -9)"),
    replace(named("PostgreSQL killed"), name="PostgreSQL killed in a migration (kill -9)"),
)
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
    """Trials over the same grounds; what an undisturbed `init` makes, and the points it passes, are found out once."""

    grounds: Grounds

    @property
    def twin(self) -> str:
        return self._undisturbed[0]

    @cached_property
    def _undisturbed(self) -> tuple[str, tuple[str, ...]]:
        with self._empty() as world:
            run = start(INIT, world)
            points = run.points()
            if run.end() != DONE:
                raise SystemExit(f"init fails undisturbed: {log_of(world).read_text()}")
            return made(world), points

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

    def by_three(self, seed: int) -> Trial:
        """Three at once, in turns that the seed decides."""
        twin = self.twin
        with self._empty() as world:
            racing = race(BY_THREE, world, random.Random(seed))
            over = time.monotonic()
            wrong = list(_wrong([one.run.code for one in racing], world, twin))
            return Trial(
                fault=AT_ONCE_NAME,
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

    def broken_off(self, fault: Fault, seed: int) -> Trial:
        """Something dies in the middle of the migrations; `init` is run once more."""
        twin, points = self._undisturbed
        rng = random.Random(seed)
        place = rng.choice([number for number, point in enumerate(points) if "migration" in point])
        with self._empty() as world:
            run = start(INIT, world, place)
            run.held_at()
            with happening(fault, Scene(self.grounds, INIT, world, run, rng)) as fired:
                code = run.end()
            over = time.monotonic()
            complaints = [] if code in fault.codes else [f"init ended with {code}: {log_of(world).read_text()[-700:]}"]
            complaints += _wrong([start(INIT, world).end()], world, twin)
            return Trial(
                fault=fault.name,
                subject=INIT.name,
                point=points[place],
                seed=seed,
                fired=fired,
                wrong_reads=0,
                lost=0,
                doubled=0,
                retries=1,
                recovery=time.monotonic() - over,
                complaints=tuple(complaints),
            )


def made(world: World) -> str:
    """All that stands in the schema, as text."""
    return "\n".join(map(str, world.rows(MADE)))


def _wrong(codes: Sequence[int | None], world: World, twin: str) -> Iterator[str]:
    if any(code != DONE for code in codes):
        yield f"init ended with {codes}: {log_of(world).read_text()[-1500:]}"
    if made(world) != twin:
        yield "the schema is not what one init makes"
    home = world.home / ".nightshift"
    keys = [path for path in home.iterdir() if path.is_file() and "key" in path.name]
    if len(keys) != 1 or keys[0].stat().st_size != KEY_BYTES or log_of(world).read_text().count("signing key made") != 1:
        yield f"not exactly one signing key was made: {keys}"
