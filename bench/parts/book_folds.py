"""The product's default learner on the book's four prequential folds."""

from __future__ import annotations

from collections.abc import Sequence

from bench.parts.book import PREQUENTIAL, Fold, Measures, Scored, day_of, measured
from bench.parts.measure import say
from bench.parts.reservoir import reservoirs, trained
from bench.parts.streams import DAY_ZERO, Stream
from pipeline.features.handbook import VIEW
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model


def book_folds(stream: Stream, folds: Sequence[Fold] = PREQUENTIAL) -> list[Measures]:
    """The measures of each fold.

    The model is the one trained from the reservoir on the eve of the test: what has matured then ends with the book's week of training,
    and its week of delay is the time in which labels mature.
    """
    eves = {day_of(fold.test) - day_of(DAY_ZERO) - 1: fold for fold in folds}
    measures = []
    for reservoir in reservoirs(stream, max(eves)):
        if reservoir.day in eves:
            fold = eves[reservoir.day]
            measures.append(tested(stream, fold, trained(reservoir, reservoir.training(), BoostedTrees())))
            say(f"the book's fold of {fold.training}")
    return measures


def tested(stream: Stream, fold: Fold, model: Model) -> Measures:
    """The fold's test week by the book's rules."""
    zero = day_of(DAY_ZERO)
    first, last = day_of(fold.training) - zero, day_of(fold.tested[1]) - zero
    rows = stream.days(first, last)
    features = as_matrix(stream.between(first, last), VIEW.columns)
    test = Scored(features, stream.day[rows] + zero, stream.customer[rows], stream.is_fraud[rows]).still_open(fold)
    return measured(test, model.score_rows(test.features))
