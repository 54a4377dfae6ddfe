"""A simulated world of matured nights, from which reservoirs to learn from and nights to compare on are drawn again and again.

Whatever is drawn, all of it is known: the true difference between two models is that over all the nights to compare on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.names import AMOUNT_CENTS, IS_FRAUD, TRANSACTION_ID
from pipeline.evaluation.metrics import average_precision
from pipeline.evaluation.paired import Compared
from pipeline.features.handbook import VIEW
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learner import Fitted
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.sampling import Bools, Floats, chosen, correct_for_sampling
from pipeline.scoring.training import TrainingSet
from pipeline.simulator import Simulation, simulate

SHARE = 0.1  # of the genuine, as in the product
LEARNED, COMPARED = range(33, 70), range(77, 97)  # nights: windows are complete from the 33rd on, and a week lies between, as labels take
OVERLAP = 0.85  # of the reservoir, which each model learns from: two members two weeks apart share 76 of 90 nights
NIGHTS = 14
LEARNER = BoostedTrees()
WORLD = Simulation(
    dt.date(2026, 6, 30),
    days=107,
    customers=2100,
    terminals=5000,
    radius=7.07,
    terminals_compromised_daily=4,
    customers_compromised_daily=6,
)  # 4,100 transactions a night, of which 140 are frauds
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pool:
    """All rows of the nights to learn from and to compare on; `night` counts from the first simulated one."""

    features: pa.Table
    matrix: Floats
    night: Ints
    is_fraud: Bools

    @classmethod
    def simulated(cls) -> Pool:
        simulated = simulate(WORLD)
        transactions, labels = in_cents(simulated.transactions), simulated.labels
        features = VIEW.compute(transactions.slice(0, 0), transactions, labels)
        frauds = labels.filter(labels[IS_FRAUD])[TRANSACTION_ID]
        day = features["occurred_at"].to_numpy().astype("M8[D]").astype(np.int64)
        is_fraud = pc.is_in(features[TRANSACTION_ID], value_set=frauds).to_numpy()
        return cls(features, as_matrix(features, VIEW.columns), day - day.min(), is_fraud)

    @cached_property
    def reservoir(self) -> Ints:
        """The places of the rows to learn from: all frauds, and a share of the genuine."""
        kept = self.is_fraud | chosen(self.features[TRANSACTION_ID], SHARE)
        return np.flatnonzero(kept & np.isin(self.night, LEARNED))

    @cached_property
    def rows_of(self) -> dict[int, Ints]:
        """The places of the rows of each night to compare on."""
        return {night: np.flatnonzero(self.night == night) for night in COMPARED}

    @cached_property
    def tested(self) -> Ints:
        """The places of all rows to compare on."""
        return np.concatenate(list(self.rows_of.values()))

    def learned(self, random: np.random.Generator) -> Fitted:
        """A model of the one recipe, from its own part of the reservoir."""
        rows = self.reservoir[random.random(len(self.reservoir)) < OVERLAP]
        return LEARNER.fit(TrainingSet(VIEW.columns, self.matrix[rows], self.is_fraud[rows], SHARE, np.ones(len(rows), np.bool_)), seed=0)

    def scores(self, fitted: Fitted) -> Floats:
        """Of all rows to compare on; those of other rows are NaN."""
        scores = np.full(len(self.night), np.nan)
        scores[self.tested] = correct_for_sampling(fitted.probabilities(self.matrix[self.tested]), SHARE)
        return scores

    def true_average_precision(self, scores: Floats) -> float:
        """Of all rows to compare on."""
        rows = self.tested
        return float(average_precision(scores[rows], self.is_fraud[rows], np.ones((1, len(rows))))[0])


@dataclass(frozen=True, eq=False)
class Draw:
    """Nights to compare on, drawn with replacement: all of their rows, or a part of them."""

    place: Ints
    rows: Compared

    @classmethod
    def of(cls, pool: Pool, random: np.random.Generator, part: float = 1.0, nights: int = NIGHTS) -> Draw:
        drawn = [pool.rows_of[night] for night in random.choice(COMPARED, nights)]
        night, place = np.repeat(np.arange(nights), [len(rows) for rows in drawn]), np.concatenate(drawn)
        there = random.random(len(place)) < part
        night, place = night[there], place[there]
        return cls(place, Compared(night, pool.is_fraud[place], np.ones(len(place))))


def noisy(scores: Floats, noise: Floats, size: float) -> Floats:
    """Scores whose log-odds are off by so much noise."""
    kept = np.clip(scores, 1e-9, 1 - 1e-9)
    return 1 / (1 + (1 - kept) / kept * np.exp(-size * noise))


def noise_that_costs(pool: Pool, scores: Floats, noise: Floats, cost: float) -> float:
    """The size of the noise at which the true average precision is lower by `cost`, found by halving."""
    target, low, high = pool.true_average_precision(scores) - cost, 0.0, 8.0
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (middle, high) if pool.true_average_precision(noisy(scores, noise, middle)) > target else (low, middle)
    return (low + high) / 2


def in_cents(transactions: pa.Table) -> pa.Table:
    """Simulated transactions as the lake holds them."""
    cents = pc.round(pc.multiply(transactions["amount"].cast(pa.float64()), 100.0)).cast(pa.int64())
    renamed = transactions.rename_columns({"customer_id": "customer", "terminal_id": "terminal"})
    return renamed.append_column(AMOUNT_CENTS, cents)


def scrambled(scores: Floats, places: Ints, random: np.random.Generator) -> Floats:
    """The scores of these rows dealt out anew among them."""
    mixed = scores.copy()
    mixed[places] = random.permutation(scores[places])
    return mixed
