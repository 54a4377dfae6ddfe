"""What training does for each night, in order, and how the next night waits to learn of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.core.errors import BusyError, CorruptionError, NoModelError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import ledger, registry, runs
from pipeline.data.ledger import Entry
from pipeline.house import House

if TYPE_CHECKING:
    from pipeline.reservoirs import Reservoir
    from pipeline.scoring.model import Model

BY_ITSELF = "nightshift"  # who assigns where no person does
LOOK_AGAIN = 2.0  # seconds between two looks at the training ledger


@dataclass(frozen=True)
class Progress:
    """What one call of `train_ready` did: the entries it made, what stands for our own night, and the night that stops it, if one does."""

    entries: tuple[Entry, ...]
    own: Entry | None
    gap: Night | None


def train_ready(house: House, plan: Plan) -> Progress:
    """Train, in order, every night that is ready, up to the first gap; one training at a time, each night entered as it is done."""
    made: list[Entry] = []
    while (entry := _train_next(house, plan, again=not made)) is not None:
        made.append(entry)
    with house.warehouse.begin() as connection:
        return Progress(tuple(made), ledger.entries(connection).get(plan.night), ledger.gap(connection, plan.night))


def _train_next(house: House, plan: Plan, *, again: bool) -> Entry | None:
    """One night trained and entered, in a transaction of its own; `again`: our own night may have a second try."""
    with house.warehouse.begin_long() as connection:
        ledger.lock_training(connection)
        ready = ledger.next_ready(connection)
        if ready is None and again and ledger.may_try_again(connection, plan.night):
            ready = ledger.Ready(plan.night, passed=True)
        if ready is None:
            return None
        entry, promotion = _considered(house, connection, plan, ready)
        ledger.lock_entries(connection)
        if ledger.entries(connection).get(ready.night, entry).outcome == "abandoned":
            return Entry(ready.night, "abandoned", None, "the next night gave up waiting for it")
        if promotion is not None:
            registry.promote(connection, promotion)
        ledger.enter(connection, plan.run_id, entry)
    LOG.info("night %s training: %s, %s", entry.night, entry.outcome, entry.reason)
    return entry


def _considered(house: House, connection: sa.Connection, plan: Plan, ready: ledger.Ready) -> tuple[Entry, registry.Promotion | None]:
    """What becomes of a night: its entry, and its challenger's promotion where it earned one."""
    night = ready.night
    if ready.excluded:
        return Entry(night, "excluded", None, "a person keeps the night out of training"), None
    if not ready.passed:
        return Entry(night, "skipped", None, "the night did not pass its gates"), None
    try:
        return _trained(house, connection, plan, night)
    except NoModelError as refusal:
        return Entry(night, "skipped", None, str(refusal)), None
    except CorruptionError as loss:
        return Entry(night, "failed", None, str(loss)), None


def _trained(house: House, connection: sa.Connection, plan: Plan, night: Night) -> tuple[Entry, registry.Promotion | None]:
    from pipeline import champions
    from pipeline.reservoirs import grow, reservoir_at

    grow(house, connection, plan.run_id, night)
    reservoir = reservoir_at(house, connection, night)
    standing = registry.champion_at(connection, night.end, night.end)
    if house.settings.retraining == "off" and not _asked_to_retrain(house, connection, standing, night):
        return Entry(night, "kept", None, "retraining is off"), None
    parent = champions.parent_of(house, connection, night)
    lineage = champions.lineage_of(house, reservoir, parent)
    training = champions.training_of(reservoir.rows, house.view.columns, lineage)
    if parent is not None and not training.fresh.any():
        return Entry(night, "kept", None, f"nothing has matured since {parent.version} was trained"), None
    trained = champions.fitted(training, lineage, house.settings.learner, champions.SEED, parent)
    version = champions.save(house, connection, trained).version
    return _ruled(house, connection, plan, reservoir, trained.model, standing, Entry(night, "kept", version, ""))


def _ruled(
    house: House,
    connection: sa.Connection,
    plan: Plan,
    reservoir: Reservoir,
    challenger: Model,
    standing: registry.Promotion | None,
    kept: Entry,
) -> tuple[Entry, registry.Promotion | None]:
    """The challenger held against the standing champion; the first model has nobody to be held against."""
    from pipeline import champions
    from pipeline.challenging import challenge

    if standing is None:
        return _promoted(kept, "first model")
    if registry.model(connection, standing.version).view != house.view.fingerprint:
        return _promoted(kept, f"first model of this view; {standing.version} was trained on another")
    try:
        champion = champions.load_for(house, connection, standing.version)
    except (CorruptionError, NoModelError) as refusal:
        return replace(kept, reason=f"there is nothing to compare with, the champion is refused: {refusal}"), None
    ruling = challenge(house, connection, plan, reservoir, challenger, champion)
    told = f"{ruling.verdict} beside {standing.version}: {ruling.reason}"
    return _promoted(kept, told) if ruling.promotes else (replace(kept, reason=told), None)


def _promoted(entry: Entry, reason: str) -> tuple[Entry, registry.Promotion]:
    """Champion from the end of the night on, as known at that instant: the next night finds it, whenever this one was trained."""
    assert entry.version is not None  # a challenger was trained
    end = entry.night.end
    return replace(entry, outcome="promoted", reason=reason), registry.Promotion(entry.version, end, end, BY_ITSELF, reason)


def _asked_to_retrain(house: House, connection: sa.Connection, standing: registry.Promotion | None, night: Night) -> bool:
    """Whether the champion's own rule asks for a challenger."""
    from pipeline.expiring import expired

    return standing is not None and standing.retrains and expired(house, connection, standing, night) is not None


def await_training(house: House, plan: Plan) -> None:
    """Wait until the ledger says what training did for the night before, at most `train_patience` after that night's last sign of life.

    Then a scheduled night enters it as abandoned and goes on; any other is refused (`BusyError`), and at once where the night before has
    not passed its gates, since that may take as long as a person. The first night of the chain, one before it, and a run beside
    the chain wait for nobody.
    """
    if not plan.in_chain:
        return
    before, patience = plan.night.back(1), house.settings.train_patience
    waiting = False
    while True:
        with house.warehouse.begin() as connection:
            begins = ledger.begins_with(connection)
            if begins is None or before < begins or before in ledger.entries(connection):
                return
            last_sign = runs.last_sign(connection, before)
            if last_sign is None or house.clock() > last_sign + patience:
                break
            if not (plan.scheduled or ledger.begun(connection)[before].passed):
                break
        if not waiting:
            LOG.info(
                "night %s waits for the training of night %s, until %s at most", plan.night, before, f"{last_sign + patience:%H:%M} UTC"
            )
            waiting = True
        time.sleep(LOOK_AGAIN)
    if not plan.scheduled:
        raise BusyError(_missing(house, plan))
    with house.warehouse.begin() as connection:
        ledger.lock_entries(connection)
        if before not in ledger.entries(connection):
            ledger.enter(connection, plan.run_id, Entry(before, "abandoned", None, f"night {plan.night} waited {patience} for it"))


def _missing(house: House, plan: Plan) -> str:
    """What a person is told whose night comes too early."""
    before = plan.night.back(1)
    with house.warehouse.begin() as connection:
        first = ledger.gap(connection, before) or before
    which = f"night {before}" if first == before else f"nights {first} to {before}"
    command = f"nightshift night {before}" if first == before else f"nightshift backfill {first} {before}"
    return f"training has not got past {which}, so the champion of night {plan.night} is not known: run '{command}' first"
