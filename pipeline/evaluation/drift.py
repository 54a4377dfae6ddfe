"""Training against live: how far tonight's rows, and the scores they got, lie from the rows the model learned from.

Effects come first and tests second: among 8,000 rows a difference of 0.02 deviations is beyond chance and of no interest. A column of the
calendar (is it a weekend?) differs every night by its nature: leave it out, or hold whole weeks against the reference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.moments import Moments
from pipeline.evaluation.reference import Reference, Spread
from pipeline.evaluation.stability import Stability
from pipeline.evaluation.tally import Tally

PSI_LIMIT = 0.1  # from here on a population counts as slightly changed (Siddiqi, Credit Risk Scorecards, 2006)
SHIFT_LIMIT = 0.2  # deviations: a small effect (Cohen, Statistical Power Analysis, 1988)
ERRORS = 5.0  # standard errors of a mean: two nights in a million by chance, were it normal
RARE = 1e-6  # the same for the stability index
MINIMUM_ROWS = 50  # five rows a decile: with fewer the chi-squared law of the index does not hold (Cochran, 1954)
TOLD_SHARE = 0.005  # a share of rows that changed by less than half a percent is not told


@dataclass(frozen=True)
class Drift:
    """One column, in training (`before`) and among tonight's `rows`.

    `mean_shift`: tonight's mean less that of training, in standard deviations of training (Glass, 1976), and its standard error; NaN where
    there is no mean or no deviation. Means are NaN where nothing is known.
    """

    name: str
    rows: int
    stability: Stability
    mean_shift: float
    mean_shift_error: float
    mean: float
    mean_before: float
    missing: float
    missing_before: float
    differing: float | None  # share of rows that lack the one value the column had in training; None where it had several

    @property
    def effect(self) -> float:
        """The larger of index and shift, each in units of its limit: from 1 on it is worth a look."""
        shift = 0.0 if math.isnan(self.mean_shift) else abs(self.mean_shift)
        return max(self.stability.excess / PSI_LIMIT, shift / SHIFT_LIMIT)

    @property
    def stands_out(self) -> bool:
        """Whether the effect is worth a look and no chance; of fewer than `MINIMUM_ROWS` rows nothing is said."""
        if self.rows < MINIMUM_ROWS:
            return False
        shifted = abs(self.mean_shift) >= max(SHIFT_LIMIT, ERRORS * self.mean_shift_error)
        return shifted or (self.stability.excess >= PSI_LIMIT and self.stability.p_value <= RARE)

    @property
    def sentence(self) -> str:
        """'amount: mean 0.4 deviations higher than in training (31.2, was 27.5); stability index 0.12 above the 0.002 of chance'."""
        missing = [] if abs(self.missing - self.missing_before) < TOLD_SHARE else [_missing(self)]
        index = f"stability index {max(self.stability.excess, 0.0):.2g} above the {self.stability.by_chance:.1g} of chance"
        return f"{self.name}: " + "; ".join([_level(self), *missing, index])


@dataclass(frozen=True)
class Bin:
    """A bin of the score in training: the highest score in it (None for the last), and the share of tonight's rows and of training's."""

    upper_end: float | None
    share: float
    share_before: float


@dataclass(frozen=True)
class Comparison:
    """A night beside its model's training set: the score with its bins, lowest first, and the features by effect, largest first.

    There is no bin where all scores of training were equal.
    """

    rows: int
    score: Drift
    features: tuple[Drift, ...]
    bins: tuple[Bin, ...]

    @classmethod
    def of(cls, reference: Reference, rows: Floats, scores: Floats) -> Self | None:
        """From the night's `rows` (n, columns), NaN where missing, in the order of the reference, and their `scores`; None of no rows."""
        columns = zip(reference.columns, rows.T, strict=True)
        return cls.between(reference, [Tally.of(spread, np.ascontiguousarray(values)) for (_, spread), values in columns], scores)

    @classmethod
    def between(cls, reference: Reference, columns: Sequence[Tally], scores: Floats) -> Self | None:
        """From a tally of each column of the reference, in its order, and the scores of all rows."""
        if len(scores) == 0:
            return None
        score = Tally.of(reference.score, scores)
        drifts = [_drift(name, spread, tally) for (name, spread), tally in zip(reference.columns, columns, strict=True)]
        ordered = sorted(drifts, key=lambda drift: (-drift.effect, drift.name))
        return cls(len(scores), _drift("score", reference.score, score), tuple(ordered), _bins(reference.score, score))

    @property
    def standing_out(self) -> tuple[Drift, ...]:
        """Score and features that stand out, the score first."""
        return tuple(drift for drift in (self.score, *self.features) if drift.stands_out)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands out, one sentence each; where nothing does, or the rows are too few, that."""
        if self.rows < MINIMUM_ROWS:
            return (f"NOT ENOUGH ROWS: the night has {self.rows}, and fewer than {MINIMUM_ROWS} are not held against training",)
        told = tuple(drift.sentence for drift in self.standing_out)
        return told or (f"nothing stands out: the score and {len(self.features)} features lie as in training",)


def _bins(before: Spread, scores: Tally) -> tuple[Bin, ...]:
    if before.constant:
        return ()
    shares = scores.shares.tolist()[:-1]  # a score is never missing
    return tuple(Bin(*bin_) for bin_ in zip((*before.edges, None), shares, before.shares, strict=False))


def _drift(name: str, before: Spread, tally: Tally) -> Drift:
    shares, known = tally.shares, tally.moments
    mean, error = _shift(before, known)
    return Drift(
        name=name,
        rows=tally.rows,
        stability=Stability.between(np.array(before.shares), before.rows, shares, tally.rows),
        mean_shift=mean,
        mean_shift_error=error,
        mean=known.mean if known.count else math.nan,
        mean_before=math.nan if before.mean is None else before.mean,
        missing=float(shares[-1]),
        missing_before=before.missing,
        differing=float(shares[1]) if before.constant else None,
    )


def _shift(before: Spread, known: Moments) -> tuple[float, float]:
    """The shift of the mean and its standard error, both in deviations of training; the wider of both spreads counts for tonight's."""
    if before.mean is None or not before.std or not known.count:
        return math.nan, math.nan
    known_before = before.rows * (1 - before.missing)
    ratio = max(math.sqrt(known.variance) / before.std, 1.0)
    return (known.mean - before.mean) / before.std, math.sqrt(ratio**2 / known.count + 1 / known_before)


def _level(drift: Drift) -> str:
    if math.isnan(drift.mean):
        return "no value at all"
    if math.isnan(drift.mean_before):
        return f"mean {drift.mean:.4g}, in training there was no value at all"
    if drift.differing is not None:
        return f"always {drift.mean_before:.6g} in training, another value in {drift.differing:.2%} of the rows"
    if abs(drift.mean_shift) < drift.mean_shift_error:
        return f"mean as in training ({drift.mean:.4g})"
    way = "higher" if drift.mean_shift > 0 else "lower"
    return f"mean {abs(drift.mean_shift):.2g} deviations {way} than in training ({drift.mean:.4g}, was {drift.mean_before:.4g})"


def _missing(drift: Drift) -> str:
    return f"missing in {drift.missing:.1%} of the rows ({drift.missing_before:.1%} in training)"
