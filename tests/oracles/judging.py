"""The judge's boring twin: a figure lies between its limits, or it does not. For 200 verdicts Great Expectations takes half a minute."""

from __future__ import annotations

from pipeline.evaluation.checks import Check, Gate
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.limits import Within


def slow_judge(gate: Gate, figures: Figures) -> tuple[Judgement, ...]:
    """What `judge` says, by comparing numbers."""
    return tuple(_judgement(gate, check, figures.get(check.figure)) for check in gate.checks(figures))


def _judgement(gate: Gate, check: Check, value: float | None) -> Judgement:
    assert isinstance(check.limits, Within), "what is relative to a weekday is not judged here"
    low, high = check.limits.low, check.limits.high
    passed = value is not None and (low is None or value >= low) and (high is None or value <= high)
    return Judgement(gate.name, check.name, check.figure, value, low, high, check.severity, passed, check.reason)
