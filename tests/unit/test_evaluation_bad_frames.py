"""Frames as they may come when something upstream breaks: empty, without values, without a column, constant. Each is named by a check."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pytest

from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, TRANSACTION_ID
from pipeline.evaluation.catalogue import SLICES
from pipeline.evaluation.challenge import Margins
from pipeline.evaluation.challenger_gate import challenger_gate
from pipeline.evaluation.checks import Check, Gate
from pipeline.evaluation.drift import Comparison
from pipeline.evaluation.empty_nights import EMPTY_NIGHTS
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import Judgement, verdict
from pipeline.evaluation.limits import OfWeekday
from pipeline.evaluation.marking_gates import alarms_gate, champion_gate, live_gate
from pipeline.evaluation.night_figures import Intake, feature_figures, prediction_figures, transaction_figures
from pipeline.evaluation.reference import Reference
from tests.sound_nights import BUDGET, COLUMNS, ENTITIES, NIGHT, Audit, altered, audits, features_of, scores_of, sealed_night, sundays

ROWS = 1_200  # from a thousand rows on a constant column is no accident
TRANSACTIONS, FEATURES, PREDICTIONS = audits(ROWS)
DRIFTING = ("amount", "count")
Ruin = Callable[[pa.Table, str], pa.Table]


def without_values(table: pa.Table, column: str) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.nulls(table.num_rows, table.schema.field(column).type))


def not_a_number(table: pa.Table, column: str) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array([math.nan] * table.num_rows))


def missing(table: pa.Table, column: str) -> pa.Table:
    return table.drop_columns([column])


def constant(table: pa.Table, column: str) -> pa.Table:
    first = table[column].combine_chunks().take(pa.array([0] * table.num_rows))
    return table.set_column(table.column_names.index(column), column, first)


def of_transactions(sealed: pa.Table) -> tuple[Judgement, ...]:
    return TRANSACTIONS.judged(transaction_figures(sealed, Intake(ROWS, 0, 0, 0, source_disagrees=False), NIGHT, ENTITIES))


def of_features(features: pa.Table) -> tuple[Judgement, ...]:
    return FEATURES.judged(feature_figures(features, ROWS, COLUMNS))


def of_predictions(scores: pa.Table) -> tuple[Judgement, ...]:
    return PREDICTIONS.judged(prediction_figures(scores, ROWS, BUDGET))


RUINED: list[tuple[Ruin, str, str, str]] = [
    *((ruin, TRANSACTION_ID, "ids_known", "fail") for ruin in (without_values, missing)),
    *((ruin, OCCURRED_AT, "instants_known", "fail") for ruin in (without_values, missing)),
    *((ruin, AMOUNT_CENTS, "amounts_known", "fail") for ruin in (without_values, missing)),
    *((ruin, entity, f"{entity}.known", "warn") for entity in ENTITIES for ruin in (without_values, missing)),
    (constant, TRANSACTION_ID, "ids_unique", "fail"),
    *((constant, column, f"{column}.varies", "warn") for column in (OCCURRED_AT, AMOUNT_CENTS, *ENTITIES)),
]


@pytest.mark.parametrize(("ruin", "column", "check", "severity"), RUINED)
def test_a_ruined_column_of_transactions_is_named(ruin: Ruin, column: str, check: str, severity: str) -> None:
    assert broken(of_transactions(ruin(sealed_night(ROWS), column)))[check] == severity


RUINED_FEATURES: list[tuple[Ruin, str, str, str]] = [
    *((ruin, TRANSACTION_ID, "ids_known", "fail") for ruin in (without_values, missing)),
    *((ruin, AMOUNT_CENTS, "amounts_known", "fail") for ruin in (without_values, missing)),
    *((ruin, column, f"{column}.known", "warn") for column in COLUMNS for ruin in (without_values, not_a_number, missing)),
    *((missing, column, f"{column}.finite", "fail") for column in COLUMNS),
    (constant, TRANSACTION_ID, "ids_unique", "fail"),
    *((constant, column, f"{column}.varies", "warn") for column in COLUMNS),
]


@pytest.mark.parametrize(("ruin", "column", "check", "severity"), RUINED_FEATURES)
def test_a_ruined_column_of_features_is_named(ruin: Ruin, column: str, check: str, severity: str) -> None:
    assert broken(of_features(ruin(features_of(sealed_night(ROWS)), column)))[check] == severity


RUINED_SCORES: list[tuple[Ruin, str, str, str]] = [
    *((ruin, TRANSACTION_ID, "ids_known", "fail") for ruin in (without_values, missing)),
    *((ruin, "score", "scores_known", "fail") for ruin in (without_values, not_a_number, missing)),
    *((ruin, "score", "scores_differ", "warn") for ruin in (without_values, not_a_number, missing, constant)),
    *((ruin, "score", "alerts_are_highest", "fail") for ruin in (without_values, not_a_number, missing)),
    *((ruin, "alert_rank", "alerts_complete", "fail") for ruin in (without_values, missing, constant)),
    (constant, TRANSACTION_ID, "ids_unique", "fail"),
]


@pytest.mark.parametrize(("ruin", "column", "check", "severity"), RUINED_SCORES)
def test_a_ruined_column_of_predictions_is_named(ruin: Ruin, column: str, check: str, severity: str) -> None:
    assert broken(of_predictions(ruin(scores_of(sealed_night(ROWS)), column)))[check] == severity


def compared(rows: np.ndarray, scores: np.ndarray) -> tuple[Judgement, ...]:
    """A night held against a training set of the same law, under the live gate."""
    rng = np.random.default_rng(0)
    training = rng.lognormal(3.0, 1.0, (5_000, 2))
    reference = Reference.of(DRIFTING, training, rng.random(5_000), np.ones(5_000))
    comparison = Comparison.of(reference, rows, scores)
    told = (comparison.score, *comparison.features) if comparison else ()
    stands_out = {f"{drift.name}.stands_out": float(drift.stands_out) for drift in told}
    figures = {"rows": len(scores), "scores.difference": 0.0, "columns.compared": len(told), **stands_out}
    return judge(live_gate(told), Figures.of(figures))


@pytest.mark.parametrize("value", [math.nan, 7.0], ids=["all NaN, as a missing column is read", "constant"])
def test_a_ruined_column_of_a_published_night_is_named(value: float) -> None:
    rng = np.random.default_rng(1)
    rows, scores = rng.lognormal(3.0, 1.0, (ROWS, 2)), rng.random(ROWS)
    assert broken(compared(rows, scores)) == {}
    rows[:, 1] = value
    assert broken(compared(rows, scores)) == {"count_as_in_training": "warn"}
    assert broken(compared(rows, np.full(ROWS, value)))["score_as_in_training"] == "warn"


def test_an_empty_night_is_marked_under_every_gate_that_says_so_and_judged_by_nothing_that_speaks_of_values() -> None:
    for audit in audits(rows=0):
        judgements = audit.judged()
        assert broken(judgements) == {"not_empty": "warn"}
        assert {judgement.check for judgement in judgements} == {"not_empty", *(check.name for check in audit.gate.counting)}
    assert broken(compared(np.empty((0, 2)), np.empty(0))) == {"not_empty": "warn"}


def test_an_empty_night_where_that_weekday_has_rows_is_stopped() -> None:
    empty = audits(rows=0)[0].figures
    usual = sundays(Figures.of({"new_rows": 8_000}))
    assert broken(judge(TRANSACTIONS.gate, empty, usual)) == {"rows_arrived": "fail", "rows_as_usual": "warn", "not_empty": "warn"}


def test_what_an_empty_night_does_is_declared_for_every_gate_in_one_place() -> None:
    gates = every_gate()
    assert {gate.name: gate.empty.marks for gate in gates} == {name: policy.marks for name, policy in EMPTY_NIGHTS.items()}
    assert all(policy.words for policy in EMPTY_NIGHTS.values())


def every_gate() -> list[Gate]:
    """Each gate with every check that it can have."""
    rng = np.random.default_rng(2)
    reference = Reference.of(DRIFTING, rng.random((100, 2)), rng.random(100), np.ones(100))
    comparison = Comparison.of(reference, rng.random((100, 2)), rng.random(100))
    assert comparison is not None
    live = live_gate((comparison.score, *comparison.features))
    of_the_night = [audit.gate for audit in (TRANSACTIONS, FEATURES, PREDICTIONS)]
    return [*of_the_night, champion_gate(None, []), live, alarms_gate([]), challenger_gate(Margins(), SLICES, anchored=True)]


CHECKS = [(gate, check) for gate in every_gate() for check in gate.declared]


@pytest.mark.parametrize("value", [None, math.nan], ids=["absent", "NaN"])
@pytest.mark.parametrize(("gate", "check"), CHECKS, ids=[f"{gate.name}:{check.name}" for gate, check in CHECKS])
def test_no_check_passes_vacuously(gate: Gate, check: Check, value: float | None) -> None:
    usual = sundays(Figures.of({check.figure: 1.0}))
    figures = Figures.of({} if value is None else {check.figure: value})
    for weekday in (usual, sundays(figures)):
        (judgement,) = (each for each in judge(gate, figures, weekday) if each.check == check.name)
        assert (judgement.value, judgement.passed, judgement.severity) == (None, False, check.severity)


def test_relative_checks_without_history_are_the_only_ones_that_nobody_can_tell() -> None:
    for audit in (TRANSACTIONS, FEATURES, PREDICTIONS):
        judgements = judge(audit.gate, audit.figures)
        relative = {check.name for check in audit.gate.declared if isinstance(check.limits, OfWeekday)}
        assert {judgement.check for judgement in judgements if judgement.passed is None} == relative
        assert verdict(judgements) == "passed"


def test_a_check_more_is_one_line() -> None:
    more = Check("amounts_as_usual", f"{AMOUNT_CENTS}.mean", OfWeekday(0.5, 2.0, floor=1.0), "warn", "amounts are other than usual")
    gate = Gate("transactions", "new_rows", (), (*TRANSACTIONS.gate.judging, more))
    changed = altered(TRANSACTIONS.figures, **{more.figure: 1e9})
    assert "amounts_as_usual" in broken(Audit(gate, changed, TRANSACTIONS.weekday).judged())


def broken(judgements: Iterable[Judgement]) -> dict[str, str]:
    """The checks that did not hold, each with what that does."""
    return {judgement.check: judgement.severity for judgement in judgements if judgement.broken}


def test_timestamps_that_lost_their_time_of_day_are_named() -> None:
    midnight = pa.array([NIGHT.start] * ROWS, pa.timestamp("us", tz="UTC"))
    sealed = sealed_night(ROWS).set_column(1, OCCURRED_AT, midnight)
    assert broken(of_transactions(sealed)) == {"occurred_at.varies": "warn"}
