"""What a run will do, decided once at its start; no later step looks at the mode."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from pipeline.core.errors import UsageError
from pipeline.core.night import Night

MODES: Mapping[str, str] = {
    "as-of": "only what was known at the end of the night; publishes",
    "corrected": "the night's own rows with everything known by now, and today's champion; publishes in place of what stands",
    "what-if": "a model that is named, on what was known at the end of the night; kept beside, nothing is published",
}


@dataclass(frozen=True)
class Asked:
    """What somebody asks of a run besides its night; left alone, it is what a scheduled night does."""

    mode: str = "as-of"
    model_version: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Known:
    """What the warehouse knows when a run is asked for.

    `passed`: a run of the night passed its gates, so that its rows are sealed for good. `newest`: the newest night that did.
    `trained`: the night at whose end the named model was trained. `used`: reasons for which runs of the night were carried out.
    """

    now: dt.datetime
    passed: bool = False
    newest: Night | None = None
    trained: Night | None = None
    used: Set[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Knowledge:
    """What a run may know and do.

    `cutoff`: labels count where `known_at < cutoff`. `known_through`: the last night whose sealed rows are read. `champion_at`: the instant
    at which, and as known at which, the champion is asked for; `named_model` stands in its place. `publishes`: whether it becomes what
    analysts see. `in_chain`: whether it extracts, waits for the training of the night before, and trains.
    """

    cutoff: dt.datetime
    known_through: Night
    champion_at: dt.datetime
    named_model: str | None
    publishes: bool
    in_chain: bool


@dataclass(frozen=True)
class Request:
    """A run that is about to be entered. `backtestable`: the source records arrivals; without them it knows more than the night did."""

    night: Night
    mode: str
    reason: str | None
    knowledge: Knowledge
    scheduled: bool
    requested_by: str
    backtestable: bool


@dataclass(frozen=True)
class Plan:
    """A run, frozen: what its request decided, under the number it was entered with."""

    run_id: int
    night: Night
    mode: str
    scheduled: bool
    knowledge: Knowledge

    @property
    def publishes(self) -> bool:
        return self.knowledge.publishes

    @property
    def in_chain(self) -> bool:
        return self.knowledge.in_chain

    @property
    def knows_later(self) -> bool:
        """Whether it reads rows that arrived after its night: its features are its own, never those that train models."""
        return self.knowledge.known_through > self.night


def require_over(night: Night, now: dt.datetime, settle: dt.timedelta) -> None:
    """Refuse a night that still goes on, or whose late commits have not had their time (`UsageError`)."""
    if not night.is_over(now, settle):
        raise UsageError(
            f"night {night} is not over: it ends at {night.end:%Y-%m-%d %H:%M} UTC and may run from {night.end + settle:%H:%M} on; "
            "name an earlier night"
        )


def resolve(night: Night, asked: Asked, known: Known) -> Knowledge:
    """What a run of the night in this mode may know and do; what cannot be done is a `UsageError` that says what could be.

    A model that learned from what became known after the night is refused `as-of`; the other modes take it, and are labelled.
    """
    if asked.mode not in MODES:
        near = difflib.get_close_matches(asked.mode, MODES, 1)
        raise UsageError(f"there is no mode '{asked.mode}'" + (f", did you mean '{near[0]}'?" if near else f": {', '.join(MODES)}"))
    if asked.mode == "as-of":
        return _as_of(night, asked, known)
    _require_grounds(night, asked, known)
    if asked.mode == "what-if":
        if not asked.model_version:
            raise UsageError("mode what-if asks what another model would have said: name its model_version, 'nightshift models' lists them")
        return Knowledge(night.end, night, night.end, asked.model_version, publishes=False, in_chain=False)
    newest = max(night, known.newest or night)
    return Knowledge(known.now, newest, known.now, asked.model_version or None, publishes=True, in_chain=False)


def _as_of(night: Night, asked: Asked, known: Known) -> Knowledge:
    if known.trained is not None and known.trained >= night:
        raise UsageError(
            f"model {asked.model_version} learned from what was known at the end of night {known.trained}: nobody could have scored night "
            f"{night} with it as-of; leave model_version out, or ask with mode what-if"
        )
    return Knowledge(night.end, night, night.end, asked.model_version or None, publishes=True, in_chain=True)


def _require_grounds(night: Night, asked: Asked, known: Known) -> None:
    """A night that was sealed and judged, and a reason that was not carried out before."""
    if not known.passed:
        raise UsageError(f"night {night} was never run to its end, so mode {asked.mode} has nothing to stand on: run it as-of first")
    reason = (asked.reason or "").strip()
    if not reason:
        raise UsageError(f"mode {asked.mode} needs a reason: it stands in the warehouse for whoever asks later")
    if reason in known.used:
        raise UsageError(
            f"night {night} was run for the reason '{reason}' before: a cleared run comes with its old parameters, so nothing was done; "
            "give a run that shall be done again a reason of its own"
        )
