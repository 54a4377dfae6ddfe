"""Alarms with a budget: many figures, every night, and on nights without news at most one false alarm a quarter over all of them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.evaluation.budget import MEMORY, Budget, Raised, raised
from pipeline.evaluation.seasonal import MINIMUM_NIGHTS, REACH, History, Surprise, surprise

LOOKED_AT = REACH + MEMORY + 1  # days before tonight: what the trend of the night before was made of
QUARTERLY = Budget()
LISTED = 3  # names in a sentence; a young installation would list all of them every night


@dataclass(frozen=True)
class Alarm:
    """A figure that is off tonight (`jump`), or has been for some nights (`trend`).

    `deviations`: tonight's, or their mean since the trend began; infinite where the figure had never moved. `against`: what `usual` is the
    median of. `new`: there was no such alarm the night before; the budget counts new ones.
    """

    name: str
    kind: Literal["jump", "trend"]
    since: dt.date
    value: float
    usual: float
    deviations: float
    against: str
    new: bool

    @property
    def sentence(self) -> str:
        """'amount.mean jumped: 31.2, usual on a Tuesday is 27.5 (9.1 deviations higher)', or that it is higher since some night."""
        way = "higher" if self.deviations > 0 else "lower"
        far = f"{abs(self.deviations):.2g} deviations" if math.isfinite(self.deviations) else ""
        if self.kind == "jump":
            off = f"{far} {way}" if far else "it had never moved"
            return f"{self.name} jumped: {self.value:.5g}, usual on {self.against} is {self.usual:.5g} ({off})"
        again, off = "" if self.new else "still ", f"by {far} on average" if far else "and had never moved before"
        return f"{self.name} is {again}{way} than usual, since {self.since} {off}"


@dataclass(frozen=True)
class Watch:
    """What a night's figures say: `alarms`, new ones first; `untold` have too little history, `missing` no value tonight.

    `refusal` is why nothing could be watched at all.
    """

    night: dt.date
    figures: int
    alarms: tuple[Alarm, ...]
    untold: tuple[str, ...]
    missing: tuple[str, ...]
    refusal: str = ""

    @property
    def new_alarms(self) -> tuple[Alarm, ...]:
        """What the budget counts."""
        return tuple(alarm for alarm in self.alarms if alarm.new)

    @property
    def watched(self) -> int:
        """How many figures have both a value and a history."""
        return self.figures - len(self.untold) - len(self.missing)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each alarm, or that there is none; then what could not be watched."""
        calm = f"nothing unusual in {self.watched} figure{'s' * (self.watched > 1)}" if self.watched and not self.alarms else ""
        untold = f"NOT ENOUGH HISTORY (fewer than {MINIMUM_NIGHTS} nights) of {_listed(self.untold)}" if self.untold else ""
        missing = f"no value tonight of {_listed(self.missing)}" if self.missing else ""
        return tuple(said for said in (*(alarm.sentence for alarm in self.alarms), self.refusal, calm, untold, missing) if said)


def watch(history: History, budget: Budget = QUARTERLY) -> Watch:
    """What the figures of the last night of `history` say, within the budget of false alarms over all of them.

    Only the last 85 days are looked at, and nothing is remembered from one call to the next.
    """
    seen = surprise(_recent(history))
    stands = raised(seen, budget)
    alarms = [alarm for place in range(len(history.names)) for alarm in _alarms(history.names[place], place, seen, stands)]
    unknown = np.isnan(seen.values[-1])
    untold = np.isnan(seen.score[-1]) & ~unknown
    return Watch(
        night=seen.days[-1].item(),
        figures=len(history.names),
        alarms=tuple(sorted(alarms, key=lambda alarm: (not alarm.new, alarm.kind, -abs(alarm.deviations), alarm.name))),
        untold=tuple(name for name, few in zip(history.names, untold, strict=True) if few),
        missing=tuple(name for name, lacks in zip(history.names, unknown, strict=True) if lacks),
    )


def _listed(names: tuple[str, ...]) -> str:
    """A few names, and how many more.

    >>> _listed(("rows", "alerts")), _listed(("rows", "late_share", "alerts", "score.mean", "amount.mean"))
    ('rows, alerts', 'rows, late_share, alerts and 2 more')
    """
    return ", ".join(names) if len(names) <= LISTED + 1 else f"{', '.join(names[:LISTED])} and {len(names) - LISTED} more"


def _recent(history: History) -> History:
    kept = history.nights >= history.nights[-1] - np.timedelta64(LOOKED_AT, "D")
    return History(history.names, history.nights[kept], history.values[kept], history.least)


def _alarms(name: str, place: int, seen: Surprise, stands: Raised) -> list[Alarm]:
    """Tonight's alarms of one figure: one at most, the jump before the trend."""
    jump, trend = stands.jump[:, place], stands.trend[:, place]
    if not (jump[-1] or trend[-1]):
        return []
    since = 1 if jump[-1] else int(stands.length[-1, place])
    told = Alarm(
        name=name,
        kind="jump" if jump[-1] else "trend",
        since=seen.days[-since].item(),
        value=float(seen.values[-1, place]),
        usual=float(seen.usual[-1, place]),
        deviations=float(np.nanmean(seen.deviations[-since:, place])),
        against=f"a {seen.days[-1].item():%A}" if seen.by_weekday[-1, place] else "any day",
        new=not (jump if jump[-1] else trend)[:-1][-1:].any(),
    )
    return [told]
