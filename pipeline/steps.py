"""One function a step, in the order of the night: each reads what earlier steps sealed or staged, thinks, and publishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import sqlalchemy as sa

from pipeline.core.errors import GateError, UsageError
from pipeline.core.night import Night
from pipeline.core.plan import Asked, Plan, Request, require_over, resolve
from pipeline.core.progress import LOG
from pipeline.data import evaluations, predictions, reasons, runs, seals
from pipeline.data.intake import Taking, bind, source_begins
from pipeline.data.names import FEATURES, TRANSACTIONS, transactions_schema
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.frames import Frame
from pipeline.evaluation.judgement import stop_line
from pipeline.evaluation.night_figures import Intake as IntakeFigures
from pipeline.evaluation.night_figures import prediction_figures, transaction_figures
from pipeline.features.in_buckets import has_room
from pipeline.features.words import words_of
from pipeline.featuring import featured
from pipeline.house import House
from pipeline.scoring.nightly import score_night
from pipeline.stepping import Done, StepResult, step
from pipeline.training import Progress, await_training, train_ready

SCORE_ROWS = 131_072  # rows scored at a time
AS_OF = Asked()
NO_CHAMPION = "there is no champion yet: no model was assigned before the end of the night"


def plan(house: House, night: Night, *, scheduled: bool, requested_by: str, asked: Asked = AS_OF) -> int:
    """Open a run of a night that is over and not older than the source; returns its `run_id`, from which every later step works."""
    now = house.clock()
    require_over(night, now, house.settings.settle)
    source_begins(house.warehouse, house.source, night)
    with house.warehouse.begin() as connection:
        knowledge = resolve(night, asked, runs.known_of(connection, night, asked.model_version, now))
        reason = (asked.reason or "").strip() or None
        request = Request(night, asked.mode, reason, knowledge, scheduled, requested_by, backtestable=house.source.has_arrivals)
        return runs.open_run(connection, request)


@step
def extract(house: House, plan: Plan) -> Done:
    """Seal what arrived in the night, and the history that the view needs; where the seal binds, look whether the source still agrees.

    A run beside the chain of nights reads what is sealed, and asks the source nothing.
    """
    if not plan.in_chain:
        return _read_again(house, plan)
    settings = house.settings
    taking = Taking(
        house.warehouse,
        house.source,
        house.lake,
        plan.run_id,
        plan.night,
        house.reach,
        settings.straggler_nights,
        house.progress,
        house.room,
    )
    intake = taking.take()
    sealed = intake.transactions
    figures = Figures.from_json(sealed.figures) if sealed.figures else _figures_of(house, sealed)  # sealed as history: none yet
    figures = Figures.of(dict(figures.values) | {"source_disagrees": float(intake.source_disagrees)})
    with house.warehouse.begin() as connection:
        seals.describe(connection, sealed, figures.to_json())
    return Done({**_counted(sealed), "labels": intake.labels.row_count, "history_nights": intake.history_nights}, figures)


@step
def build_features(house: House, plan: Plan) -> Done:
    """Compute the night's features from sealed rows alone; where they are sealed and bind, they stay as they are."""
    with house.warehouse.begin() as connection:
        arrived = _required(connection, plan, TRANSACTIONS)
    return featured(house, plan, arrived)


@step
def score(house: House, plan: Plan) -> Done:
    """Score the night with its champion, and say why its alerts are alerts, into partitions of the run's own, where no analyst looks."""
    from pipeline import champions
    from pipeline.scoring.reasons import explain_alerts

    await_training(house, plan)
    with house.warehouse.begin() as connection:
        model = champions.model_of(house, connection, plan)
        features = _required(connection, plan, FEATURES, house.view.fingerprint)
        key = house.source.shape.key
    if model is None:
        return Done({"unscored": features.row_count}, skipped=NO_CHAMPION)
    budget, batches = house.settings.alert_budget, house.lake.read_batches(features.path, features.sha256, SCORE_ROWS)
    night = score_night(model, batches, house.view.schema(key), budget)
    told = explain_alerts(model, night.alerts)
    predictions.stage(house.warehouse, plan, predictions.Origin(model.version, features.seal_id), night.scores)
    reasons.stage(house.warehouse, plan, told.base, told.rows, map(asdict, words_of(house.view)))
    figures = prediction_figures(night.scores, features.row_count, budget)
    return Done({"scored": night.scores.num_rows, "alerts": int(figures.get("alerts") or 0)}, figures)


@step
def judge(house: House, plan: Plan) -> Done:
    """Hold the night's figures against its gates; the seals of a night that passes bind, a night that fails stops here (`GateError`)."""
    from pipeline.judging import judged

    with house.warehouse.begin() as connection:
        done = runs.steps_of(connection, plan.run_id)
        arrived = _required(connection, plan, TRANSACTIONS)
    judgements = judged(house, plan, arrived, done)
    stop = stop_line(judgements, plan.night)
    with house.warehouse.begin() as connection:
        runs.lock_night(connection, plan)
        evaluations.enter(connection, plan.run_id, plan.night, map(asdict, judgements))
        if stop is None and plan.in_chain:
            bind(connection, house.lake, plan.run_id, plan.night)
        runs.set_state(connection, plan.run_id, "stopped" if stop else "judged" if done["score"].skipped is None else "unscored")
    if stop is not None:
        raise GateError(stop)
    return Done({"checks": len(judgements), "warnings": sum(judgement.broken for judgement in judgements)})


@step
def publish(house: House, plan: Plan) -> Done:
    """Make the staged night what analysts see, in one transaction."""
    with house.warehouse.begin() as connection:
        scored = runs.steps_of(connection, plan.run_id)["score"]
        state = runs.state_of(connection, plan.run_id)
    if scored.skipped is not None:
        return Done({}, skipped=scored.skipped)
    if state not in {"judged", "published"}:
        raise UsageError(f"run {plan.run_id} of night {plan.night} is {state}: only a night that passed its gates is published")
    if not plan.publishes:
        return Done({}, skipped=_kept_beside(house, plan))
    predictions.publish(house.warehouse, plan)
    return Done({"published": scored.counts["scored"], "alerts": scored.counts["alerts"]})


@step
def monitor(house: House, plan: Plan) -> Done:
    """Look back on the night and enter what it promises, measure the nights whose labels matured, write the report; it never stops."""
    from pipeline.living import look_back
    from pipeline.maturing import follow
    from pipeline.reporting import write_report

    seen = {**look_back(house, plan), **asdict(follow(house, plan))}
    LOG.info("night %s report: %s", plan.night, write_report(house, plan))
    return Done({"reports": 1, **seen})


@step
def retrain(house: House, plan: Plan) -> Done:
    """Train every night that is ready, in order, up to the first gap; a challenger that passes is champion from the end of its night on."""
    if not plan.in_chain:
        return Done({}, skipped=f"mode {plan.mode} trains no model")
    progress = train_ready(house, plan)
    counts = {"nights": len(progress.entries), "promoted": sum(entry.outcome == "promoted" for entry in progress.entries)}
    return Done(counts, skipped=_untrained(progress))


def run_night(house: House, night: Night, *, scheduled: bool, requested_by: str, asked: Asked = AS_OF) -> Iterator[tuple[str, StepResult]]:
    """All steps of a night in order, each as it ends; a failed gate is entered in the ledger before it is raised."""
    run_id = plan(house, night, scheduled=scheduled, requested_by=requested_by, asked=asked)
    for each in (extract, build_features, score):
        yield each.__name__, each(house, run_id)
    try:
        yield judge.__name__, judge(house, run_id)
    except GateError:
        retrain(house, run_id)
        raise
    for each in (publish, monitor, retrain):
        yield each.__name__, each(house, run_id)


def _untrained(progress: Progress) -> str | None:
    """Why the night itself has no challenger, if training did not get to it or found nothing to do."""
    if progress.gap is not None:
        return f"training stands before night {progress.gap}, which was not run to its end: run it, or exclude it from training"
    return progress.own.reason if progress.own is not None and progress.own.version is None else None


def _counted(sealed: seals.Seal) -> dict[str, int]:
    return {
        "rows_in": sealed.source_rows,
        "sealed": sealed.row_count,
        "rejected": sealed.rejected_rows,
        "collapsed": sealed.collapsed_rows,
        "late": sealed.late_rows,
        "stragglers": sealed.straggler_rows,
    }


def _read_again(house: House, plan: Plan) -> Done:
    """What is sealed for good of the night, counted as it was then."""
    with house.warehouse.begin() as connection:
        sealed = _required(connection, plan, TRANSACTIONS)
    return Done(_counted(sealed), Figures.from_json(sealed.figures) if sealed.figures else _figures_of(house, sealed))


def _kept_beside(house: House, plan: Plan) -> str:
    with house.warehouse.begin() as connection:
        runs.lock_night(connection, plan)
        runs.set_state(connection, plan.run_id, "kept")
    return f"mode {plan.mode} publishes nothing: the scores are kept beside, in scoring.what_if_prediction"


def _figures_of(house: House, sealed: seals.Seal) -> Figures:
    """Figures of what lies in the lake and in the warehouse now, against the rows that came: a row lost in between is unaccounted for."""
    shape = house.source.shape
    if has_room(sealed.row_count, house.room):
        rows: Frame = house.lake.read_table(sealed.path, sealed.sha256)
    else:
        rows = house.filed(sealed, transactions_schema(shape.key, shape.entities))
    with house.warehouse.begin() as connection:
        rejected = seals.set_aside(connection, sealed)
    intake = IntakeFigures(sealed.source_rows, rejected, sealed.collapsed_rows, sealed.straggler_rows, source_disagrees=False)
    return transaction_figures(rows, intake, sealed.night, shape.entities)


def _required(connection: sa.Connection, plan: Plan, what: str, view: str = "") -> seals.Seal:
    sealed = seals.of_plan(connection, plan, what, view)
    if sealed is None:
        raise UsageError(f"run {plan.run_id} of night {plan.night} has no sealed {what}: run the steps before this one first")
    return sealed
