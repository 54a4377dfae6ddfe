"""The judge's boring twin: a figure lies between its limits, or it does not. For 200 verdicts Great Expectations takes half a minute."""

from __future__ import annotations

from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import Check, Gate
from pipeline.evaluation.judgement import Judgement


def slow_judge(gate: Gate, figures: Figures) -> tuple[Judgement, ...]:
    """What `judge` says, by comparing numbers."""
    return tuple(_judgement(gate, check, figures.get(check.figure)) for check in gate.checks(figures))


def _judgement(gate: Gate, check: Check, value: float | None) -> Judgement:
    passed = value is not None and (check.low is None or value >= check.low) and (check.high is None or value <= check.high)
    return Judgement(gate.name, check.name, check.figure, value, check.low, check.high, check.severity, passed, check.reason)
