"""The figures of a night held against its gates, beside the same weekday's earlier nights: what the step `judge` enters and decides by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.errors import UsageError
from pipeline.core.plan import Plan
from pipeline.data import runs, seals, weekdays
from pipeline.evaluation.checks import Gate, Severity
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import features_gate, predictions_gate, transactions_gate
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.marking_gates import champion_gate
from pipeline.evaluation.weekday import WEEKS, Weekday
from pipeline.expiring import news_of
from pipeline.house import House


@dataclass(frozen=True)
class _Audit:
    """A step's figures and the gate that judges them, with the earlier nights that relative limits are relative to."""

    step: str
    gate: Gate
    weekday: Weekday


def judged(house: House, plan: Plan, arrived: seals.Seal, done: Mapping[str, runs.StepRecord]) -> tuple[Judgement, ...]:
    """The judgements of a night of which `done` holds what its steps entered; nothing is said of a step that was skipped."""
    judgements = [judgement for audit in _audits(house, plan, arrived) for judgement in _judged(audit, done.get(audit.step))]
    return (*judgements, *(() if done["score"].skipped is not None else _judged_champion(house, plan)))


def _audits(house: House, plan: Plan, arrived: seals.Seal) -> Iterator[_Audit]:
    with house.warehouse.begin() as connection:
        earlier = weekdays.earlier(connection, plan, house.view.fingerprint, WEEKS)
    bound: Severity = "warn" if arrived.binds else "fail"
    vouched = plan.night.day in house.settings.accept_nights
    transactions = transactions_gate(house.source.shape.entities, bound, vouched=vouched)
    yield _Audit("extract", transactions, _weekday(plan, earlier.transactions))
    yield _Audit("build_features", features_gate(house.view.columns, house.view.varying), _weekday(plan, earlier.features))
    yield _Audit("score", predictions_gate(), _weekday(plan, earlier.predictions))


def _weekday(plan: Plan, nights: tuple[weekdays.Named, ...]) -> Weekday:
    return Weekday(f"{plan.night.day:%A}", tuple(Figures.from_json(figures) for figures in nights))


def _judged(audit: _Audit, record: runs.StepRecord | None) -> tuple[Judgement, ...]:
    if record is None:
        raise UsageError(f"the gate of {audit.gate.name} has no figures: run the steps before 'judge' first")
    return () if record.skipped is not None else judge(audit.gate, Figures.from_json(record.figures), audit.weekday)


def _judged_champion(house: House, plan: Plan) -> tuple[Judgement, ...]:
    with house.warehouse.begin() as connection:
        news = news_of(house, connection, plan)
    figures = {"champions": 1.0, "champion.expired": float(news.expired is not None), "champion.withdrawn": float(len(news.withdrawn))}
    return judge(champion_gate(news.expired, news.withdrawn), Figures.of(figures))
