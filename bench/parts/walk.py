"""A walk forward over a stream, week by week: each learner's model of the eve scores the week, and is held against what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from bench.parts.book import DAYS_A_WEEK
from bench.parts.chain import Decision
from bench.parts.eves import CHAIN, LINEAR, Eve, Fits, eves
from bench.parts.measure import say
from bench.parts.paired import Daily, Interval, Measure, Sides, Truth, value, walk_difference
from bench.parts.reservoir import FIRST, Reservoir
from bench.parts.streams import Stream
from pipeline.features.handbook import VIEW
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learner import Fitted
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model
from pipeline.scoring.training import TrainingSet, training_set

FULL, FROZEN = "full", "frozen"
FIRST_WEEK = 71  # a Monday: 27 complete nights have matured, whose frauds are twice what a first model needs, and 16 whole weeks are left
LAST_DAY = 182  # the last published one, a Sunday
WEEKS = tuple(range(FIRST_WEEK, LAST_DAY, DAYS_A_WEEK))
TREES = BoostedTrees()


@dataclass(frozen=True)
class Week:
    """The week that begins on day `start`: how many frauds it held, how each learner did, and what was decided on the eve."""

    start: int
    frauds: int
    sides: Sides
    decisions: Mapping[str, Decision]


@dataclass(frozen=True)
class Walk:
    """All weeks of a stream, and the CPU seconds of each fit."""

    stream: str
    weeks: tuple[Week, ...]
    seconds: Mapping[str, Sequence[float]]

    @property
    def learners(self) -> tuple[str, ...]:
        return tuple(self.weeks[0].sides)

    def difference(self, learner: str, measure: Measure) -> Interval:
        """How far the learner is above the full retrain, in the mean over the weeks."""
        return walk_difference([week.sides for week in self.weeks], learner, FULL, measure)

    def mean(self, learner: str, measure: Measure) -> float:
        return sum(value(week.sides, learner, measure) for week in self.weeks) / len(self.weeks)

    def promoted(self, learner: str) -> int | None:
        """In how many weeks the newest member became champion; None of a learner of whom nothing is decided."""
        decisions = [week.decisions[learner] for week in self.weeks if learner in week.decisions]
        return sum(decision.promoted for decision in decisions) if decisions else None

    def predicted_over_observed(self, learner: str) -> float:
        """The sum of the learner's scores over the number of frauds, in the whole walk."""
        return sum(week.sides[learner].predicted for week in self.weeks) / sum(week.frauds for week in self.weeks)


def walk(stream: Stream, starts: Sequence[int] = WEEKS) -> Walk:
    """Over the weeks that begin on the days `starts`, each with the champions of its eve."""
    fits, weeks = Fits(), []
    frozen: Model | None = None
    for eve in eves(stream, starts, fits):
        frozen = frozen or eve.chains[CHAIN].champion
        full = fully_retrained(stream, eve.reservoir, fits)
        weeks.append(tested(stream, eve, full, frozen))
        say(f"{stream.name}: week of day {eve.start}, {len(weeks)} of {len(starts)}")
    return Walk(stream.name, tuple(weeks), fits.seconds)


def fully_retrained(stream: Stream, reservoir: Reservoir, fits: Fits) -> Fitted:
    """The same trees from every matured row of all history; only the bare fit counts as its cost."""
    training = everything(stream, reservoir.newest)
    with fits.of(FULL):
        return TREES.fit(training, seed=0)


def everything(stream: Stream, last: int) -> TrainingSet:
    """All matured rows: what has occurred by the day `last` since the view's windows are complete."""
    rows = stream.days(FIRST, last)
    labelled = stream.between(FIRST, last).append_column("is_fraud", pa.array(stream.is_fraud[rows]))
    return training_set(labelled, VIEW.columns, share=1.0)


def tested(stream: Stream, eve: Eve, full: Fitted, frozen: Model) -> Week:
    """The week's transactions as each model scores them, against their true labels."""
    last = eve.start + DAYS_A_WEEK - 1
    rows, matrix = stream.days(eve.start, last), as_matrix(stream.between(eve.start, last), VIEW.columns)
    truth = Truth(stream.day[rows] - eve.start, stream.customer[rows], stream.is_fraud[rows])
    served = {learner: eve.chains[learner].champion for learner in (CHAIN, LINEAR)} | {FROZEN: frozen}
    scores = {FULL: full.probabilities(matrix)} | {learner: model.score_rows(matrix) for learner, model in served.items()}
    sides = {learner: Daily.of(truth, scored) for learner, scored in scores.items()}
    return Week(eve.start, int(truth.is_fraud.sum()), sides, eve.decisions)
