"""A published night looked back on: beside the training of its model, beside the night before, beside the usual. It warns, never stops."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.champions import SEED, load_for
from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data import evaluations, live, predictions, registry, runs, seals
from pipeline.data.names import ALERT_RANK, FEATURES, SCORE, TRANSACTION_ID
from pipeline.data.partitions import Partition
from pipeline.evaluation.alarms import LOOKED_AT, Watch, watch
from pipeline.evaluation.attribution import Nights, what_changed
from pipeline.evaluation.change import MEAN_SCORE, Change, alert_share
from pipeline.evaluation.checks import Gate
from pipeline.evaluation.drift import MINIMUM_ROWS, Comparison, Drift
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.history import history
from pipeline.evaluation.judge import judge
from pipeline.evaluation.marking_gates import alarms_gate, live_gate
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.reference import Reference
from pipeline.house import House
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model

ROWS_AT_ONCE = 131_072  # rows scored at a time, as in the step score
Score = Callable[[Floats], Floats]


@dataclass(frozen=True)
class _Tonight:
    """The night as published: its features, their scores in the warehouse (NaN where one lacks), and the model, or why it is refused."""

    features: pa.Table
    scores: Floats
    alert_line: float | None
    version: str
    model: Model | None
    refusal: str


@dataclass(frozen=True)
class _Changed:
    """What moved since the night before: changes, or why there are none; `sentences` say either."""

    changes: tuple[Change, ...]
    sentences: tuple[str, ...]


def look_back(house: House, plan: Plan) -> Mapping[str, int]:
    """Enter what a published night shows, and its judgements under the gates `live` and `alarms`; returns how many warnings each has."""
    with house.warehouse.begin_long() as connection:  # thousands of counterfactual scores are computed meanwhile
        if not runs.is_published(connection, plan.run_id):
            return {}
        tonight = _tonight(house, connection, plan)
        changed = _what_changed(house, connection, plan, tonight)
        comparison, untold = _beside_training(connection, tonight)
        watched = _watched(house, connection, plan)
    judgements = judge(live_gate(_told(comparison), untold), _live_figures(tonight, comparison))
    alarms = judge(_alarms_gate(watched), Figures.of({"figures": watched.figures, "new_alarms": len(watched.new_alarms)}))
    beside = comparison.sentences if comparison else (untold,)
    notes = {"live": beside, "change": changed.sentences, "alarm": watched.sentences}
    bins = tuple(asdict(bin_) for bin_ in comparison.bins) if comparison else ()
    seen = live.Seen(_columns(comparison), bins, _parts(changed), notes)
    with house.warehouse.begin() as connection:
        runs.lock_night(connection, plan)
        evaluations.enter(connection, plan.run_id, plan.night, map(asdict, (*judgements, *alarms)))
        live.enter(connection, plan, seen)
    return {"live_warnings": sum(one.broken for one in judgements), "new_alarms": len(watched.new_alarms)}


def _live_figures(tonight: _Tonight, comparison: Comparison | None) -> Figures:
    told = {f"{drift.name}.stands_out": float(drift.stands_out) for drift in _told(comparison)}
    return Figures.of({"rows": tonight.features.num_rows, "scores.difference": _difference(tonight), "columns.compared": len(told), **told})


def _alarms_gate(watched: Watch) -> Gate:
    """Where no figure could be watched, that there is no alarm says nothing."""
    return alarms_gate(watched.new_alarms, "" if watched.watched else "; ".join(watched.sentences))


def _tonight(house: House, connection: sa.Connection, plan: Plan) -> _Tonight:
    """What was published, read back; a model that is refused by now is missed, and told."""
    version = str(runs.model_of(connection, plan.run_id))
    model, refusal = _model(house, connection, version)
    sealed = seals.of_plan(connection, plan, FEATURES, house.view.fingerprint)
    features = house.lake.read_table(sealed.path, sealed.sha256) if sealed else None
    staged = predictions.staged(house.warehouse, Partition(plan.night, plan.run_id))
    if features is None:
        return _Tonight(house.view.schema(house.source.shape.key).empty_table(), np.empty(0), None, version, None, refusal)
    places = pc.index_in(features[TRANSACTION_ID], value_set=staged[TRANSACTION_ID].combine_chunks())
    scores = staged[SCORE].take(places).to_numpy()
    alerts = staged.filter(pc.is_valid(staged[ALERT_RANK]))[SCORE]
    return _Tonight(features, scores, pc.min(alerts).as_py(), version, model, refusal)


def _model(house: House, connection: sa.Connection, version: str) -> tuple[Model | None, str]:
    try:
        return load_for(house, connection, version), ""
    except (CorruptionError, NoModelError) as refusal:
        return None, str(refusal)


def _features(house: House, connection: sa.Connection, night: Night) -> pa.Table | None:
    """The sealed features of a night under our view; None where it has none."""
    sealed = seals.bound(connection, FEATURES, night, night, house.view.fingerprint)
    return house.lake.read_table(sealed[0].path, sealed[0].sha256) if sealed else None


def _difference(tonight: _Tonight) -> float:
    """The largest difference between a published score and the same row scored again; NaN where either is missing."""
    if tonight.model is None or not {*tonight.model.manifest.columns} <= {*tonight.features.column_names}:
        return math.nan
    again = _scorer(tonight.model)(as_matrix(tonight.features, tonight.model.manifest.columns))
    return float(np.abs(again - tonight.scores).max(initial=0.0))


def _scorer(model: Model) -> Score:
    """The model over a matrix of any length; equal matrices are scored once, since each measure asks for the same ones (11 s became 7)."""
    known: dict[bytes, Floats] = {}

    def score(rows: Floats) -> Floats:
        told = hashlib.blake2b(np.ascontiguousarray(rows).data).digest()
        if told not in known:
            parts = [model.score_rows(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE)]
            known[told] = np.concatenate([np.empty(0), *parts])
        return known[told]

    return score


def _beside_training(connection: sa.Connection, tonight: _Tonight) -> tuple[Comparison | None, str]:
    """The night beside its model's reference, or why it is not compared."""
    stored = registry.reference(connection, tonight.version)
    if stored is None:
        return None, f"NOT COMPARED: {tonight.version} has no reference, all that was sealed when it was trained had matured"
    reference = Reference.from_plain(stored)
    comparison = Comparison.of(reference, _matrix(tonight.features, reference), tonight.scores)
    if comparison is None:
        return None, "NOT COMPARED: the night is empty"
    return (comparison, "") if comparison.rows >= MINIMUM_ROWS else (None, comparison.sentences[0])


def _matrix(features: pa.Table, reference: Reference) -> Floats:
    """The columns of the reference; one that the night lacks has no value in any row."""
    names = [name for name, _ in reference.columns]
    for name in set(names) - set(features.column_names):
        features = features.append_column(name, pa.nulls(features.num_rows, pa.float64()))
    return as_matrix(features, tuple(names))


def _told(comparison: Comparison | None) -> tuple[Drift, ...]:
    return (comparison.score, *comparison.features) if comparison else ()


def _what_changed(house: House, connection: sa.Connection, plan: Plan, tonight: _Tonight) -> _Changed:
    """The change since the newest night before that is published, in parts."""
    earlier = live.before(connection, plan.night)
    if earlier is None:
        return _Changed((), ("NOTHING TO COMPARE: no earlier night is published",))
    try:
        before = _features(house, connection, earlier.night)
        old = tonight.model if earlier.model_version == tonight.version else load_for(house, connection, earlier.model_version)
    except (CorruptionError, NoModelError) as refusal:
        return _Changed((), (f"NOT COMPARED with night {earlier.night}: {refusal}",))
    if before is None:
        return _Changed((), (f"NOT COMPARED with night {earlier.night}: it was published with another view",))
    if old is None or tonight.model is None:
        return _Changed((), (f"NOT COMPARED with night {earlier.night}: {tonight.refusal}",))
    changes = _changes(before, tonight, old, tonight.model)
    return _Changed(changes, tuple(f"Beside night {earlier.night}: {change.paragraph}" for change in changes))


def _changes(before: pa.Table, tonight: _Tonight, old: Model, new: Model) -> tuple[Change, ...]:
    """Mean score and, where there are alerts, the share of rows at or above tonight's last one."""
    columns = new.manifest.columns
    nights = Nights(as_matrix(before, columns), as_matrix(tonight.features, columns), {name: [place] for place, name in enumerate(columns)})
    by_new = _scorer(new)
    by_old = by_new if old is new else _scorer(old)
    measures = [MEAN_SCORE] if tonight.alert_line is None else [MEAN_SCORE, alert_share(tonight.alert_line)]
    return tuple(what_changed(nights, by_old, by_new, measure, SEED) for measure in measures)


def _watched(house: House, connection: sa.Connection, plan: Plan) -> Watch:
    """The night's figures beside those of the published nights before it."""
    nights = live.figures_of_nights(connection, plan.night.back(LOOKED_AT), plan.night)
    columns = [column for column in house.view.columns if column not in house.view.calendar]
    return watch(history([(night.day, steps) for night, steps in nights], house.source.shape.entities, columns))


def _columns(comparison: Comparison | None) -> tuple[Mapping[str, object], ...]:
    """Rows of `live.COLUMN`."""
    return tuple(
        {
            "name": drift.name,
            "effect": drift.effect,
            "stands_out": drift.stands_out,
            "mean": _known(drift.mean),
            "mean_before": _known(drift.mean_before),
            "missing": drift.missing,
            "missing_before": drift.missing_before,
        }
        for drift in _told(comparison)
    )


def _parts(changed: _Changed) -> tuple[Mapping[str, object], ...]:
    """Rows of `live.PART`."""
    return tuple({"measure": change.measure.name, **asdict(part)} for change in changed.changes for part in change.parts)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
