"""Models between the floors: the champion of a night, loaded and proven; a new model, trained, saved, signed and registered."""

from __future__ import annotations

import functools
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import ledger, predictions, registry
from pipeline.house import House
from pipeline.references import reference_of
from pipeline.reservoirs import Reservoir
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Lineage, Manifest, Partition
from pipeline.scoring.model import Model, check_view, train
from pipeline.scoring.reservoir import DISTANT_PAST, Bounds, drawn
from pipeline.scoring.saving import load, serialize
from pipeline.scoring.signing import SignedRecord, sign
from pipeline.scoring.training import TrainingSet

SEED = 2018  # any number will do, as long as it never changes


@dataclass(frozen=True)
class Trained:
    """A new model and the CPU seconds that its fit took."""

    model: Model
    seconds: float


def model_of(house: House, connection: sa.Connection, plan: Plan) -> Model | None:
    """The model that a run scores with; None before the first champion. As-of, a named one must be that of the night (`NoModelError`)."""
    knowledge = plan.knowledge
    if plan.in_chain:
        model = champion_of(house, connection, plan)
        if knowledge.named_model and (model is None or model.version != knowledge.named_model):
            scores = f"scores as-of with {model.version}" if model else "has no champion"
            raise NoModelError(f"night {plan.night} {scores}, not with {knowledge.named_model}: leave it out, or ask with mode what-if")
        return model
    standing = registry.champion_at(connection, knowledge.champion_at, knowledge.champion_at)
    version = knowledge.named_model or (standing.version if standing else None)
    return load_for(house, connection, version) if version else None


def champion_of(house: House, connection: sa.Connection, plan: Plan) -> Model | None:
    """The champion of a night: that of its first publication, else the champion as known at its end; None before the first.

    A champion that is refused fails the night, unless it is a scheduled night: that one withdraws it, with the reason, and takes the
    champion before it. Where all are refused the fault is not theirs (a lost key, other libraries): none is withdrawn, `NoModelError`.
    """
    if (version := predictions.published_version(connection, plan.night)) is not None:
        return load_for(house, connection, version)
    now = house.clock() if plan.scheduled else None
    refusals: list[str] = []
    while (standing := registry.champion(connection, plan.night, now)) is not None:
        try:
            return load_for(house, connection, standing.version)
        except (CorruptionError, NoModelError) as refusal:
            if now is None:
                raise
            LOG.warning("night %s: champion refused, the one before it is tried: %s", plan.night, refusal)
            registry.withdraw(connection, standing.version, now, registry.by_run(plan.run_id), str(refusal))
            refusals.append(str(refusal))
    if registry.any_promotion(connection, plan.night):
        told = f": {refusals[0]}" if refusals else ", each was withdrawn: promote one with 'nightshift promote VERSION --reason …'"
        raise NoModelError(f"no model may score night {plan.night}{told}")
    return None


def load_for(house: House, connection: sa.Connection, version: str) -> Model:
    """A registered model, its signature and its golden rows proven, that reads our feature view."""
    model = load_model(house, registry.model(connection, version))
    check_view(model, house.view.fingerprint)
    return model


def load_model(house: House, record: registry.ModelRecord) -> Model:
    """A registered model, its signature and its golden rows proven."""
    try:
        manifest = Manifest.from_json(record.manifest)
    except CorruptionError as error:
        raise CorruptionError(f"model {record.version}: {error}") from None
    payload = house.lake.read_bytes(record.path, record.sha256).to_pybytes()
    return load(payload, SignedRecord(record.version, record.sha256, manifest, record.hmac), house.signing_key)


def parent_of(house: House, connection: sa.Connection, night: Night) -> Model | None:
    """The chain's newest member before a night; a refused one is no parent, and the chain goes on anew."""
    earlier = {member: version for member, version in ledger.members(connection).items() if member < night}
    if not earlier:
        return None
    version = earlier[max(earlier)]
    try:
        return load_for(house, connection, version)
    except (CorruptionError, NoModelError) as refusal:
        LOG.warning("night %s is trained without a parent: %s", night, refusal)
        return None


def training_of(rows: pa.Table, columns: tuple[str, ...], lineage: Lineage) -> TrainingSet:
    """The training set that a lineage tells of, out of the standing rows of its partitions."""
    bounds = Bounds(Night.parse(lineage.first_night), lineage.share, lineage.rows, frozenset(map(Night.parse, lineage.excluded)))
    return drawn(rows, columns, bounds, Night.parse(lineage.fresh_after) if lineage.fresh_after else DISTANT_PAST)


def fitted(training: TrainingSet, lineage: Lineage, learner: str, seed: int, parent: Model | None) -> Trained:
    """Train, and take the time."""
    before = time.process_time()
    model = train(training, lineage, LEARNERS[learner], seed, parent)
    return Trained(model, time.process_time() - before)


def save(house: House, connection: sa.Connection, trained: Trained) -> registry.ModelRecord:
    """Write the model's file and its manifest, sign both, and enter the model in the registry with its reference."""
    model, manifest = trained.model, trained.model.manifest
    payload = serialize(model)
    signed = sign(manifest, payload, house.signing_key)
    stored = house.lake.write_bytes(f"models/{model.version}", "skops", payload)
    house.lake.write_page(f"models/{model.version}/manifest.json", manifest.to_json())
    record = registry.ModelRecord(
        version=model.version,
        night=Night.parse(manifest.lineage.night),
        view=manifest.view,
        learner=manifest.learner,
        path=stored.path,
        sha256=stored.sha256,
        hmac=signed.signature,
        manifest=manifest.to_json(),
        parent=manifest.lineage.parent,
        training_seconds=trained.seconds,
    )
    reference = reference_of(house, connection, model)
    registry.register(connection, record, reference.to_plain() if reference else None)
    return record


def lineage_of(house: House, reservoir: Reservoir, parent: Model | None) -> Lineage:
    """Where a model of the reservoir as it stands comes from; `parent` is the model before it."""
    return Lineage(
        night=str(reservoir.night),
        view=house.view.fingerprint,
        cutoff=reservoir.night.end,
        maturity=house.settings.label_maturity,
        first_night=str(reservoir.bounds.first),
        last_night=str(reservoir.newest),
        rows=reservoir.bounds.rows,
        share=reservoir.bounds.share,
        parent=parent.version if parent else None,
        fresh_after=parent.manifest.lineage.night if parent else None,
        excluded=tuple(sorted(map(str, reservoir.bounds.excluded))),
        partitions=tuple(Partition(str(seal.night), seal.sha256) for seal in reservoir.partitions),
        code=code_hash(),
    )


def sha256_of(payload: bytes) -> str:
    """The hash under which a model's file is known: equal models have equal files."""
    return hashlib.sha256(payload).hexdigest()


@functools.cache
def code_hash() -> str:
    """SHA-256 over the sources that make features and models, shortened: another code may make another model of the same rows."""
    here = Path(__file__).parent
    sources = sorted(path for folder in ("features", "scoring") for path in (here / folder).glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
