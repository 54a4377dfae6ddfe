"""Models on a person's request: train up to a day, rebuild from a manifest, promote, roll back, keep a night out of training."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import sqlalchemy as sa

from pipeline import champions
from pipeline.challenging import rule_on
from pipeline.core.errors import CorruptionError, GateError, NoModelError, UsageError
from pipeline.core.night import Night
from pipeline.data import ledger, registry
from pipeline.data.lake import partition
from pipeline.data.names import RESERVOIR
from pipeline.evaluation.ruling import Ruling
from pipeline.house import House
from pipeline.reservoirs import Reservoir, reservoir_at
from pipeline.scoring.expiry import Rule
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Manifest
from pipeline.scoring.model import Model, libraries
from pipeline.scoring.reservoir import standing
from pipeline.scoring.saving import serialize

INSTANT = dt.timedelta(microseconds=1)  # an assignment counts just after its instant


@dataclass(frozen=True)
class Assignment:
    """How a person makes a model champion: who, why, the rule by which it expires, and whether it then asks for a challenger."""

    by: str
    reason: str
    expires_when: str | None = None
    retrains: bool = False

    @property
    def rule(self) -> str | None:
        """The rule in its canonical form; one that cannot be read is a `UsageError`."""
        if self.expires_when is None and self.retrains:
            raise UsageError("only a rule can ask for a challenger: say when the model expires, for example 'age > 60d'")
        return None if self.expires_when is None else str(Rule.parse(self.expires_when))


@dataclass(frozen=True)
class OneOff:
    """A model trained on request and what the comparison says of it; None where nobody was champion."""

    version: str
    rows: int
    frauds: int
    seconds: float
    ruling: Ruling | None


def train_until(house: House, until: Night, nights: int | None, learner: str) -> OneOff:
    """Train on what was known at the end of a night, the newest `nights` matured nights of it, and compare on what has matured since."""
    if learner not in LEARNERS:
        raise UsageError(f"there is no learner '{learner}': choose one of {', '.join(sorted(LEARNERS))}")
    with house.warehouse.begin() as connection:
        last = _last_trained(connection, until)
        reservoir = _reservoir(house, connection, until, nights)
        lineage = champions.lineage_of(house, reservoir, None)
        training = champions.training_of(reservoir.rows, house.view.columns, lineage)
        trained = champions.fitted(training, lineage, learner, champions.SEED, None)
        version = champions.save(house, connection, trained).version
        ruling = _ruling(house, connection, trained.model, until, last)
    return OneOff(version, len(training.rows), training.frauds, trained.seconds, ruling)


def push(house: House, made: OneOff, assignment: Assignment) -> None:
    """Make a model trained on request champion, unless the comparison called it worse (`GateError`); what it said stands in the reason."""
    if made.ruling is not None and made.ruling.verdict == "WORSE":
        raise GateError(
            f"{made.version} is not promoted, it is WORSE: {made.ruling.reason}; "
            f"'nightshift promote {made.version} --reason …' does it all the same"
        )
    compared = f"; {made.ruling.verdict}: {made.ruling.reason}" if made.ruling is not None else ""
    promote(house, made.version, replace(assignment, reason=f"{assignment.reason}{compared}"))


def promote(house: House, version: str, assignment: Assignment) -> None:
    """Make a model champion from now on; one that may not score is refused."""
    rule, now = assignment.rule, house.clock()
    with house.warehouse.begin() as connection:
        champions.load_for(house, connection, version)
        promotion = registry.Promotion(version, now, now, assignment.by, assignment.reason, rule, assignment.retrains)
        registry.promote(connection, promotion)


@dataclass(frozen=True)
class Rollback:
    """What a rollback did: who was withdrawn, who is champion instead, and what the withdrawn model had published."""

    withdrawn: str
    champion: str | None
    publications: Sequence[registry.Made]


def rollback(house: House, by: str, reason: str) -> Rollback:
    """Withdraw the champion: from now on the one before it is champion again."""
    now = house.clock()
    with house.warehouse.begin() as connection:
        current = registry.champion_at(connection, now, now)
        if current is None:
            raise UsageError("there is no champion to withdraw: 'nightshift models' lists the models")
        registry.withdraw(connection, current.version, now, by, reason)
        instead = registry.champion_at(connection, now + INSTANT, now + INSTANT)
        made = registry.publications_of(connection, current.version)
    return Rollback(current.version, instead.version if instead else None, made)


def exclude(house: House, night: Night, by: str, reason: str) -> None:
    """Keep a night's transactions out of every training from now on."""
    with house.warehouse.begin() as connection:
        ledger.exclude(connection, night, house.clock(), by, reason)


def rebuild(house: House, version: str) -> str:
    """Train a version again from its manifest and return its hash; where that differs, say which input does (`NoModelError`)."""
    with house.warehouse.begin() as connection:
        record = registry.model(connection, version)
        manifest = Manifest.from_json(record.manifest)
        parent = _parent(house, connection, manifest)
    if manifest.learner not in LEARNERS:
        raise NoModelError(
            f"{version} is of learner '{manifest.learner}', known here: {', '.join(sorted(LEARNERS))}: take the code that trained it"
        )
    differing = list(_differing(manifest))
    if parent is None and manifest.lineage.parent is not None:
        differing.append(f"its parent {manifest.lineage.parent}, which is lost or refused here")
    training = champions.training_of(_rows_read(house, manifest), manifest.columns, manifest.lineage)
    if training.fingerprint != manifest.training_sha256:
        differing.append("the training set")
    model = champions.fitted(training, manifest.lineage, manifest.learner, manifest.seed, parent).model
    sha256 = champions.sha256_of(serialize(model))
    if sha256 != record.sha256:
        told = "; ".join(differing) or "no input that the manifest knows of: another processor or system library, then"
        raise NoModelError(f"{version} comes out as {sha256[:12]}… instead of {record.sha256[:12]}…; what differs: {told}")
    return sha256


def _last_trained(connection: sa.Connection, until: Night) -> Night:
    """The last night that training has got to; `until` must not lie beyond it."""
    entered = ledger.entries(connection)
    if until not in entered:
        known = f"it has entries from {min(entered)} to {max(entered)}" if entered else "it has no entries yet"
        raise UsageError(f"training has not seen night {until}: {known}; name one of these nights, or run that night first")
    return max(entered)


def _reservoir(house: House, connection: sa.Connection, night: Night, nights: int | None = None) -> Reservoir:
    """The reservoir at the end of a night, without any night that is kept out by now: whoever asks today knows of it."""
    reservoir = reservoir_at(house, connection, night, nights)
    return replace(reservoir, bounds=replace(reservoir.bounds, excluded=ledger.excluded(connection, house.clock())))


def _ruling(house: House, connection: sa.Connection, model: Model, until: Night, last: Night) -> Ruling | None:
    """The model held against the champion of the end of `until`; a champion that is refused must not keep a new model from being made."""
    then = registry.champion_at(connection, until.end, until.end)
    if then is None:
        return None
    try:
        champion = champions.load_for(house, connection, then.version)
    except (CorruptionError, NoModelError) as refusal:
        return Ruling("NOT ENOUGH DATA", f"there is nothing to compare with, the champion of then is refused: {refusal}")
    return rule_on(house, connection, _reservoir(house, connection, last), model, until, champion)


def _parent(house: House, connection: sa.Connection, manifest: Manifest) -> Model | None:
    """The model before the version in the chain; one that is lost or refused is missed only by a learner that goes on from it."""
    if manifest.lineage.parent is None:
        return None
    try:
        return champions.load_model(house, registry.model(connection, manifest.lineage.parent))
    except (CorruptionError, NoModelError):
        return None


def _rows_read(house: House, manifest: Manifest) -> pa.Table:
    """The standing rows of the partitions that the manifest names; a lost or changed one is a `CorruptionError` that names it."""
    tables = []
    for read in manifest.lineage.partitions:
        path = f"{partition(RESERVOIR, Night.parse(read.night), manifest.view)}/{read.sha256[:16]}.parquet"
        try:
            tables.append(house.lake.read_table(path, read.sha256))
        except CorruptionError as loss:
            raise CorruptionError(
                f"{manifest.version} cannot be rebuilt, the reservoir's partition of night {read.night} differs: {loss}"
            ) from None
    return standing(pa.concat_tables(tables))


def _differing(manifest: Manifest) -> Iterator[str]:
    """What is otherwise here than it was where the model was trained."""
    here = libraries()
    for name, version in manifest.libraries.items():
        if here.get(name) != version:
            yield f"{name} is {here.get(name)} and was {version}"
    if manifest.lineage.code != champions.code_hash():
        yield f"the code is {champions.code_hash()} and was {manifest.lineage.code}"
    if dict(LEARNERS[manifest.learner].parameters) != dict(manifest.parameters):
        yield f"the parameters of {manifest.learner}"
