"""The model that plain scripts score with: the classifier, tails and correction of our champion, as a notebook would write them."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlainModel:
    """scikit-learn's trees, which learned from a `share` of the genuine and read, after the columns, those at `places` where `above`."""

    trees: HistGradientBoostingClassifier
    places: list[int]
    above: list[float]
    share: float

    def score(self, rows: Floats) -> Floats:
        """Probability of fraud of each row, shape (n,), corrected for the share of the genuine that was learned from."""
        tails = rows[:, self.places]
        odds = self.trees.predict_proba(np.hstack([rows, np.where(tails > self.above, tails, np.nan)]))[:, 1]
        return self.share * odds / ((self.share - 1) * odds + 1)


def read_model(path: Path) -> PlainModel:
    model: PlainModel = pickle.loads(path.read_bytes())
    return model
