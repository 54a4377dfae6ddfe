"""What the report shows around tonight: counts of the nights before, curves of matured ones, durations, what the scores promise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.evaluation.curves import Curves


@dataclass(frozen=True)
class NightLine:
    """A night that was run; counts are None where nothing was sealed or published, names where there is none.

    `training` is what training did at its end, `because` why; `challenger` the model that it trained, promoted or not.
    """

    night: dt.date
    state: str
    rows: int | None
    late: int | None
    alerts: int | None
    model_version: str | None = None
    training: str | None = None
    challenger: str | None = None
    because: str | None = None


@dataclass(frozen=True)
class MeasuredCurves:
    """The curves of a matured night, by the labels known through another."""

    night: dt.date
    known_through: dt.date
    curves: Curves


@dataclass(frozen=True)
class Pace:
    """Seconds of a step, tonight (None where it has not ended, or had nothing to do) and usually (None without nights before)."""

    step: str
    seconds: float | None
    usual: float | None
    nights: int


@dataclass(frozen=True)
class Promise:
    """What the scores alone say of the night: frauds among its rows, and the share of the alerts (None without any) that are frauds."""

    frauds: float
    precision: float | None


@dataclass(frozen=True)
class Around:
    """`lines` end with tonight, `curves` are newest first, `paces` in the order of the steps; without publication there is no `promise`."""

    lines: tuple[NightLine, ...] = ()
    curves: tuple[MeasuredCurves, ...] = ()
    paces: tuple[Pace, ...] = ()
    promise: Promise | None = None


NOTHING_AROUND = Around()
