"""Tonight's challenger against the champion: models loaded, rows read, and the judgement entered."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import pyarrow as pa
import sqlalchemy as sa

from pipeline.champions import load_for
from pipeline.comparing import ROWS_COMPARED, Challenge, Matured, Opponents, first_compared, in_full, judged, member_before
from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import evaluations, ledger, registry, seals
from pipeline.data.names import FEATURES
from pipeline.evaluation.challenge import Margins
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.ruling import Ruling, ruling
from pipeline.evaluation.slices import Slicing
from pipeline.house import House
from pipeline.reservoirs import Reservoir
from pipeline.scoring.model import Model

ROWS_READ = 3_000_000  # of the nights to compare on; where there are more, the reservoir's share of them has frauds enough


def challenge(house: House, connection: sa.Connection, plan: Plan, reservoir: Reservoir, challenger: Model, champion: Model) -> Ruling:
    """Rule on a challenger of the reservoir's night; every judgement is entered under the gate `challenger`."""
    opponents = _opponents(house, connection, reservoir)
    tonight = _rows_of(house, connection, reservoir.night)
    matured = matured_nights(house, connection, reservoir, opponents.since) if opponents else None
    judgements = _judged(house, Challenge(challenger, champion, opponents, reservoir, tonight, slicing_of(house), matured))
    evaluations.enter(connection, plan.run_id, reservoir.night, map(asdict, judgements))
    return ruling(judgements)


def rule_on(house: House, connection: sa.Connection, latest: Reservoir, model: Model, until: Night, champion: Model) -> Ruling:
    """Rule on a model that was trained at the end of the night `until` against the champion of that moment, by what matured since."""
    opponents = Opponents(until, model, champion, None)
    tonight, matured = _rows_of(house, connection, latest.night), matured_nights(house, connection, latest, until)
    return ruling(_judged(house, Challenge(model, champion, opponents, latest, tonight, slicing_of(house), matured)))


def _judged(house: House, challenged: Challenge) -> tuple[Judgement, ...]:
    return judged(challenged, house.settings.alert_budget, margins_of(house))


def margins_of(house: House) -> Margins:
    """How much may be lost, as set."""
    return Margins(average_precision=house.settings.promotion_margin, **house.settings.margins.model_dump())


def slicing_of(house: House) -> Slicing:
    """What the view knows of a transaction that rows can be cut by."""
    return Slicing(house.view.timezone, house.view.activity)


def _opponents(house: House, connection: sa.Connection, reservoir: Reservoir) -> Opponents | None:
    """Who is compared at the end of a night; None while no member of the chain is old enough, or one of them may not score."""
    members = ledger.members(connection)
    since = member_before(members, reservoir.newest, reservoir.bounds.excluded)
    standing = registry.champion(connection, since) if since is not None else None
    if since is None:
        return None
    member = _if_it_may_score(house, connection, members[since])
    champion = _if_it_may_score(house, connection, standing.version if standing is not None else members[since])
    if member is None or champion is None:
        return None
    return Opponents(since, member, champion, _anchor(house, connection, since))


def _if_it_may_score(house: House, connection: sa.Connection, version: str) -> Model | None:
    """A model to compare with; one that is refused is missed, and the log says why."""
    try:
        return load_for(house, connection, version)
    except (CorruptionError, NoModelError) as refusal:
        LOG.warning("%s is left out of the comparison: %s", version, refusal)
        return None


def _anchor(house: House, connection: sa.Connection, since: Night) -> Model | None:
    """The champion with which the year began, or the first one of a younger chain: creeping by margins shows against it.

    One that is refused (another view, a lost file) is none: it would keep every challenger until the year ends.
    """
    new_year = Night(dt.date(since.day.year, 1, 1)).start
    standing = registry.champion_at(connection, new_year, new_year) or registry.first_promotion(connection)
    if standing is None or standing.valid_from > since.start:
        return None
    return _if_it_may_score(house, connection, standing.version)


def matured_nights(house: House, connection: sa.Connection, reservoir: Reservoir, since: Night) -> Matured | None:
    """The nights to compare on as they were sealed; None where they are too many rows to be read, or a file of theirs is lost."""
    first, view = first_compared(since, reservoir.newest), house.view.fingerprint
    bound = seals.bound(connection, FEATURES, first, reservoir.newest, view) if first <= reservoir.newest else []
    sealed = [seal for seal in bound if seal.complete and seal.night not in reservoir.bounds.excluded]
    total = sum(seal.row_count for seal in sealed)
    if total > ROWS_READ:
        return None
    nights = ((seal.night, house.lake.read_table(seal.path, seal.sha256)) for seal in sealed)
    try:
        return in_full(nights, reservoir, min(1.0, ROWS_COMPARED / max(total, 1)))
    except CorruptionError as loss:
        LOG.warning("the reservoir's share of the nights is compared on: %s", loss)
        return None


def _rows_of(house: House, connection: sa.Connection, night: Night) -> pa.Table | None:
    """The features of a night, or of the newest one of the week before it that has any; None where none has."""
    sealed = [seal for seal in seals.bound(connection, FEATURES, night.back(6), night, house.view.fingerprint) if seal.row_count]
    return house.lake.read_table(sealed[-1].path, sealed[-1].sha256) if sealed else None
