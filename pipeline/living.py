"""A published night looked back on: beside the training of its model, beside the night before, beside the usual. It warns, never stops."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import sqlalchemy as sa

from pipeline.champions import SEED, load_for
from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data import evaluations, live, registry, runs, seals
from pipeline.data.names import FEATURES
from pipeline.evaluation.alarms import LOOKED_AT, Watch, watch
from pipeline.evaluation.attribution import Nights, Scored, attributed
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
from pipeline.rescoring import GoneThrough, Reproduced, again, reproduced
from pipeline.scoring.model import Model

Score = Callable[[Floats], Floats]


@dataclass(frozen=True)
class _Before:
    """The newest night before that was published as-of, with its model, or why tonight is not compared with it."""

    night: Night | None
    model: Model | None
    untold: str


@dataclass(frozen=True)
class _Tonight:
    """The night as published, and the model that scored it, or why that is refused by now."""

    published: Reproduced
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
        version = str(runs.model_of(connection, plan.run_id))
        model, refusal = _model(house, connection, version)
        before, reference = _before(house, connection, plan, model), _reference(connection, version)
        asked = () if model is None else (model,) if before.model is None or before.model is model else (model, before.model)
        tonight = _Tonight(reproduced(house, connection, plan, asked, reference), version, model, refusal)
        changed = _what_changed(house, connection, before, tonight)
        comparison, untold = _beside_training(reference, tonight)
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
    return Figures.of(
        {"rows": len(tonight.published.scores), "scores.difference": tonight.published.difference, "columns.compared": len(told), **told}
    )


def _alarms_gate(watched: Watch) -> Gate:
    """Where no figure could be watched, that there is no alarm says nothing."""
    return alarms_gate(watched.new_alarms, "" if watched.watched else "; ".join(watched.sentences))


def _model(house: House, connection: sa.Connection, version: str) -> tuple[Model | None, str]:
    try:
        return load_for(house, connection, version), ""
    except (CorruptionError, NoModelError) as refusal:
        return None, str(refusal)


def _scorer(model: Model) -> Score:
    """The model over matrices that fit a batch; equal ones are scored once, since each measure asks for the same ones."""
    known: dict[bytes, Floats] = {}

    def score(rows: Floats) -> Floats:
        told = hashlib.blake2b(np.ascontiguousarray(rows).data).digest()
        if told not in known:
            known[told] = model.score_rows(rows)
        return known[told]

    return score


def _reference(connection: sa.Connection, version: str) -> Reference | None:
    stored = registry.reference(connection, version)
    return None if stored is None else Reference.from_plain(stored)


def _beside_training(reference: Reference | None, tonight: _Tonight) -> tuple[Comparison | None, str]:
    """The night beside its model's reference, or why it is not compared."""
    if reference is None:
        return None, f"NOT COMPARED: {tonight.version} has no reference, all that was sealed when it was trained had matured"
    comparison = Comparison.between(reference, tonight.published.again.tallies, tonight.published.scores)
    if comparison is None:
        return None, "NOT COMPARED: the night is empty"
    return (comparison, "") if comparison.rows >= MINIMUM_ROWS else (None, comparison.sentences[0])


def _told(comparison: Comparison | None) -> tuple[Drift, ...]:
    return (comparison.score, *comparison.features) if comparison else ()


def _before(house: House, connection: sa.Connection, plan: Plan, model: Model | None) -> _Before:
    """The night before; where its model is that of the night, it is not loaded twice."""
    earlier = live.before(connection, plan.night)
    if earlier is None:
        return _Before(None, None, "NOTHING TO COMPARE: no earlier night is published")
    if model is not None and model.version == earlier.model_version:
        return _Before(earlier.night, model, "")
    try:
        return _Before(earlier.night, load_for(house, connection, earlier.model_version), "")
    except (CorruptionError, NoModelError) as refusal:
        return _Before(earlier.night, None, f"NOT COMPARED with night {earlier.night}: {refusal}")


def _what_changed(house: House, connection: sa.Connection, before: _Before, tonight: _Tonight) -> _Changed:
    """The change since the newest night before that is published, in parts."""
    if before.night is None or before.model is None:
        return _Changed((), (before.untold,))
    not_compared = f"NOT COMPARED with night {before.night}"
    sealed = seals.bound(connection, FEATURES, before.night, before.night, house.view.fingerprint)
    if not sealed:
        return _Changed((), (f"{not_compared}: it was published with another view",))
    if tonight.model is None:
        return _Changed((), (f"{not_compared}: {tonight.refusal}",))
    try:
        earlier = again(house, sealed[0], [before.model], None)
    except CorruptionError as loss:
        return _Changed((), (f"{not_compared}: {loss}",))
    changes = _changes(earlier, tonight, before.model, tonight.model)
    return _Changed(changes, tuple(f"Beside night {before.night}: {change.paragraph}" for change in changes))


def _changes(earlier: GoneThrough, tonight: _Tonight, old: Model, new: Model) -> tuple[Change, ...]:
    """Mean score and, where there are alerts, the share of rows at or above tonight's last one."""
    told = tonight.published
    nights = Nights(earlier.kept, told.again.kept, {name: [place] for place, name in enumerate(new.manifest.columns)})
    (before,), (renewed, *others) = earlier.scores, told.again.scores
    by_old = others[0] if others else renewed
    scored, score = Scored(before, by_old, renewed, before[earlier.places]), _scorer(old)
    measures = [MEAN_SCORE] if told.alert_line is None else [MEAN_SCORE, alert_share(told.alert_line)]
    return tuple(attributed(nights, scored, score, measure, SEED) for measure in measures)


def _watched(house: House, connection: sa.Connection, plan: Plan) -> Watch:
    """The night's figures beside those of the published nights before it; a night that was corrected first has none."""
    nights = live.figures_of_nights(connection, plan.night.back(LOOKED_AT), plan.night)
    if not nights or nights[-1][0] != plan.night:
        return Watch(plan.night.day, 0, (), (), (), f"NOT WATCHED: night {plan.night} was never published as-of")
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
