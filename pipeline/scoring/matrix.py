"""Feature columns as the matrix of numbers that a learner reads."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa

from pipeline.core.errors import NoModelError
from pipeline.scoring.sampling import Floats

Rows: TypeAlias = pa.Table | pa.RecordBatch

ROWS_AT_ONCE = 4_096  # so many rows of fifteen columns stay in the processor's cache while they are filled, which halves the time


def as_matrix(features: Rows, columns: tuple[str, ...]) -> Floats:
    """The named `columns`, in their order, as float64 of shape (rows, columns); a null is NaN.

    A column that is not there means that these are not the features the model was trained on: `NoModelError`.
    """
    missing = [name for name in columns if name not in features.schema.names]
    if missing:
        raise NoModelError(
            f"the model reads {', '.join(missing)}, which these features do not hold: build the features of the model's view"
        )
    values = [features.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False) for name in columns]
    matrix = np.empty((features.num_rows, len(columns)))
    for start in range(0, len(matrix), ROWS_AT_ONCE):
        for place, column in enumerate(values):
            matrix[start : start + ROWS_AT_ONCE, place] = column[start : start + ROWS_AT_ONCE]
    return matrix
