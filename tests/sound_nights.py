"""A night on which nothing is wrong, as the three gates see it, to be ruined in one place at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa

from pipeline.core.night import Night
from pipeline.data.names import scores_schema, transactions_schema
from pipeline.evaluation.checks import Gate
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import features_gate, predictions_gate, transactions_gate
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.night_figures import Intake, feature_figures, prediction_figures, transaction_figures
from pipeline.evaluation.weekday import MINIMUM_WEEKS, Weekday

NIGHT = Night.parse("2026-11-22")
ENTITIES = ("customer", "terminal")
COLUMNS = ("amount", "customer_count_1d")
SCHEMA = transactions_schema(pa.string(), {"customer": pa.string(), "terminal": pa.int64()})
ROWS, BUDGET = 60, 2


@dataclass(frozen=True)
class Audit:
    """A gate, the figures of a night, and the Sundays before it."""

    gate: Gate
    figures: Figures
    weekday: Weekday

    def judged(self, figures: Figures | None = None) -> tuple[Judgement, ...]:
        return judge(self.gate, figures or self.figures, self.weekday)


def sealed_night(rows: int) -> pa.Table:
    moments = [NIGHT.start + dt.timedelta(minutes=row) for row in range(rows)]
    keys = [f"private-key-{row % 7}" for row in range(rows)]
    columns = [[f"private-id-{row}" for row in range(rows)], moments, moments, range(100, 100 + rows), keys, range(rows)]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def features_of(sealed: pa.Table) -> pa.Table:
    drawn = {name: pa.array([float(row) for row in range(sealed.num_rows)], pa.float64()) for name in COLUMNS}
    return pa.table({**{name: sealed[name] for name in ("transaction_id", "occurred_at", "amount_cents")}, **drawn})


def scores_of(sealed: pa.Table) -> pa.Table:
    scores = [0.04 / (row + 1) for row in range(sealed.num_rows)]
    ranks = [row + 1 if row < BUDGET else None for row in range(sealed.num_rows)]
    columns = [sealed["transaction_id"], sealed["occurred_at"], pa.array(scores, pa.float64()), pa.array(ranks, pa.int32())]
    return pa.table(columns, schema=scores_schema(pa.string()))


def of_transactions(sealed: pa.Table) -> Figures:
    return transaction_figures(sealed, Intake(sealed.num_rows, 0, 0, 0, source_disagrees=False), NIGHT, ENTITIES)


def of_features(features: pa.Table, rows: int = ROWS) -> Figures:
    return feature_figures(features, rows, COLUMNS)


def of_predictions(scores: pa.Table, rows: int = ROWS) -> Figures:
    return prediction_figures(scores, rows, BUDGET)


def audits(rows: int = ROWS) -> list[Audit]:
    """The three gates over a sound night, after as many such nights as they need."""
    sealed = sealed_night(rows)
    gates = (transactions_gate(ENTITIES), features_gate(COLUMNS, COLUMNS), predictions_gate())
    figures = (of_transactions(sealed), of_features(features_of(sealed), rows), of_predictions(scores_of(sealed), rows))
    return [Audit(gate, each, sundays(each)) for gate, each in zip(gates, figures, strict=True)]


def sundays(figures: Figures, nights: int = MINIMUM_WEEKS) -> Weekday:
    """Sundays that all had these figures."""
    return Weekday("Sunday", (figures,) * nights)


def altered(figures: Figures, **changes: float) -> Figures:
    """The same with other values; `__` stands for the dot in a name."""
    return Figures.of({**dict(figures.values), **{name.replace("__", "."): value for name, value in changes.items()}})


def broken(judgements: tuple[Judgement, ...]) -> list[str]:
    return [judgement.check for judgement in judgements if judgement.broken]
