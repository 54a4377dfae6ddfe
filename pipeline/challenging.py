"""Tonight's challenger against the champion: models loaded, rows scored, figures handed to the gate, the judgement entered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from pipeline.champions import load_for
from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import evaluations, ledger, registry, seals
from pipeline.data.names import ENTERED, FEATURES, TRANSACTION_ID
from pipeline.evaluation.challenge import Named, agreement_figures, challenge_figures, novelty_figures, recipe_figures
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.gates import COMPARED_NIGHTS, challenger_gate
from pipeline.evaluation.judgement import Judgement, Ruling, ruling
from pipeline.house import House
from pipeline.reservoirs import Reservoir, compared
from pipeline.scoring.model import Model
from pipeline.scoring.reservoir import between
from pipeline.scoring.sampling import unit_hash

NIGHTS_COMPARED = 14  # two weeks, where the chain is old enough; a recipe is judged over both kinds of day
ROWS_ALIKE = 50_000  # of tonight's rows, chosen by the hash of their id, are enough to see whether two models agree


@dataclass(frozen=True)
class Opponents:
    """The chain's member of a past night, the champion of that night, and the yearly anchor where there is one; the night is `since`."""

    since: Night
    member: Model
    champion: Model
    anchor: Model | None

    def known(self, standing: Model) -> Model:
        """Whom a challenger must resemble: the standing champion, or the compared member where that is the younger one.

        What the member learned has stood the comparison on nights that it had not seen, or there is no promotion anyway. Held against
        a champion that stood for weeks, one strange night would keep every challenger as long as the reservoir holds it (90 nights),
        and a world that moved on meanwhile for ever.
        """
        return max(standing, self.member, key=lambda model: Night.parse(model.manifest.lineage.night))


def challenge(house: House, connection: sa.Connection, plan: Plan, reservoir: Reservoir, challenger: Model, champion: Model) -> Ruling:
    """Rule on a challenger of the reservoir's night; every judgement is entered under the gate `challenger`."""
    opponents = _opponents(house, connection, reservoir)
    recipe = _recipe(reservoir, opponents) if opponents else {}
    known = opponents.known(champion) if opponents else champion
    alike = _agreement(house, connection, reservoir.night, challenger, known)
    figures = challenge_figures(recipe, alike, _novelty(reservoir, known))
    judgements = _judged(house, figures, anchored=opponents is not None and opponents.anchor is not None)
    evaluations.enter(connection, plan.run_id, reservoir.night, map(asdict, judgements))
    return ruling(judgements)


def rule_on(house: House, connection: sa.Connection, latest: Reservoir, model: Model, until: Night, champion: str) -> Ruling:
    """Rule on a model that was trained at the end of the night `until` against the champion of that moment, by what matured since."""
    opponents = Opponents(until, model, load_for(house, connection, champion), None)
    alike = _agreement(house, connection, latest.night, model, opponents.champion)
    figures = challenge_figures(_recipe(latest, opponents), alike, _novelty(latest, opponents.champion))
    return ruling(_judged(house, figures, anchored=False))


def _judged(house: House, figures: Figures, *, anchored: bool) -> tuple[Judgement, ...]:
    from pipeline.evaluation.judge import judge

    return judge(challenger_gate(house.settings.promotion_margin, anchored=anchored), figures)


def _opponents(house: House, connection: sa.Connection, reservoir: Reservoir) -> Opponents | None:
    """Who is compared at the end of a night; None while no member of the chain is old enough, or one of them may not score."""
    members = ledger.members(connection)
    since = member_before(members, reservoir.newest)
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


def member_before(members: Mapping[Night, str], newest: Night) -> Night | None:
    """The night of the newest member that leaves two weeks of matured nights to compare on, or else one week; None where none does."""
    for nights in (NIGHTS_COMPARED, int(COMPARED_NIGHTS)):
        old_enough = [night for night in members if night <= newest.back(nights)]
        if old_enough:
            return max(old_enough)
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


def _recipe(reservoir: Reservoir, opponents: Opponents) -> Named:
    first = max(opponents.since.next(), reservoir.newest.back(NIGHTS_COMPARED - 1))
    rows = between(reservoir.rows, first, reservoir.newest, reservoir.bounds)
    if not rows.num_rows:
        return {}
    scored = {model.version: model.score(rows) for model in (opponents.member, opponents.champion, opponents.anchor) if model is not None}
    anchor = scored[opponents.anchor.version] if opponents.anchor else None
    rows_compared = compared(rows, reservoir.bounds.share)
    return recipe_figures(rows_compared, scored[opponents.member.version], scored[opponents.champion.version], anchor)


def _agreement(house: House, connection: sa.Connection, night: Night, challenger: Model, champion: Model) -> Named:
    """How alike both score the rows of a night, or of the newest one before it that has any."""
    sealed = [seal for seal in seals.bound(connection, FEATURES, night.back(6), night, house.view.fingerprint) if seal.row_count]
    if not sealed:
        return {}
    rows = house.lake.read_table(sealed[-1].path, sealed[-1].sha256)
    share = min(1.0, ROWS_ALIKE / rows.num_rows)
    rows = rows.filter(pa.array(unit_hash(rows[TRANSACTION_ID]) < share))
    return agreement_figures(challenger.score(rows), champion.score(rows), max(1, round(house.settings.alert_budget * share)))


def _novelty(reservoir: Reservoir, champion: Model) -> Named:
    rows = between(reservoir.rows, reservoir.bounds.first, reservoir.newest, reservoir.bounds)
    unseen = rows[ENTERED].to_numpy() > np.datetime64(champion.manifest.lineage.night)
    return novelty_figures(compared(rows, reservoir.bounds.share), unseen)
