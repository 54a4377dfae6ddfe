"""The night's report put together from what the warehouse and the lake say, and written into the lake."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.errors import UsageError
from pipeline.core.plan import Plan
from pipeline.data import evaluations, live, performances, registry, runs, seals, summaries
from pipeline.data.names import AMOUNT_CENTS, FEATURES, LABELS, OCCURRED_AT, TRANSACTION_ID, TRANSACTIONS
from pipeline.data.reports import report_path
from pipeline.evaluation import report
from pipeline.evaluation.drift import Bin
from pipeline.evaluation.frames import ROWS_AT_ONCE
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.lookback import Beside, Cause, LookBack
from pipeline.evaluation.page import render
from pipeline.house import House
from pipeline.recalling import MATURED_NIGHTS, around
from pipeline.scoring.manifest import Manifest


def write_report(house: House, plan: Plan) -> str:
    """Write the report and return its address."""
    return house.lake.write_page(report_path(plan.night, None if plan.publishes else plan.run_id), render(night_report(house, plan)))


def night_report(house: House, plan: Plan) -> report.NightReport:
    """All that the page shows, with nothing personal in it; a run that sealed nothing has nothing to show (`UsageError`)."""
    with house.warehouse.begin() as connection:
        summary = summaries.run_summary(connection, plan)
        steps = runs.steps_of(connection, plan.run_id)
        judged = evaluations.of_run(connection, plan.run_id)
        alerts = summaries.alerts(connection, plan.night, plan.run_id)
        used = [(what, seals.of_plan(connection, plan, what, view)) for what, view in _tables(house)]
        matured = performances.newest(connection, plan.night, MATURED_NIGHTS)
        model = registry.model(connection, summary.model_version) if summary.model_version else None
        look_back, recalled = _look_back(connection, plan), around(connection, plan, steps)
    sealed = {what: seal for what, seal in used if seal is not None}
    if TRANSACTIONS not in sealed:
        raise UsageError(
            f"run {plan.run_id} of night {plan.night} ended before it sealed a row, so there is nothing to report: "
            f"run 'nightshift night {plan.night}'"
        )
    transactions = sealed[TRANSACTIONS]
    return report.NightReport(
        night=plan.night,
        run_id=plan.run_id,
        mode=plan.mode,
        published_at=summary.published_at,
        model=_champion(model) if model else None,
        counts=_counts(transactions, steps),
        judgements=tuple(_judgement(row) for row in judged),
        alerts=tuple(_shown(house, transactions, alerts)),
        rejections=tuple(report.Rejection(reason, rows) for reason, rows in summary.rejections),
        steps=tuple(
            report.Step(name, f"skipped: {step.skipped}" if step.skipped else "done", step.seconds) for name, step in steps.items()
        ),
        seals=tuple(report.Seal(plan.night, what, str(seal.version), seal.row_count, seal.sha256) for what, seal in sealed.items()),
        minor_units=house.settings.source.transactions.minor_units,
        matured=tuple(report.Matured(**vars(row)) for row in matured),
        look_back=look_back,
        around=recalled,
    )


def _look_back(connection: sa.Connection, plan: Plan) -> LookBack | None:
    live_notes, change_notes, alarm_notes = (live.notes_of(connection, plan.run_id, kind) for kind in ("live", "change", "alarm"))
    if not live_notes:
        return None
    beside = tuple(Beside(*row) for row in live.columns_of(connection, plan.run_id))
    causes = tuple(Cause(*row) for row in live.parts_of(connection, plan.run_id))
    bins = tuple(Bin(*row) for row in live.bins_of(connection, plan.run_id))
    return LookBack(beside, live_notes, causes, change_notes, alarm_notes, bins)


def _judgement(row: evaluations.Stored) -> Judgement:
    return Judgement(*row)


def _tables(house: House) -> list[tuple[str, str]]:
    return [(TRANSACTIONS, ""), (LABELS, ""), (FEATURES, house.view.fingerprint)]


def _counts(sealed: seals.Seal, steps: dict[str, runs.StepRecord]) -> report.Counts:
    """Rows count as scored once their scores are published or kept beside: what a gate stopped was scored for nobody."""
    scored = steps["score"].counts.get("scored", 0) if "publish" in steps else 0
    return report.Counts(
        rows_in=sealed.source_rows,
        scored=scored,
        rejected=sealed.rejected_rows,
        collapsed=sealed.collapsed_rows,
        unscored=sealed.row_count - scored,
        late=sealed.late_rows,
        stragglers=sealed.straggler_rows,
        alerts=steps["score"].counts.get("alerts", 0) if scored else 0,
    )


def _champion(model: registry.ModelRecord) -> report.Champion:
    trained_through = Manifest.from_json(model.manifest).lineage.last_night
    return report.Champion(model.version, model.learner, type(model.night).parse(trained_through), model.view, model.sha256)


def _shown(house: House, sealed: seals.Seal, alerts: list[summaries.AlertRow]) -> list[report.Alert]:
    """The alerts with what the sealed transactions say of them, personal columns left out."""
    ours = house.settings.source.transactions
    entities = [name for name, column in ours.entities.items() if column not in ours.personal]
    wanted = pa.array([alert.transaction_id for alert in alerts], house.source.shape.key)
    columns = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS, *entities]
    batches = house.lake.read_batches(sealed.path, sealed.sha256, ROWS_AT_ONCE, columns)
    found = (batch.filter(pc.is_in(batch.column(TRANSACTION_ID), wanted)) for batch in batches)
    known = {row[TRANSACTION_ID]: row for batch in found for row in batch.to_pylist()}
    return [_alert(alert, known[alert.transaction_id], entities) for alert in alerts]


def _alert(alert: summaries.AlertRow, row: dict[str, object], entities: list[str]) -> report.Alert:
    named = tuple((name, row[name]) for name in entities)
    occurred_at, cents = row[OCCURRED_AT], row[AMOUNT_CENTS]
    return report.Alert(alert.alert_rank, alert.score, alert.transaction_id, occurred_at, cents, named, alert.reasons)  # type: ignore[arg-type]
