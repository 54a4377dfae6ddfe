"""What each feature adds to the log-odds of a linear model: slope times distance from the mean, as the model itself adds it up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scoring.learner import Fitted
from pipeline.scoring.logistic import Logistic
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tails import with_tails


@dataclass(frozen=True)
class LinearExplainer:
    """Of a `Logistic`; the base is the log-odds of a row of average values, and a column and its hinge count as one."""

    fitted: Fitted

    @property
    def base(self) -> float:
        return float(self._logistic.classifier.intercept_[0])

    def contributions(self, rows: Floats) -> Floats:
        terms = self._logistic.terms(with_tails(rows, self.fitted.columns, self.fitted.tails))
        added = np.zeros(rows.shape)
        for column, term in zip(self.fitted.column_of, terms.T, strict=True):
            added[:, column] += term
        return added

    @property
    def _logistic(self) -> Logistic:
        if not isinstance(self.fitted.classifier, Logistic):
            raise TypeError(f"a {type(self.fitted.classifier).__name__} is no linear model: its columns add nothing by themselves")
        return self.fitted.classifier
