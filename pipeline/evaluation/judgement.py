"""What the checks said about a night, and how a person is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.core.night import Night
from pipeline.evaluation.checks import Severity

Verdict = Literal["passed", "warned", "failed"]

NEXT_STEP = {
    "transactions": "look at scoring.rejected_transaction and at the source",
    "features": "look at the feature view and at the entity columns of the source",
    "champion": "look at 'nightshift models'",
    "predictions": "look at the model that scored the night",
    "live": "look at the columns that the night's report names; docs/operating.md says what each warning means",
    "alarms": "look at the figures that the night's report names",
    "challenger": "nothing: the champion stays; 'nightshift models' lists both",
}


@dataclass(frozen=True)
class Judgement:
    """What one check said about one night; `value` is None where the figure was absent or NaN, and then it did not pass.

    `passed` is None where nobody can tell, as with too little history: the night is neither stopped nor marked for it, and `reason` says
    what is missing. `then` is what to do about this check, where that is not what its gate says; it is not stored.
    """

    gate: str
    check: str
    figure: str
    value: float | None
    low: float | None
    high: float | None
    severity: Severity
    passed: bool | None
    reason: str
    then: str = ""

    @property
    def broken(self) -> bool:
        """Whether the check was judged and did not hold."""
        return self.passed is False

    @property
    def sentence(self) -> str:
        """Check, figure, value and limit in one line; where it did not pass, also what that means, or why nobody can tell."""
        bounds = f"must be {limit(self.low, self.high)}"
        if self.value is None:
            return f"{self.check}: {self.figure} has no value, {bounds} (it was not computed, or had nothing to be computed from)"
        if self.passed is None:
            return f"{self.check}: {self.figure} is {number(self.value)}, {self.reason}"
        meaning = "" if self.passed else f" ({self.reason})"
        return f"{self.check}: {self.figure} is {number(self.value)}, {bounds}{meaning}"


def verdict(judgements: Iterable[Judgement]) -> Verdict:
    """Failed where a `fail` check did not hold, else warned where a `warn` check did not, else passed."""
    broken = {judgement.severity for judgement in judgements if judgement.broken}
    if "fail" in broken:
        return "failed"
    return "warned" if broken else "passed"


def stop_line(judgements: Iterable[Judgement], night: Night) -> str | None:
    """The one line that says why the night stops and what to do next; None where every `fail` check holds."""
    broken = [judgement for judgement in judgements if judgement.severity == "fail" and judgement.broken]
    if not broken:
        return None
    first, others = broken[0], len(broken) - 1
    more = f", and {others} more failed" if others else ""
    return (
        f"night {night} stops, nothing is published: gate {first.gate}, check {first.sentence}{more}; "
        f"{first.then or NEXT_STEP[first.gate]}, then run 'nightshift night {night}' again"
    )


def limit(low: float | None, high: float | None) -> str:
    """Limits, both included, as a person says them.

    >>> limit(0.0, 0.0), limit(None, 0.1), limit(1.0, None), limit(0.0, 1.0), limit(None, None)
    ('exactly 0', 'at most 0.1', 'at least 1', 'between 0 and 1', 'known')
    """
    if low is None:
        return "known" if high is None else f"at most {number(high)}"
    if high is None:
        return f"at least {number(low)}"
    return f"exactly {number(low)}" if low == high else f"between {number(low)} and {number(high)}"


def number(value: float) -> str:
    """A figure as a person reads it: whole numbers whole, others with nine digits (a share of ten million rows stays apart from 1).

    >>> number(8012.0), number(0.94999), number(1 / 3)
    ('8012', '0.94999', '0.333333333')
    """
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.9g}"
