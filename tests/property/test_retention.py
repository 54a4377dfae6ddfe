"""Two hundred things that happen to publications, and then every moment between them asked for: yesterday's dump, or a refusal in words."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from pipeline.core.errors import StaleRunError, UsageError
from pipeline.core.night import Night
from pipeline.core.plan import Asked, Known, Plan, Request, resolve
from pipeline.data import predictions, pruning, registry, runs
from pipeline.data.predictions import Origin
from pipeline.data.pruning import Retention
from pipeline.data.questions import ask
from pipeline.data.registry import Promotion
from tests.oracles.champions import Assigned, champion_at
from tests.oracles.publication import Scores, Seen, SlowWarehouse
from tests.property.test_publication import as_scores, clock, history
from tests.worlds import LATER, World

Rows = Sequence[Sequence[object]]
NIGHTS = ["2026-03-01", "2026-03-02", "2026-03-03"]
OPERATIONS = 200
KEEP = dt.timedelta(days=90)
DUMP = "SELECT * FROM scoring.current_prediction ORDER BY night, transaction_id"
AS_OF = "SELECT * FROM scoring.prediction_as_of('{}') ORDER BY night, transaction_id"
CHANGES = "SELECT transaction_id, run_before, run_id FROM scoring.decision_change ORDER BY 1, 2, 3"
TABLES = """SELECT substring(relname FROM 'r(\\d+)$')::bigint FROM pg_class
    WHERE relnamespace = 'scoring'::regnamespace AND relname ~ '^prediction_\\d{8}_r\\d+$'"""
REFUSED = r"is no longer held: .* kept for 90 days \(keep_superseded\); the earliest moment that can be asked is"
NEW_MODEL = "INSERT INTO scoring.model_version SELECT '{}', '2026-01-01', 'v', 'l', 'p', repeat('0', 64), repeat('0', 64), '{{}}'"


@dataclass
class Replay:
    """The warehouse and its twin, moving in step; the moment after each operation, and what analysts saw then."""

    world: World
    chance: random.Random
    slow: SlowWarehouse = field(default_factory=SlowWarehouse)
    models: list[str] = field(default_factory=list)
    assigned: list[Assigned] = field(default_factory=list)
    first_model: dict[str, str] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    asleep: dict[int, str] = field(default_factory=dict)  # staged, not published, and the model of each
    moments: list[dt.datetime] = field(default_factory=list)
    dumps: list[Rows] = field(default_factory=list)

    def step(self, operation: Callable[[Replay], None]) -> None:
        operation(self)
        self.moments.append(clock(self.world))
        self.dumps.append(self.world.rows(DUMP))
        assert as_seen(self.dumps[-1]) == self.slow.current()
        self.slow.now += 1


def new_model(replay: Replay) -> None:
    replay.models.append(f"m{len(replay.models)}")
    replay.world.change(NEW_MODEL.format(replay.models[-1]))


def promotion(replay: Replay) -> None:
    at, version = clock(replay.world), replay.chance.choice(replay.models)
    with replay.world.database.begin() as connection:
        registry.promote(connection, Promotion(version, at, at, "test", "better"))
    replay.assigned.append(Assigned("promotion", version, at, at))


def rollback(replay: Replay) -> None:
    version = champion(replay)
    if version is None:
        return
    at = clock(replay.world)
    with replay.world.database.begin() as connection:
        registry.withdraw(connection, version, at, "test", "worse")
    replay.assigned.append(Assigned("withdrawal", version, at, at))


def rerun(replay: Replay) -> None:
    """As-of: the model of the night's first publication, else the champion."""
    if (plan := stage(replay)) is not None:
        publish(replay, plan)


def stage(replay: Replay) -> Plan | None:
    night = replay.chance.choice(NIGHTS)
    version = replay.first_model.get(night) or champion(replay)
    with replay.world.database.begin() as connection:
        assert predictions.published_version(connection, Night.parse(night)) == replay.first_model.get(night)
    return None if version is None else staged(replay, night, version, "as-of")


def stage_without_publish(replay: Replay) -> None:
    stage(replay)


def corrected(replay: Replay) -> None:
    version = champion(replay)
    if version is not None:
        publish(replay, staged(replay, replay.chance.choice(NIGHTS), version, "corrected"))


def what_if(replay: Replay) -> None:
    night, version, scores = replay.chance.choice(NIGHTS), replay.chance.choice(replay.models), drawn(replay)
    plan = opened(replay, night, version, "what-if")
    predictions.stage(replay.world.database, plan, Origin(version, None), as_scores(scores))
    with replay.world.database.begin() as connection:
        runs.set_state(connection, plan.run_id, "kept")
    replay.slow.keep(plan.run_id, night, scores)


def publish_something(replay: Replay) -> None:
    """Any run that was ever staged to be published: the newest of its night, one that is published, or a zombie."""
    if replay.plans:
        publish(replay, replay.chance.choice(replay.plans))


def zombie(replay: Replay) -> None:
    """A run that slept until another overtook it."""
    stale = [plan for plan in replay.plans if plan.run_id in replay.asleep and replay.slow.is_stale(plan.run_id)]
    if stale:
        publish(replay, replay.chance.choice(stale))


def prune(replay: Replay) -> None:
    """What ended before a moment of the past is dropped; a later prune may look less far."""
    if not replay.moments:
        return
    before = replay.chance.randrange(max(0, len(replay.moments) - 60), max(1, len(replay.moments) - 15))
    entered = pruning.enter(replay.world.database, Retention(KEEP, replay.moments[before]))
    assert {run.run_id for run in entered} == replay.slow.prune(before)
    assert all(run.rows == len(replay.slow.staged[run.run_id]) for run in entered)
    pruning.drop(replay.world.database)
    assert {run for (run,) in replay.world.rows(TABLES)} == replay.slow.held()


WEIGHTS = {
    rerun: 30,
    corrected: 12,
    what_if: 8,
    new_model: 6,
    promotion: 9,
    rollback: 5,
    stage_without_publish: 10,
    publish_something: 10,
    zombie: 6,
    prune: 4,
}


def staged(replay: Replay, night: str, version: str, mode: str) -> Plan:
    plan, scores = opened(replay, night, version, mode), drawn(replay)
    replay.slow.open(plan.run_id, night)
    predictions.stage(replay.world.database, plan, Origin(version, None), as_scores(scores))
    assert replay.slow.stage(plan.run_id, scores)
    replay.plans.append(plan)
    replay.asleep[plan.run_id] = version
    return plan


def publish(replay: Replay, plan: Plan) -> None:
    """The same to both; who is refused by the one is refused by the other."""
    done = replay.slow.publish(plan.run_id)
    try:
        predictions.publish(replay.world.database, plan)
    except StaleRunError:
        assert not done
        return
    assert done
    version = replay.asleep.pop(plan.run_id, None)
    if version and plan.in_chain:
        replay.first_model.setdefault(str(plan.night), version)


def opened(replay: Replay, night: str, version: str, mode: str) -> Plan:
    day = Night.parse(night)
    asked = Asked(mode, version if mode == "what-if" else None, None if mode == "as-of" else f"reason {replay.slow.now}")
    knowledge = resolve(day, asked, Known(LATER, passed=True, newest=day))
    with replay.world.database.begin() as connection:
        run_id = runs.open_run(connection, Request(day, mode, asked.reason, knowledge, False, "test", True))
        return runs.plan_of(connection, run_id)


def champion(replay: Replay) -> str | None:
    """Who the registry and its twin agree is champion now."""
    now = clock(replay.world)
    with replay.world.database.begin() as connection:
        found = registry.champion_at(connection, now, now)
    assert (found and found.version) == champion_at(replay.assigned, now, now)
    return found and found.version


def drawn(replay: Replay) -> Scores:
    """Up to six transactions; the first is the alert, so that decisions change."""
    keys = replay.chance.sample(range(1, 9), replay.chance.randrange(0, 7))
    return tuple((key, replay.chance.choice([0.0, 0.25, 0.5, 1.0])) for key in keys)


@pytest.mark.slow
def test_every_moment_of_a_long_history_gives_the_dump_of_that_moment_or_says_that_it_is_no_longer_held(world: World) -> None:
    world.make_tables()
    replay = Replay(world, random.Random(2026))
    for operation in (new_model, promotion, rerun):
        replay.step(operation)
    for operation in replay.chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=OPERATIONS):
        replay.step(operation)
    told = [asked(replay, tick) for tick in range(len(replay.moments))]
    assert set(told) == {True, False}  # moments of both kinds came
    assert history(world) == replay.slow.history()
    assert world.rows(CHANGES) == replay.slow.decisions()
    assert replay.slow.decisions()


def as_seen(rows: Rows) -> list[Seen]:
    """Night, transaction, score and run of rows of `current_prediction`."""
    return sorted((str(row[0]), row[1], row[3], row[7]) for row in rows)  # type: ignore[misc]


def asked(replay: Replay, tick: int) -> bool:
    """Whether a moment is held; what it gives is what it gave, and a refusal names the earliest moment that can be asked."""
    expected: list[Seen] | None = replay.slow.as_of(tick)
    if expected is not None:
        rows = ask(replay.world.database, AS_OF.format(replay.moments[tick])).rows
        assert rows == replay.dumps[tick]
        assert as_seen(rows) == expected
        return True
    with pytest.raises(UsageError, match=REFUSED) as caught:
        ask(replay.world.database, AS_OF.format(replay.moments[tick]))
    ends = [replay.slow.superseded_at(run) for run in replay.slow.pruned if run in replay.slow.published]
    earliest = dt.datetime.fromisoformat(str(caught.value).rpartition(" is ")[2])
    last = max(end for end in ends if end is not None)
    assert replay.moments[last - 1] < earliest <= replay.moments[last]
    return False
