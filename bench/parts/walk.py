"""A walk forward over a stream, week by week: each learner's model of the eve scores the week, and is held against what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from bench.parts.book import DAYS_A_WEEK
from bench.parts.measure import say
from bench.parts.paired import Daily, Interval, Measure, Sides, Truth, value, walk_difference
from bench.parts.reservoir import FIRST, Reservoir, reservoirs, trained
from bench.parts.streams import Stream, night_of
from pipeline.features.handbook import VIEW
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learner import Fitted
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model
from pipeline.scoring.training import TrainingSet, training_set

FULL, CHAIN, LINEAR, FROZEN = "full", "chain", "linear", "frozen"
LINEAR_LEARNER = "linear_sgd"
FIRST_WEEK = 71  # a Monday: 27 complete nights have matured, whose frauds are twice what a first model needs, and 16 whole weeks are left
LAST_DAY = 182  # the last published one, a Sunday
WEEKS = tuple(range(FIRST_WEEK, LAST_DAY, DAYS_A_WEEK))
TREES = BoostedTrees()


@dataclass(frozen=True)
class Week:
    """The week that begins on day `start`: how many frauds it held, and how each learner did."""

    start: int
    frauds: int
    sides: Sides


@dataclass
class Fits:
    """CPU seconds of each fit, by learner."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def of(self, learner: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.seconds.setdefault(learner, []).append(time.process_time() - begun)


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

    def predicted_over_observed(self, learner: str) -> float:
        """The sum of the learner's scores over the number of frauds, in the whole walk."""
        return sum(week.sides[learner].predicted for week in self.weeks) / sum(week.frauds for week in self.weeks)


def walk(stream: Stream, starts: Sequence[int] = WEEKS) -> Walk:
    """Over the weeks that begin on the days `starts`, each with the models of its eve.

    A refit from scratch depends on the reservoir alone, so of the chain of boosted trees only the members that serve a week are fitted;
    the linear learner goes on from its parent, so that each of its nights is trained.
    """
    fits, weeks = Fits(), []
    serving: Model | None = None
    frozen: Model | None = None
    linear: Model | None = None
    for reservoir in reservoirs(stream, starts[-1] - 1):
        if reservoir.day + 1 >= starts[0]:
            linear = next_linear(reservoir, linear, fits)
        if reservoir.day + 1 in starts:
            serving = serving_member(serving, next_member(reservoir, fits))
            frozen = frozen or serving
            models = {CHAIN: serving, **({LINEAR: linear} if linear else {}), FROZEN: frozen}
            weeks.append(tested(stream, reservoir.day + 1, fully_retrained(stream, reservoir, fits), models))
            say(f"{stream.name}: week of day {weeks[-1].start}, {len(weeks)} of {len(starts)}")
    return Walk(stream.name, tuple(weeks), fits.seconds)


def serving_member(serving: Model | None, challenger: Model) -> Model:
    """Which of the two serves the coming week, the one that `serving` the last or tonight's: the newest, whatever it is."""
    return challenger


def next_member(reservoir: Reservoir, fits: Fits) -> Model:
    """The chain's model of this night; drawing the training set counts as its cost."""
    with fits.of(CHAIN):
        return trained(reservoir, reservoir.training(), TREES)


def next_linear(reservoir: Reservoir, before: Model | None, fits: Fits) -> Model | None:
    """The linear chain's model of this night, gone on from that of the night before; none where the product has no such learner."""
    if LINEAR_LEARNER not in LEARNERS:
        return None
    with fits.of(LINEAR):
        training = reservoir.training() if before is None else reservoir.training(night_of(reservoir.day - 1))
        return trained(reservoir, training, LEARNERS[LINEAR_LEARNER], before)


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


def tested(stream: Stream, start: int, full: Fitted, models: Mapping[str, Model]) -> Week:
    """The week's transactions as each model scores them, against their true labels."""
    last = start + DAYS_A_WEEK - 1
    rows, matrix = stream.days(start, last), as_matrix(stream.between(start, last), VIEW.columns)
    truth = Truth(stream.day[rows] - start, stream.customer[rows], stream.is_fraud[rows])
    scores = {FULL: full.probabilities(matrix)} | {name: model.score_rows(matrix) for name, model in models.items()}
    return Week(start, int(truth.is_fraud.sum()), {learner: Daily.of(truth, scored) for learner, scored in scores.items()})
