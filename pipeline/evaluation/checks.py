"""What a check and a gate are, and the commonest checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.evaluation.figures import Figures
from pipeline.evaluation.limits import Limits, Within

Severity = Literal["fail", "warn"]


@dataclass(frozen=True)
class Check:
    """One sentence about one figure: it lies within its limits.

    A figure that is absent or NaN breaks the check, whatever its limits. `reason` says what a break means, `then` what to do about it
    where that is not what the gate says.
    """

    name: str
    figure: str
    limits: Limits
    severity: Severity
    reason: str
    then: str = ""


@dataclass(frozen=True)
class EmptyNight:
    """What a night without rows does under a gate: counting checks hold as ever, and where it `marks`, `not_empty` warns."""

    marks: bool
    words: str


COUNTED = EmptyNight(marks=False, words="it is judged as any other night")


@dataclass(frozen=True)
class Gate:
    """The checks of one table of a night, and `population`, the figure that says how many rows the table should have.

    `counting` checks hold for every night. `judging` checks speak of values, which a night without rows has not: what such a night does
    instead, `empty` says.
    """

    name: str
    population: str
    counting: tuple[Check, ...]
    judging: tuple[Check, ...]
    empty: EmptyNight = COUNTED

    @property
    def declared(self) -> tuple[Check, ...]:
        """Every check of the gate."""
        marks = (Check("not_empty", self.population, Within(1.0, None), "warn", "the night is empty"),) if self.empty.marks else ()
        return (*self.counting, *marks, *self.judging)

    def checks(self, figures: Figures) -> tuple[Check, ...]:
        """The checks that apply to these figures: the judging ones are left out only where the population is known to be 0."""
        values = self.judging if figures.get(self.population) == 0 else ()
        return tuple(check for check in self.declared if check not in values)


def at_least(name: str, figure: str, low: float, severity: Severity, reason: str) -> Check:
    """The figure is no less than `low`."""
    return Check(name, figure, Within(low, None), severity, reason)


def at_most(name: str, figure: str, high: float, severity: Severity, reason: str) -> Check:
    """The figure is no more than `high`."""
    return Check(name, figure, Within(None, high), severity, reason)


def zero(name: str, figure: str, severity: Severity, reason: str) -> Check:
    """The commonest check: the figure is 0."""
    return Check(name, figure, Within(0.0, 0.0), severity, reason)
