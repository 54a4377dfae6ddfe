"""Every check of every gate can fail, and none passes for want of a figure."""

from __future__ import annotations

import math
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluation.checks import Check, Gate
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import features_gate, predictions_gate, transactions_gate
from pipeline.evaluation.judge import judge
from pipeline.evaluation.judgement import stop_line, verdict
from pipeline.evaluation.limits import Bounds, Within
from pipeline.evaluation.night_figures import Intake, feature_figures, prediction_figures, transaction_figures
from tests.sound_nights import (
    BUDGET,
    COLUMNS,
    ENTITIES,
    NIGHT,
    ROWS,
    Audit,
    altered,
    audits,
    broken,
    features_of,
    of_features,
    of_predictions,
    of_transactions,
    scores_of,
    sealed_night,
)

SOUND = audits()
ALL_CHECKS = [(audit, check) for audit in SOUND for check in audit.gate.checks(audit.figures)]
NAMES = [f"{audit.gate.name}:{check.name}" for audit, check in ALL_CHECKS]


def bounds(audit: Audit, check: Check) -> Bounds:
    return check.limits.bounds(check.figure, audit.weekday)


def test_a_sound_night_passes_every_gate() -> None:
    for audit in SOUND:
        judgements = audit.judged()
        assert [judgement.check for judgement in judgements] == [check.name for check in audit.gate.declared]
        assert {judgement.passed for judgement in judgements} == {True}
        assert verdict(judgements) == "passed"
        assert stop_line(judgements, NIGHT) is None


def beyond(limits: Bounds) -> float:
    """A value just outside the limits: the next whole number where the check counts."""
    step = 1.0 if limits.low == limits.high else 1e-6
    if limits.high is not None:
        return limits.high + step
    assert limits.low is not None
    return limits.low - step


def excludes(limits: Bounds, value: float) -> bool:
    return (limits.low is not None and value < limits.low) or (limits.high is not None and value > limits.high)


@pytest.mark.parametrize(("audit", "check"), ALL_CHECKS, ids=NAMES)
def test_a_figure_beyond_a_limit_breaks_its_check_and_only_checks_of_that_figure(audit: Audit, check: Check) -> None:
    value = beyond(bounds(audit, check))
    judgements = audit.judged(altered(audit.figures, **{check.figure: value}))
    of_figure = [each for each in audit.gate.declared if each.figure == check.figure]
    assert broken(judgements) == [each.name for each in of_figure if excludes(bounds(audit, each), value)]
    found = next(judgement for judgement in judgements if judgement.check == check.name)
    assert (found.broken, found.value, found.severity) == (True, value, check.severity)


def test_a_count_that_must_be_0_may_not_be_below_it_either() -> None:
    for audit in SOUND:
        zeros = [check for check in audit.gate.declared if check.limits == Within(0.0, 0.0)]
        below = altered(audit.figures, **{check.figure: -1.0 for check in zeros})
        assert zeros
        assert broken(audit.judged(below)) == [check.name for check in zeros]


def test_a_gate_has_checks_that_stop_and_checks_that_mark_and_no_name_twice() -> None:
    for audit in SOUND:
        checks = audit.gate.declared
        assert {check.severity for check in checks} == {"fail", "warn"}
        assert len({check.name for check in checks}) == len(checks)


def test_every_view_column_and_every_entity_has_checks_of_its_own() -> None:
    transactions, features = ({check.name for check in audit.gate.judging} for audit in SOUND[:2])
    assert transactions >= {f"{name}.{what}" for name in ENTITIES for what in ("known", "varies")}
    assert features >= {f"{name}.{what}" for name in COLUMNS for what in ("known", "finite", "varies")}


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_number_breaks_its_check(nothing: float) -> None:
    judgements = SOUND[2].judged(altered(SOUND[2].figures, score__mean=nothing))
    assert broken(judgements) == ["scores_plausible", "scores_as_usual"]
    (told,) = (judgement.sentence for judgement in judgements if judgement.check == "scores_plausible")
    assert "scores_plausible: score.mean has no value, must be at most 0.05" in told


@pytest.mark.parametrize(("rows", "found"), [(999, []), (1000, ["amount.varies"])])
def test_a_constant_column_marks_a_night_of_a_thousand_rows_and_no_smaller_one(rows: int, found: list[str]) -> None:
    features = pa.table({"transaction_id": range(rows), "amount_cents": range(rows), "amount": [9.99] * rows, "is_weekend": [0.0] * rows})
    columns, varying = ["amount", "is_weekend"], ["amount"]
    assert broken(judge(features_gate(columns, varying), feature_figures(features, rows, columns))) == found


def test_a_night_whose_rows_were_all_rejected_is_not_empty_but_stopped() -> None:
    figures = transaction_figures(sealed_night(0), Intake(ROWS, ROWS, 0, 0, source_disagrees=False), NIGHT, ENTITIES)
    judgements = SOUND[0].judged(figures)
    assert "rows_accepted" in broken(judgements)
    assert "not_empty" not in broken(judgements)
    assert verdict(judgements) == "failed"


def test_a_table_that_lost_all_its_rows_is_not_taken_for_an_empty_night() -> None:
    empty = sealed_night(0)
    for audit, lost in zip(SOUND[1:], (of_features(features_of(empty)), of_predictions(scores_of(empty))), strict=True):
        judgements = audit.judged(lost)
        assert "rows_complete" in broken(judgements)
        assert verdict(judgements) == "failed"


def test_an_id_that_is_sealed_twice_is_found() -> None:
    sealed = sealed_night(ROWS)
    twice = pa.concat_tables([sealed.slice(0, ROWS - 1), sealed.slice(0, 1)])
    assert broken(SOUND[0].judged(of_transactions(twice))) == ["ids_unique"]


def test_an_infinite_feature_is_found() -> None:
    values = pa.array([1.0, math.inf, None, math.nan] * (ROWS // 4))
    features = features_of(sealed_night(ROWS)).set_column(3, "amount", values)
    assert broken(SOUND[1].judged(of_features(features))) == ["amount.finite"]


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
    staged = scores_of(sealed_night(4)).set_column(2, "score", pa.array(scores))
    assert broken(judge(predictions_gate(), prediction_figures(staged, 4, BUDGET))) == found


def test_a_budget_that_is_not_used_up_is_found() -> None:
    figures = prediction_figures(scores_of(sealed_night(ROWS)), ROWS, BUDGET + 1)
    assert broken(SOUND[2].judged(figures)) == ["alerts_complete"]


def test_the_stop_line_names_night_gate_check_value_limit_and_what_to_do() -> None:
    judgements = SOUND[2].judged(altered(SOUND[2].figures, misranked_rows=3.0, rank_gaps=2.0))
    assert stop_line(judgements, NIGHT) == (
        "night 2026-11-22 stops, nothing is published: gate predictions, check ranks_without_gap: rank_gaps is 2, must be exactly 0 "
        "(the alerts are not ranked 1, 2, 3 and so on), and 1 more failed; look at the model that scored the night, "
        "then run 'nightshift night 2026-11-22' again"
    )


def test_every_gate_can_tell_in_one_line_what_to_do_next() -> None:
    for audit in SOUND:
        line = stop_line(audit.judged(Figures.of({})), NIGHT)
        assert line is not None
        assert "\n" not in line
        assert f"gate {audit.gate.name}" in line


def test_no_key_of_a_customer_reaches_a_figure_or_a_judgement() -> None:
    told = repr([(audit.figures, audit.judged(altered(audit.figures, duplicate_ids=1.0))) for audit in SOUND])
    assert "private" in repr(sealed_night(ROWS).to_pylist())
    assert "private" not in told


LIMITS = st.one_of(
    st.tuples(st.integers(-3, 3), st.none()), st.tuples(st.none(), st.integers(-3, 3)), st.tuples(st.integers(-3, 0), st.integers(0, 3))
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(LIMITS, st.sampled_from([-4.0, -1.0, -0.5, 0.0, 0.5, 1.0, 4.0, math.nan])), min_size=1, max_size=4))
def test_a_judgement_equals_two_plain_comparisons(drawn: list[tuple[tuple[int | None, int | None], float]]) -> None:
    checks = tuple(Check(f"check_{place}", f"figure_{place}", Within(*limits), "fail", "drawn") for place, (limits, _) in enumerate(drawn))
    figures = Figures.of({f"figure_{place}": value for place, (_, value) in enumerate(drawn)})
    judgements = judge(Gate("drawn", "rows", (), checks), figures)
    for judgement, ((low, high), value) in zip(judgements, drawn, strict=True):
        assert judgement.passed == ((low is None or value >= low) and (high is None or value <= high) and not math.isnan(value))


def test_judging_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    SOUND[0].judged()
    assert capfd.readouterr() == ("", "")


def test_great_expectations_is_not_imported_before_the_first_judgement() -> None:
    program = "import sys, pipeline.evaluation.judge, pipeline.evaluation.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_gates_bring_no_scientific_library_to_every_command() -> None:
    program = "import sys, pipeline.evaluation.gates, pipeline.evaluation.marking_gates; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    assert transactions_gate(ENTITIES).population == "new_rows"
