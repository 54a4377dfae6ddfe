"""On which nights two models can be compared: sealed, matured, and learned from by neither."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.champions import load_for
from pipeline.core.errors import UsageError
from pipeline.core.night import Night, nights_between
from pipeline.data import ledger, registry, seals
from pipeline.data.names import FEATURES, LABELS
from pipeline.house import House
from pipeline.scoring.manifest import Lineage
from pipeline.scoring.model import Model

NIGHTS = 14  # compared where no others are named: two weeks, as by night
LIKE = 0.5  # likeness of two versions of which one may be meant: those of two nights and one learner have .7


@dataclass(frozen=True)
class Asked:
    """Which nights a person asks for: from `first` to `last`, or the newest; `also_learned`: those too that a model learned from."""

    first: Night | None = None
    last: Night | None = None
    also_learned: bool = False

    @classmethod
    def parse(cls, span: str | None, *, also_learned: bool) -> Asked:
        """Read `FROM..TO`, or one night; anything else is a `UsageError` that shows the right form."""
        if span is None:
            return cls(also_learned=also_learned)
        first, dots, last = span.partition("..")
        asked = cls(Night.parse(first), Night.parse(last if dots else first), also_learned)
        if asked.nights:
            return asked
        raise UsageError(f"the range is empty: {first} comes after {last}, write the earlier night first")

    @property
    def nights(self) -> list[Night]:
        return list(nights_between(self.first, self.last)) if self.first and self.last else []


@dataclass(frozen=True)
class Basis:
    """The seals of features to compare on, those of labels, what was known (`cutoff`), and a sentence for each kind of night left out."""

    nights: tuple[seals.Seal, ...]
    labels: tuple[seals.Seal, ...]
    cutoff: dt.datetime
    left_out: tuple[str, ...]


def two_models(house: House, connection: sa.Connection, first: str, second: str) -> tuple[Model, Model]:
    """Both models, proven, of our view; an unknown one is told with the versions that may be meant (`UsageError`)."""
    if first == second:
        raise UsageError(f"{first} is compared with itself: name two versions, 'nightshift models' lists them")
    known = [one.version for one in registry.listed(connection, house.clock())]
    for version in (first, second):
        if version not in known:
            near = [*filter(lambda one: one.startswith(version), known), *difflib.get_close_matches(version, known, 3, LIKE)]
            meant = f", did you mean {' or '.join(dict.fromkeys(near[:3]))}?" if near else ":"
            raise UsageError(f"there is no model '{version}'{meant} 'nightshift models' lists them")
    return load_for(house, connection, first), load_for(house, connection, second)


def basis(house: House, connection: sa.Connection, models: Sequence[Model], asked: Asked) -> Basis:
    """The nights that were asked for, or else the newest `NIGHTS` matured ones, less those that would mislead; `UsageError` of none."""
    labels = seals.all_bound(connection, LABELS)
    cutoff = min(house.clock(), labels[-1].night.end) if labels else house.clock()
    matured = [seal for seal in _sealed(house, connection) if seal.night.end + house.settings.label_maturity <= cutoff]
    chosen = _asked_for(matured, asked, house, cutoff) if asked.nights else matured[-NIGHTS:]
    kept_out = ledger.excluded(connection, house.clock())
    lacking = [seal for seal in chosen if not seal.complete]
    excluded = [seal for seal in chosen if seal.night in kept_out]
    learned = (
        [] if asked.also_learned else [seal for seal in chosen if any(learned_from(model.manifest.lineage, seal.night) for model in models)]
    )
    out = {seal.seal_id for seal in (*lacking, *excluded, *learned)}
    told = tuple(
        _left_out(
            (lacking, "of which the history is shorter than the features look back"),
            (excluded, "that a person keeps out of training"),
            (learned, "a model has learned from: it looks better there than it is"),
        )
    )
    remaining = tuple(seal for seal in chosen if seal.seal_id not in out)
    if not remaining:
        raise UsageError(_none_left(models, told, house))
    return Basis(remaining, tuple(labels), cutoff, told)


def learned_from(lineage: Lineage, night: Night) -> bool:
    """Whether a model may have learned from a night: a model with a parent has, of all nights, whatever its parents had."""
    if night > Night.parse(lineage.last_night):
        return False
    return lineage.parent is not None or (night >= Night.parse(lineage.first_night) and str(night) not in lineage.excluded)


def _sealed(house: House, connection: sa.Connection) -> list[seals.Seal]:
    """Every night whose features of our view are sealed, in order."""
    return [seal for seal in seals.all_bound(connection, FEATURES) if seal.view == house.view.fingerprint]


def _asked_for(matured: Sequence[seals.Seal], asked: Asked, house: House, cutoff: dt.datetime) -> list[seals.Seal]:
    """The seals of the nights that a person named, or which of them has none or has not matured."""
    by_night = {seal.night: seal for seal in matured}
    young = [night for night in asked.nights if night.end + house.settings.label_maturity > cutoff]
    if young:
        last = f"the newest matured night is {matured[-1].night}" if matured else "none has matured yet"
        raise UsageError(f"{_span(young)} had not matured by {cutoff:%Y-%m-%d %H:%M} UTC, up to which labels are sealed: {last}")
    absent = [night for night in asked.nights if night not in by_night]
    if absent:
        raise UsageError(
            f"{_span(absent)} has no sealed features of this view: run 'nightshift backfill {absent[0]} {absent[-1]}', or name other nights"
        )
    return [by_night[night] for night in asked.nights]


def _left_out(*kinds: tuple[Sequence[seals.Seal], str]) -> Iterator[str]:
    for sealed, why in kinds:
        if sealed:
            yield f"left out: {_span([seal.night for seal in sealed])}, {why}"


def _none_left(models: Iterable[Model], told: Sequence[str], house: House) -> str:
    """What a person is told, and from when on there is something to compare on."""
    newest = max(Night.parse(model.manifest.lineage.last_night) for model in models)
    first = newest.next()
    known = Night.of(first.end + house.settings.label_maturity - dt.timedelta(microseconds=1))
    reasons = "; ".join(told) or "no night has matured"
    return (
        f"there is no night to compare on: {reasons}; night {first}, the first that neither has learned from, is matured when night "
        f"{known} has run, and --also-learned compares all the same"
    )


def _span(nights: Sequence[Night]) -> str:
    return f"night {nights[0]}" if len(nights) == 1 else f"{len(nights)} nights from {nights[0]} to {nights[-1]}"
