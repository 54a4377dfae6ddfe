"""Every check of every gate can fail, and none passes for want of a figure."""

from __future__ import annotations

import datetime as dt
import math
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.data.names import scores_schema, transactions_schema
from pipeline.evaluation.figures import Figures, Intake, feature_figures, prediction_figures, transaction_figures
from pipeline.evaluation.gates import Check, Gate, features_gate, predictions_gate, transactions_gate
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import Judgement, stop_line, verdict

NIGHT = Night.parse("2026-11-22")
ENTITIES = ("customer", "terminal")
COLUMNS = ("amount", "customer_count_1d")
SCHEMA = transactions_schema(pa.string(), {"customer": pa.string(), "terminal": pa.int64()})
ROWS = 4


def sealed_night(rows: int) -> pa.Table:
    moments = [NIGHT.start + dt.timedelta(hours=row) for row in range(rows)]
    columns = [[f"private-id-{row}" for row in range(rows)], moments, moments, range(100, 100 + rows), ["private-key"] * rows, range(rows)]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)


def features_of(sealed: pa.Table) -> pa.Table:
    drawn = {name: pa.array([float(row) for row in range(sealed.num_rows)], pa.float64()) for name in COLUMNS}
    return pa.table({**{name: sealed[name] for name in ("transaction_id", "occurred_at", "amount_cents")}, **drawn})


def scores_of(sealed: pa.Table) -> pa.Table:
    scores = [0.04 / (row + 1) for row in range(sealed.num_rows)]
    ranks = [row + 1 if row < 2 else None for row in range(sealed.num_rows)]
    columns = [sealed["transaction_id"], sealed["occurred_at"], pa.array(scores, pa.float64()), pa.array(ranks, pa.int32())]
    return pa.table(columns, schema=scores_schema(pa.string()))


def gates_and_figures(rows: int = ROWS) -> list[tuple[Gate, Figures]]:
    """The three gates, and the figures of a sound night."""
    sealed = sealed_night(rows)
    return [
        (transactions_gate(ENTITIES), transaction_figures(sealed, Intake(rows, 0, 0, 0, source_disagrees=False), NIGHT, ENTITIES)),
        (features_gate(COLUMNS, COLUMNS), feature_figures(features_of(sealed), rows, COLUMNS)),
        (predictions_gate(), prediction_figures(scores_of(sealed), rows, budget=2)),
    ]


def altered(figures: Figures, name: str, value: float) -> Figures:
    return Figures.of({**dict(figures.values), name: value})


def broken(judgements: tuple[Judgement, ...]) -> list[str]:
    return [judgement.check for judgement in judgements if not judgement.passed]


SOUND = gates_and_figures()
ALL_CHECKS = [(gate, figures, check) for gate, figures in SOUND for check in gate.checks(figures)]
NAMES = [f"{gate.name}:{check.name}" for gate, _, check in ALL_CHECKS]


def test_a_sound_night_passes_every_gate() -> None:
    for gate, figures in SOUND:
        judgements = judge(gate, figures)
        assert [judgement.check for judgement in judgements] == [check.name for check in gate.counting + gate.judging]
        assert broken(judgements) == []
        assert verdict(judgements) == "passed"
        assert stop_line(judgements, NIGHT) is None


def beyond(limit: float, sign: int, check: Check) -> float:
    """A value just outside the limit: the next whole number where the check counts."""
    return limit + sign * (1.0 if check.low == check.high else 1e-6)


@pytest.mark.parametrize(("gate", "figures", "check"), ALL_CHECKS, ids=NAMES)
def test_a_figure_beyond_a_limit_breaks_exactly_its_check(gate: Gate, figures: Figures, check: Check) -> None:
    value = beyond(check.low, -1, check) if check.high is None and check.low is not None else beyond(check.high or 0.0, 1, check)
    judgements = judge(gate, altered(figures, check.figure, value))
    assert broken(judgements) == [check.name]
    assert verdict(judgements) == ("failed" if check.severity == "fail" else "warned")
    assert next(judgement for judgement in judgements if not judgement.passed).value == value


def test_a_count_that_must_be_0_may_not_be_below_it_either() -> None:
    for gate, figures in SOUND:
        zeros = [check for check in gate.checks(figures) if check.low == check.high == 0]
        below = Figures.of({**dict(figures.values), **{check.figure: -1.0 for check in zeros}})
        assert zeros
        assert broken(judge(gate, below)) == [check.name for check in zeros]


def test_a_gate_has_checks_that_stop_and_checks_that_mark_and_no_name_twice() -> None:
    for gate, _ in SOUND:
        checks = gate.counting + gate.judging
        assert {check.severity for check in checks} == {"fail", "warn"}
        assert len({check.name for check in checks}) == len(checks)


def test_every_view_column_and_every_entity_has_checks_of_its_own() -> None:
    transactions, features = ({check.name for check in gate.judging} for gate, _ in SOUND[:2])
    assert transactions >= {"customer.known", "terminal.known"}
    assert features >= {f"{name}.{what}" for name in COLUMNS for what in ("known", "finite", "varies")}


def test_without_figures_every_check_breaks_by_name() -> None:
    for gate, _ in SOUND:
        judgements = judge(gate, Figures.of({}))
        assert broken(judgements) == [check.name for check in gate.counting + gate.judging]
        assert {judgement.value for judgement in judgements} == {None}


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_number_breaks_its_check(nothing: float) -> None:
    gate, figures = SOUND[2]
    judgements = judge(gate, altered(figures, "score.mean", nothing))
    assert broken(judgements) == ["scores_plausible"]
    assert "scores_plausible: score.mean has no value, must be at most 0.05" in judgements[-2].sentence


def test_a_missing_feature_column_breaks_its_checks_by_name() -> None:
    sealed = sealed_night(ROWS)
    figures = feature_figures(features_of(sealed).drop_columns(["customer_count_1d"]), ROWS, COLUMNS)
    found = broken(judge(features_gate(COLUMNS, COLUMNS), figures))
    assert found == [f"customer_count_1d.{what}" for what in ("finite", "known", "varies")]


def test_a_column_without_any_number_breaks_its_checks_by_name() -> None:
    nothing = pa.array([math.nan] * (ROWS - 1) + [None], pa.float64())
    features = features_of(sealed_night(ROWS)).set_column(3, "amount", nothing)
    assert broken(judge(features_gate(COLUMNS, COLUMNS), feature_figures(features, ROWS, COLUMNS))) == ["amount.known", "amount.varies"]


@pytest.mark.parametrize(("rows", "found"), [(999, []), (1000, ["amount.varies"])])
def test_a_constant_column_marks_a_night_of_a_thousand_rows_and_no_smaller_one(rows: int, found: list[str]) -> None:
    features = pa.table({"transaction_id": range(rows), "amount_cents": range(rows), "amount": [9.99] * rows, "is_weekend": [0.0] * rows})
    columns, varying = ["amount", "is_weekend"], ["amount"]
    assert broken(judge(features_gate(columns, varying), feature_figures(features, rows, columns))) == found


def test_an_empty_night_is_counted_and_marked_and_nothing_else() -> None:
    for gate, figures in gates_and_figures(rows=0):
        judgements = judge(gate, figures)
        assert [judgement.check for judgement in judgements] == [check.name for check in gate.counting]
        assert broken(judgements) == ["not_empty"]
        assert verdict(judgements) == "warned"


def test_a_night_whose_rows_were_all_rejected_is_not_empty_but_stopped() -> None:
    figures = transaction_figures(sealed_night(0), Intake(5, 5, 0, 0, source_disagrees=False), NIGHT, ENTITIES)
    judgements = judge(transactions_gate(ENTITIES), figures)
    assert "rows_accepted" in broken(judgements)
    assert "not_empty" not in broken(judgements)
    assert verdict(judgements) == "failed"


def test_a_table_that_lost_all_its_rows_is_not_taken_for_an_empty_night() -> None:
    empty = sealed_night(0)
    lost = [
        (features_gate(COLUMNS, COLUMNS), feature_figures(features_of(empty), ROWS, COLUMNS)),
        (predictions_gate(), prediction_figures(scores_of(empty), ROWS, budget=2)),
    ]
    for gate, figures in lost:
        judgements = judge(gate, figures)
        assert "rows_complete" in broken(judgements)
        assert verdict(judgements) == "failed"


def test_an_id_that_is_sealed_twice_is_found() -> None:
    sealed = sealed_night(ROWS)
    twice = pa.concat_tables([sealed.slice(0, ROWS - 1), sealed.slice(0, 1)])
    figures = transaction_figures(twice, Intake(ROWS, 0, 0, 0, source_disagrees=False), NIGHT, ENTITIES)
    assert broken(judge(transactions_gate(ENTITIES), figures)) == ["ids_unique"]


def test_an_infinite_feature_is_found() -> None:
    features = features_of(sealed_night(ROWS)).set_column(3, "amount", pa.array([1.0, math.inf, None, math.nan]))
    assert broken(judge(features_gate(COLUMNS, COLUMNS), feature_figures(features, ROWS, COLUMNS))) == ["amount.finite"]


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ([0.04, 0.02, 0.03, 0.0], ["alerts_are_highest"]),
        ([0.02, 0.04, 0.01, 0.0], ["alerts_are_highest"]),
        ([0.3, 0.02, 0.01, 0.0], ["scores_plausible"]),
        ([0.02, 0.02, 0.02, 0.02], ["scores_differ"]),
    ],
)
def test_wrong_scores_are_found(scores: list[float], found: list[str]) -> None:
    staged = scores_of(sealed_night(ROWS)).set_column(2, "score", pa.array(scores))
    assert broken(judge(predictions_gate(), prediction_figures(staged, ROWS, budget=2))) == found


def test_a_budget_that_is_not_used_up_is_found() -> None:
    assert broken(judge(predictions_gate(), prediction_figures(scores_of(sealed_night(ROWS)), ROWS, budget=3))) == ["alerts_complete"]


def test_the_stop_line_names_night_gate_check_value_limit_and_what_to_do() -> None:
    gate, figures = SOUND[2]
    judgements = judge(gate, altered(altered(figures, "misranked_rows", 3.0), "rank_gaps", 2.0))
    assert stop_line(judgements, NIGHT) == (
        "night 2026-11-22 stops, nothing is published: gate predictions, check ranks_without_gap: rank_gaps is 2, must be exactly 0 "
        "(the alerts are not ranked 1, 2, 3 and so on), and 1 more failed; look at the model that scored the night, "
        "then run 'nightshift night 2026-11-22' again"
    )


def test_every_gate_can_tell_in_one_line_what_to_do_next() -> None:
    for gate, _ in SOUND:
        line = stop_line(judge(gate, Figures.of({})), NIGHT)
        assert line is not None
        assert "\n" not in line
        assert f"gate {gate.name}" in line


def test_no_key_of_a_customer_reaches_a_figure_or_a_judgement() -> None:
    told = repr([(figures, judge(gate, altered(figures, "duplicate_ids", 1.0))) for gate, figures in SOUND])
    assert "private" in repr(sealed_night(ROWS).to_pylist())
    assert "private" not in told


LIMITS = st.one_of(
    st.tuples(st.integers(-3, 3), st.none()), st.tuples(st.none(), st.integers(-3, 3)), st.tuples(st.integers(-3, 0), st.integers(0, 3))
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(LIMITS, st.sampled_from([-4.0, -1.0, -0.5, 0.0, 0.5, 1.0, 4.0, math.nan])), min_size=1, max_size=4))
def test_a_judgement_equals_two_plain_comparisons(drawn: list[tuple[tuple[int | None, int | None], float]]) -> None:
    checks = tuple(Check(f"check_{place}", f"figure_{place}", low, high, "fail", "drawn") for place, ((low, high), _) in enumerate(drawn))
    figures = Figures.of({f"figure_{place}": value for place, (_, value) in enumerate(drawn)})
    judgements = judge(Gate("drawn", "rows", (), checks), figures)
    for judgement, ((low, high), value) in zip(judgements, drawn, strict=True):
        assert judgement.passed == ((low is None or value >= low) and (high is None or value <= high) and not math.isnan(value))


def test_judging_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    judge(*SOUND[0])
    assert capfd.readouterr() == ("", "")


def test_great_expectations_is_not_imported_before_the_first_judgement() -> None:
    program = "import sys, pipeline.evaluation.judge, pipeline.evaluation.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
