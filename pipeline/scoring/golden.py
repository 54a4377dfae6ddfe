"""Golden rows: training rows with the scores they had, which a model must reproduce to the last bit before it may score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scoring.sampling import Floats

GOLDEN_ROWS = 64  # enough to meet most trees on both sides, small enough to stand in a row of the registry


@dataclass(frozen=True)
class Golden:
    """Rows of feature values (`None` where missing), in the order of the model's columns, and the score of each."""

    rows: tuple[tuple[float | None, ...], ...]
    scores: tuple[float, ...]

    def matrix(self) -> Floats:
        """The rows as float64 (rows, columns), NaN where missing."""
        return np.array([[np.nan if value is None else value for value in row] for row in self.rows], dtype=np.float64)

    def differing(self, scores: Floats) -> int:
        """How many of the rows another scoring answers otherwise, by even one bit."""
        return int(np.count_nonzero(~(scores == np.array(self.scores))))


def golden_rows(rows: Floats, scores: Floats) -> Floats:
    """Rows evenly spread over the distinct scores, lowest and highest included, and one row in which every value is missing."""
    _, first_with_score = np.unique(scores, return_index=True)
    spread = np.linspace(0, len(first_with_score) - 1, min(GOLDEN_ROWS - 1, len(first_with_score))).round().astype(int)
    nothing = np.full((1, rows.shape[1]), np.nan)
    return np.vstack([rows[first_with_score[spread]], nothing]) + 0.0  # + 0.0: a database's number knows no negative zero


def golden(rows: Floats, scores: Floats) -> Golden:
    """The golden rows and their scores, as they travel."""
    values = tuple(tuple(None if np.isnan(value) else float(value) for value in row) for row in rows)
    return Golden(values, tuple(float(score) for score in scores))
