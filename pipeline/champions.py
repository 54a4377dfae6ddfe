"""Models between the floors: the champion of a night, loaded and proven; a new model, saved, signed and assigned."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.errors import NoModelError
from pipeline.core.plan import Plan
from pipeline.data import predictions, registry, seals
from pipeline.data.intake import read_inputs
from pipeline.data.names import FEATURES, LABELS, labels_schema
from pipeline.house import House
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Lineage, Manifest
from pipeline.scoring.manifest import Seal as LineageSeal
from pipeline.scoring.model import Model, train
from pipeline.scoring.saving import load, serialize
from pipeline.scoring.signing import SignedRecord, sign
from pipeline.scoring.training import matured, sampled

SEED = 2018  # any number will do, as long as it never changes


def champion_version(connection: sa.Connection, plan: Plan) -> str | None:
    """The model of a night: that of its first publication, else the champion as known at its end; None before the first."""
    return predictions.published_version(connection, plan.night) or registry.champion(connection, plan.night)


def load_model(house: House, version: str) -> Model:
    """A registered model, its signature and its golden rows proven."""
    with house.warehouse.begin() as connection:
        record = registry.model(connection, version)
    payload = house.lake.read_bytes(record.path, record.sha256).to_pybytes()
    return load(payload, SignedRecord(record.version, record.sha256, Manifest.from_json(record.manifest), record.hmac), house.signing_key)


@dataclass(frozen=True)
class Reservoir:
    """What a night may train on: sealed features with complete history, and every label known by its cutoff."""

    features: list[seals.Seal]
    labels: list[seals.Seal]


def reservoir(house: House, connection: sa.Connection, plan: Plan) -> Reservoir:
    """The seals that training at the end of a night reads."""
    known = [seal for seal in seals.all_bound(connection, FEATURES) if seal.night <= plan.night and seal.view == house.view.fingerprint]
    features = [seal for seal in known if seal.complete and seal.night.start + house.settings.label_maturity <= plan.cutoff]
    labels = [
        seal
        for seal in seals.all_bound(connection, LABELS)
        if features and features[0].night.start <= seal.night.end and seal.night <= plan.night
    ]
    return Reservoir(features, labels)


def train_model(house: House, plan: Plan, on: Reservoir) -> Model:
    """Train on the matured nights; too few frauds, or a class missing, is a `NoModelError` with the numbers."""
    if not on.features:
        raise NoModelError(
            f"no night before {plan.night} has matured with its whole history ({house.view.reach.days} days): "
            "wait, or backfill earlier nights"
        )
    key = house.source.shape.key
    features = read_inputs(house.lake, on.features, house.view.schema(key))
    labels = read_inputs(house.lake, on.labels, labels_schema(key))
    rows = matured(features, labels, plan.cutoff, house.settings.label_maturity)
    training = sampled(rows, house.view.columns, house.settings.subsample)
    return train(training, _lineage(house, plan, on), LEARNERS[house.settings.learner], SEED)


def save_model(house: House, plan: Plan, model: Model) -> registry.ModelRecord:
    """Write the model's file and its manifest, and sign both."""
    payload = serialize(model)
    signed = sign(model.manifest, payload, house.signing_key)
    stored = house.lake.write_bytes(f"models/{model.version}", "skops", payload)
    house.lake.write_page(f"models/{model.version}/manifest.json", model.manifest.to_json())
    return registry.ModelRecord(
        model.version,
        plan.night,
        model.manifest.view,
        model.manifest.learner,
        stored.path,
        stored.sha256,
        signed.signature,
        model.manifest.to_json(),
    )


def _lineage(house: House, plan: Plan, on: Reservoir) -> Lineage:
    return Lineage(
        night=str(plan.night),
        view=house.view.fingerprint,
        first_night=str(on.features[0].night),
        last_night=str(on.features[-1].night),
        cutoff=plan.cutoff,
        maturity=house.settings.label_maturity,
        seals=tuple(LineageSeal(str(seal.night), seal.what, seal.sha256) for seal in (*on.features, *on.labels)),
    )
