"""A night drawn again and again, in bounded memory: what chance alone would have made of its figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.metrics import Bools, Floats, Keys

DRAWS = 200  # the 2.5 % quantile then rests on five of them
LEVELS = (0.025, 0.975)
SEED = 3105
STEPS = 1024  # genuine rows are drawn together where their scores differ by less than this part of 1
DRAWN_AT_ONCE = 1_000_000  # counts held in memory: 8 MB an array, whatever the night


@dataclass(frozen=True, eq=False)
class Outcome:
    """A night's published scores and what became of them: parallel arrays, one entry a transaction.

    `card` is the entity that investigators look at (a customer); `alerted`: whether the transaction was among the night's alerts.
    """

    score: Floats
    is_fraud: Bools
    alerted: Bools
    amount_cents: npt.NDArray[np.int64]
    card: Keys


@dataclass(frozen=True, eq=False)
class Cells:
    """A night's transactions in cells that are drawn as one: each fraud alone, and the genuine that no figure tells apart together.

    The counts of the Poisson bootstrap are independent, so those of a cell add up to one Poisson count: its mean is the `rows` of the cell.
    Average precision, ROC AUC and what hangs on the alerts are thus resampled exactly. `score` is the lowest of the cell, and its place
    among the frauds is that of all its rows; `promised` the sum of its scores; `defrauded` its amount, 0 where it is genuine.
    """

    score: Floats
    is_fraud: Bools
    alerted: Bools
    rows: Floats
    promised: Floats
    defrauded: Floats

    @classmethod
    def of(cls, night: Outcome) -> Cells:
        """The cells of a night, by score: about three for each fraud and a thousand more, since alerts are the highest scores."""
        order = np.lexsort((night.amount_cents, night.alerted, night.is_fraud, night.score))  # what still ties is alike to every figure
        score, is_fraud, alerted = night.score[order], night.is_fraud[order], night.alerted[order]
        shared = np.isin(score, score[is_fraud])  # the score of a fraud: counts half in ROC AUC, so stays apart from those beside it
        begins = is_fraud[1:] | is_fraud[:-1]
        for told in (alerted, shared, np.floor(score * STEPS)):
            begins |= told[1:] != told[:-1]
        first = np.concatenate([[0], np.flatnonzero(begins) + 1])[: len(order)]
        rows = np.diff(np.append(first, len(order))).astype(np.float64)
        defrauded = np.where(is_fraud, night.amount_cents[order], 0).astype(np.float64)[first]
        return cls(score[first], is_fraud[first], alerted[first], rows, np.add.reduceat(score, first), defrauded)


def redrawn(cells: Cells, at_once: int = DRAWN_AT_ONCE) -> Iterator[Floats]:
    """How many rows of each cell are drawn, piece by piece: float64 (draws, cells), `DRAWS` draws in all, the same for every caller."""
    rng, cell_count = np.random.default_rng(SEED), len(cells.rows)
    piece = max(1, at_once // max(1, cell_count))
    for done in range(0, DRAWS, piece):
        yield rng.poisson(cells.rows, (min(piece, DRAWS - done), cell_count)).astype(np.float64)
