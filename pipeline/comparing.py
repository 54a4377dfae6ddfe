"""A challenger held against the champion, in figures. Pure: models and rows come in, what the gate judges comes out.

The nightly training, a model on request and bench/training.py all compare so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.night import Night, nights_between
from pipeline.data.names import ENTERED, IS_FRAUD, NIGHT, TRANSACTION_ID
from pipeline.evaluation.agreement import agreement_figures
from pipeline.evaluation.challenge import Margins, Named, challenge_figures, novelty_figures, recipe_figures
from pipeline.evaluation.challenger_gate import COMPARED_NIGHTS, challenger_gate
from pipeline.evaluation.equivalence import measured
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.paired import Blocks, Pair, secondary_measures
from pipeline.evaluation.slices import Sliced, Slicing, cuts
from pipeline.reservoirs import Reservoir, compared
from pipeline.scoring.learner import one_thread
from pipeline.scoring.model import Model
from pipeline.scoring.reservoir import between, fitting
from pipeline.scoring.sampling import unit_hash

NIGHTS_COMPARED = 14  # two weeks, where the chain is old enough; a recipe is judged over both kinds of day
ROWS_COMPARED = 50_000  # genuine ones, and all frauds: more would cost a CPU second a model and hardly narrow the interval
ROWS_ALIKE = 50_000  # of tonight's rows, chosen by the hash of their id, are enough to see whether two models agree


@dataclass(frozen=True)
class Opponents:
    """The chain's member of a past night, the champion of that night, and the yearly anchor where there is one; the night is `since`."""

    since: Night
    member: Model
    champion: Model
    anchor: Model | None


@dataclass(frozen=True)
class Matured:
    """Rows of matured nights with their labels: all frauds and `share` of the genuine."""

    rows: pa.Table
    share: float


@dataclass(frozen=True)
class Challenge:
    """Tonight's challenger and the standing champion; `opponents` stand for their recipes, None where no member is old enough.

    `tonight`: the features of the night's rows, or of the newest night before it that has any; None where none has. `matured`: the nights
    to compare on (`in_full`); None where only the reservoir's share of them is at hand.
    """

    challenger: Model
    champion: Model
    opponents: Opponents | None
    reservoir: Reservoir
    tonight: pa.Table | None
    slicing: Slicing
    matured: Matured | None = None

    @property
    def known(self) -> Model:
        """Whom a challenger must resemble: the standing champion, or the compared member where that is the younger one.

        What the member learned has stood the comparison on nights that it had not seen, or there is no promotion anyway. Held against
        a champion that stood for weeks, one strange night would keep every challenger as long as the reservoir holds it (90 nights),
        and a world that moved on meanwhile for ever. A model on request is compared itself, and must resemble the champion.
        """
        if self.opponents is None or self.opponents.member is self.challenger:
            return self.champion
        return max(self.champion, self.opponents.member, key=lambda model: Night.parse(model.manifest.lineage.night))

    @property
    def anchored(self) -> bool:
        return self.opponents is not None and self.opponents.anchor is not None


def member_before(members: Collection[Night], newest: Night, excluded: Collection[Night] = ()) -> Night | None:
    """The night of the newest member that leaves two weeks of matured nights to compare on, or else one week; None where none does.

    Excluded nights are not compared on, so they do not count: one of them would leave a young chain six nights, which are not enough.
    """
    for nights in (NIGHTS_COMPARED, int(COMPARED_NIGHTS)):
        old_enough = [night for night in members if len(set(nights_between(night.next(), newest)).difference(excluded)) >= nights]
        if old_enough:
            return max(old_enough)
    return None


def first_compared(since: Night, newest: Night) -> Night:
    """The first night to compare on: at most the newest two weeks that had matured since a member was trained."""
    return max(since.next(), newest.back(NIGHTS_COMPARED - 1))


def in_full(nights: Iterable[tuple[Night, pa.Table]], reservoir: Reservoir, share: float) -> Matured | None:
    """Nights of features, read one after the other, with the labels of the reservoir; None where it holds nothing of any of them.

    The reservoir's tenth of the genuine would double the error of a difference (.0048 instead of .0023), as a quarter of the frauds would.
    """
    entered = set(pc.unique(reservoir.rows[NIGHT]).to_pylist())
    frauds = reservoir.rows.filter(reservoir.rows[IS_FRAUD])[TRANSACTION_ID].combine_chunks()
    parts = [_labelled(features, night, frauds, share) for night, features in nights if night.day in entered]
    return Matured(pa.concat_tables(parts), share) if parts else None


def _labelled(features: pa.Table, night: Night, frauds: pa.Array, share: float) -> pa.Table:
    ids = features[TRANSACTION_ID]
    is_fraud = pc.is_in(ids, value_set=frauds)
    day = pa.repeat(pa.scalar(night.day, pa.date32()), features.num_rows)
    labelled = features.append_column(NIGHT, day).append_column(IS_FRAUD, is_fraud)
    return labelled.filter(pa.array(is_fraud.to_numpy() | (unit_hash(ids) < share)))


def judged(challenge: Challenge, budget: int, margins: Margins) -> tuple[Judgement, ...]:
    """What the gate `challenger` says; `budget` alerts a night are compared, `margins` may be lost."""
    from pipeline.evaluation.judge import judge

    with one_thread():
        recipe, sliced = _recipe(challenge, budget, margins)
        figures = challenge_figures(recipe, sliced.to_figures(), _agreement(challenge, budget), _novelty(challenge))
    return judge(challenger_gate(margins, sliced, anchored=challenge.anchored), figures)


def _recipe(challenge: Challenge, budget: int, margins: Margins) -> tuple[Named, Sliced]:
    """Figures and slices of the matured nights, all of them or the reservoir's share."""
    opponents = challenge.opponents
    if opponents is None:
        return {}, Sliced()
    matured = challenge.matured or _sampled(challenge.reservoir, opponents.since)
    rows = matured.rows
    if not rows.num_rows:
        return {}, Sliced()
    known = compared(rows, matured.share)
    pair = Pair(known, Blocks.of(known.night), opponents.member.score(rows), opponents.champion.score(rows))
    anchor = opponents.anchor.score(rows) if opponents.anchor else None
    beside = {name: measured(pair, measure) for name, measure in secondary_measures(budget).items()}
    return recipe_figures(pair, anchor, beside, margins), Sliced.of(pair, cuts(rows, known.weight, challenge.slicing))


def _sampled(reservoir: Reservoir, since: Night) -> Matured:
    """The reservoir's rows of the nights to compare on."""
    first, bounds = first_compared(since, reservoir.newest), replace(reservoir.bounds, rows=ROWS_COMPARED)
    bounds = fitting(between(reservoir.rows, first, reservoir.newest, bounds), bounds)
    return Matured(between(reservoir.rows, first, reservoir.newest, bounds), bounds.share)


def _agreement(challenge: Challenge, budget: int) -> Named:
    if challenge.tonight is None:
        return {}
    share = min(1.0, ROWS_ALIKE / challenge.tonight.num_rows)
    rows = challenge.tonight.filter(pa.array(unit_hash(challenge.tonight[TRANSACTION_ID]) < share))
    return agreement_figures(challenge.challenger.score(rows), challenge.known.score(rows), max(1, round(budget * share)))


def _novelty(challenge: Challenge) -> Named:
    reservoir = challenge.reservoir
    rows = between(reservoir.rows, reservoir.bounds.first, reservoir.newest, reservoir.bounds)
    unseen = rows[ENTERED].to_numpy() > np.datetime64(challenge.known.manifest.lineage.night)
    return novelty_figures(compared(rows, reservoir.bounds.share), unseen)
