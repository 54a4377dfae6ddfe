"""What every learner is to the rest of the house: something with a name that turns a training set into a fitted classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt
import threadpoolctl

from pipeline.scoring.grown_trees import GrownTrees
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tails import Tail, with_tails
from pipeline.scoring.training import TrainingSet

Parameters: TypeAlias = Mapping[str, bool | int | float | str]
Places: TypeAlias = npt.NDArray[np.int64]

MANY = 65_536  # rows in a batch from which on tables pay
MANY_WALKED = 4_096  # where we walk through the trees, in ten times the time of scikit-learn


@runtime_checkable
class Classifier(Protocol):
    """The one method of a scikit-learn classifier that scoring uses."""

    def predict_proba(self, rows: Floats) -> Floats:
        """Probabilities of shape (rows, 2): genuine, fraud."""


@dataclass(frozen=True)
class Fitted:
    """A fitted classifier and the tails that it reads beside the columns."""

    classifier: Classifier
    columns: tuple[str, ...]
    tails: tuple[Tail, ...] = ()

    @property
    def column_of(self) -> Places:
        """For each column that the classifier reads, the column it is, or of which it is the tail."""
        return np.array([*range(len(self.columns)), *(self.columns.index(tail.column) for tail in self.tails)], dtype=np.int64)

    def probabilities(self, rows: Floats) -> Floats:
        """Probability of fraud of each row, as if frauds were as common as in training: float64 (n,).

        Each row's figure is the same bits in whatever batch it comes. One thread: beside other work two take twice the time of one.
        """
        if len(rows) == 0:
            return np.empty(0)
        many = MANY_WALKED if isinstance(self.classifier, GrownTrees) else MANY
        if (len(rows) >= many or "_quick" in vars(self)) and self._quick is not None:  # tables that are there already always pay
            return self._quick.probabilities(rows)
        return self.asked(rows)

    def asked(self, rows: Floats) -> Floats:
        """What the classifier itself says of one row or more."""
        with one_thread():
            return self.classifier.predict_proba(self.wide(rows))[:, 1]

    def wide(self, rows: Floats) -> Floats:
        """The rows as the classifier reads them: each column, then the tails."""
        return with_tails(rows, self.columns, self.tails)

    @cached_property
    def _quick(self) -> Quick | None:
        """The same probabilities from tables, which take 0.3 CPU seconds to make; not every classifier has them."""
        from pipeline.scoring.tree_scorer import quick

        return quick(self)


class Quick(Protocol):
    """Gives the probabilities of a fitted classifier, bit for bit, for less."""

    def probabilities(self, rows: Floats) -> Floats: ...


class Explainer(Protocol):
    """What a fitted classifier's log-odds are made of: `base`, and what each of the columns adds to it."""

    @property
    def base(self) -> float: ...

    def contributions(self, rows: Floats) -> Floats:
        """Of each row and column (tails count as their column); with the base they add up to the row's log-odds: float64 (n, columns)."""


class Learner(Protocol):
    """A way to learn. `trusted_types`: the types beyond the loader's own that a saved classifier of this learner holds."""

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> Parameters: ...

    @property
    def trusted_types(self) -> tuple[str, ...]: ...

    def fit(self, training: TrainingSet, seed: int) -> Fitted:
        """Learn from the set; the same set and seed give the same classifier, bit for bit."""

    def update(self, earlier: Fitted, training: TrainingSet, seed: int) -> Fitted:
        """Learn on from an `earlier` classifier of this learner, which stays as it is; `training.fresh` tells the rows it has not seen."""

    def read(self, payload: bytes) -> Classifier | None:
        """A classifier of this learner out of its skops file, without the libraries that made it; None where they must look at it."""

    def explainer(self, fitted: Fitted, rows: int) -> Explainer:
        """What explains the classifiers that this learner fits, made for about so many rows; it explains any number."""


def one_thread() -> threadpoolctl.threadpool_limits:
    """Within this, OpenMP and BLAS use one thread."""
    return threadpoolctl.threadpool_limits(limits=1)
