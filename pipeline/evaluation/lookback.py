"""What the report shows of a night that was looked back on after its publication."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evaluation.drift import Bin


@dataclass(frozen=True)
class Beside:
    """The score or a feature column, tonight and in training; means are None where no value was known."""

    name: str
    effect: float
    stands_out: bool
    mean: float | None
    mean_before: float | None
    missing: float
    missing_before: float


@dataclass(frozen=True)
class Cause:
    """A part of the move of a measure of the scores."""

    measure: str
    name: str
    kind: str
    size: float


@dataclass(frozen=True)
class LookBack:
    """Training against live, what changed and alarms: tables, and the sentences of each; `bins` are those of the scores, lowest first."""

    beside: tuple[Beside, ...]
    live: tuple[str, ...]
    causes: tuple[Cause, ...]
    change: tuple[str, ...]
    alarms: tuple[str, ...]
    bins: tuple[Bin, ...] = ()
