"""Any two models on the same sealed nights: figures, the judgement over them, and the ruling. Nothing is promoted or entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.challenging import margins_of, slicing_of
from pipeline.comparison_basis import Asked, Basis, basis, two_models
from pipeline.comparison_rows import Scored, Walk, Walked
from pipeline.evaluation import paired
from pipeline.evaluation.agreement import agreement_figures
from pipeline.evaluation.challenge import Margins, challenge_figures, recipe_figures
from pipeline.evaluation.challenger_gate import AGAINST, COMPARED_NIGHTS, comparison_gate
from pipeline.evaluation.equivalence import Difference, Measured, measured
from pipeline.evaluation.judge import judge
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.paired import Blocks, Compared, Pair
from pipeline.evaluation.ruling import Ruling, ruling
from pipeline.evaluation.slices import Sliced, cut_columns
from pipeline.house import House
from pipeline.scoring.learner import one_thread

GROUPS = 50  # of cards, dealt by hash, where nights are too few to be blocks: whatever one card does stays together


@dataclass(frozen=True)
class Comparison:
    """What is told of the `first` model beside the `second`. `predicted`: predicted over observed frauds of each."""

    first: str
    second: str
    basis: Basis
    by_nights: bool
    rows: int
    frauds: int
    share: float
    ruling: Ruling
    measures: Mapping[str, Measured]
    predicted: tuple[float, float]
    margins: Margins
    sliced: Sliced
    alike: Mapping[str, float]
    walked: Walked


def compare(house: House, first: str, second: str, asked: Asked) -> Comparison:
    """Hold one registered model against another, on nights of ours that neither has learned from."""
    with house.warehouse.begin_long() as connection, one_thread():
        models = two_models(house, connection, first, second)
        grounds = basis(house, connection, models, asked)
        walked = Walk(house, connection, grounds, models, slicing_of(house)).walked()
    with one_thread():
        return _compared(house, first, second, grounds, walked)


def _compared(house: House, first: str, second: str, grounds: Basis, walked: Walked) -> Comparison:
    rows, margins, budget = walked.rows, margins_of(house), house.settings.alert_budget
    pair, by_nights = _pair(rows, walked.share)
    measures = _measures(rows, pair, budget)
    sliced = Sliced.of(pair, cut_columns(rows.columns, pair.rows.weight))
    alike = {**agreement_figures(rows.first[rows.sampled], rows.second[rows.sampled], 1), "alerts_in_common": walked.flips.in_common}
    beside = {name: one for name, one in measures.items() if name != "average_precision"}
    figures = challenge_figures(recipe_figures(pair, None, beside, margins, AGAINST), sliced.to_figures(), alike)
    return Comparison(
        first=first,
        second=second,
        basis=grounds,
        by_nights=by_nights,
        rows=sum(seal.row_count for seal in grounds.nights),
        frauds=int(pair.rows.is_fraud.sum()),
        share=walked.share,
        ruling=ruling(judge(comparison_gate(margins, sliced), figures)),
        measures=measures,
        predicted=(_predicted(pair.rows, pair.first), _predicted(pair.rows, pair.second)),
        margins=margins,
        sliced=sliced,
        alike=alike,
        walked=walked,
    )


def _pair(rows: Scored, share: float) -> tuple[Pair, bool]:
    """The rows with nights as blocks, or groups of cards where nights are too few: such an interval knows nothing of how nights differ."""
    known = Compared(rows.night, rows.is_fraud, np.where(rows.is_fraud, 1.0, 1 / share))
    by_nights = len(np.unique(rows.night)) >= COMPARED_NIGHTS
    blocks = Blocks.of(rows.night if by_nights else rows.card % np.uint64(GROUPS))
    return Pair(known, blocks, rows.first, rows.second), by_nights


def _measures(rows: Scored, pair: Pair, budget: int) -> Mapping[str, Measured]:
    """Average precision first, then the others."""
    return {
        "average_precision": measured(pair, paired.average_precision),
        "roc_auc": measured(pair, paired.roc_auc),
        "card_precision": _card_precision(rows, pair, budget),
        "brier_skill": measured(pair, paired.brier_skill),
    }


def _card_precision(rows: Scored, pair: Pair, budget: int) -> Measured:
    """From the cards found each night; under each draw the line that they were above stays where it was."""
    looked_at = budget * len(np.unique(rows.night))
    first, second = (pair.blocks.sums(found.astype(np.float64)) / looked_at for found in (rows.found_by_first, rows.found_by_second))
    return Measured(float(first[0]), float(second[0]), Difference.of(first - second, pair.holding()))


def _predicted(rows: Compared, scores: Floats) -> float:
    frauds = rows.is_fraud.sum()
    return float(scores @ rows.weight / frauds) if frauds else float("nan")
