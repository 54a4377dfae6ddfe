"""Profiles of columns, accumulated batch by batch: what a night's column holds, in half a megabyte however many rows it has.

Profiles of parts add up to the profile of the whole: counts exactly, mean and variance up to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import Keys
from pipeline.evaluation import buckets
from pipeline.evaluation.buckets import Counts
from pipeline.evaluation.distinct import NONE_SEEN, Distinct
from pipeline.evaluation.moments import Floats, Moments


@dataclass(frozen=True, eq=False)
class Profile:
    """Of a column of numbers, flags or instants: `rows` are `nulls`, `nan`, `infinite`, and the finite ones that the rest speaks of."""

    rows: int
    nulls: int
    nan: int
    infinite: int
    moments: Moments
    counts: Counts
    different: Distinct

    def with_batch(self, column: Keys, origin: int = 0) -> Self:
        """These rows seen too; `origin` as in `as_floats`."""
        values = as_floats(column, origin)
        finite = values[np.isfinite(values)]
        infinite = int(np.isinf(values).sum()) if len(finite) < len(values) else 0
        return type(self)(
            self.rows + len(values),
            self.nulls + column.null_count,
            self.nan + len(values) - len(finite) - infinite - column.null_count,
            self.infinite + infinite,
            self.moments + Moments.of(finite),
            self.counts + buckets.counted(finite),
            self.different.with_numbers(finite),
        )

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.rows + other.rows,
            self.nulls + other.nulls,
            self.nan + other.nan,
            self.infinite + other.infinite,
            self.moments + other.moments,
            self.counts + other.counts,
            self.different + other.different,
        )

    @property
    def finite(self) -> int:
        return self.moments.count

    @property
    def null_share(self) -> float:
        """Null or NaN, of all rows; NaN without rows."""
        return (self.nulls + self.nan) / self.rows if self.rows else math.nan

    @property
    def min(self) -> float:
        return self.moments.lowest if self.finite else math.nan

    @property
    def max(self) -> float:
        return self.moments.highest if self.finite else math.nan

    @property
    def mean(self) -> float:
        return self.moments.mean if self.finite else math.nan

    @property
    def std(self) -> float:
        return math.sqrt(self.moments.variance)

    @property
    def distinct(self) -> int:
        """Different finite values: exact below 4,096 of them, else with a standard error of 1.6 %."""
        return self.different.count

    @property
    def constant_rows(self) -> float:
        """The finite rows where they all hold one value, 0 where two differ; NaN where none is finite."""
        return math.nan if not self.finite else float(self.finite) if self.min == self.max else 0.0

    def quantile(self, share: float) -> float:
        """As `buckets.quantile`: exact for small whole numbers, else up to 1/128 nearer to zero; never beyond `min` and `max`."""
        return min(max(buckets.quantile(self.counts, share), self.min), self.max) if self.finite else math.nan


@dataclass(frozen=True, eq=False)
class KeyProfile:
    """Of a column of keys or texts (`int64` or `string`): how many, and no value."""

    rows: int
    nulls: int
    different: Distinct

    def with_batch(self, column: Keys) -> Self:
        """These rows seen too."""
        return type(self)(self.rows + len(column), self.nulls + column.null_count, self.different.with_keys(column))

    def __add__(self, other: Self) -> Self:
        return type(self)(self.rows + other.rows, self.nulls + other.nulls, self.different + other.different)

    @property
    def null_share(self) -> float:
        return self.nulls / self.rows if self.rows else math.nan

    @property
    def distinct(self) -> int:
        """Different keys, as of `Profile.distinct`."""
        return self.different.count

    @property
    def constant_rows(self) -> float:
        """The rows with a key where all have the same, 0 where two differ; NaN where none has any."""
        known = self.rows - self.nulls
        return math.nan if not known else float(known) if self.distinct == 1 else 0.0


NO_ROWS = Profile(0, 0, 0, 0, Moments.of(np.empty(0)), np.zeros(buckets.BUCKETS, np.int64), NONE_SEEN)
NO_KEYS = KeyProfile(0, 0, NONE_SEEN)


def profiles(batches: Iterable[pa.RecordBatch | pa.Table], columns: Iterable[str]) -> dict[str, Profile]:
    """A profile of each of `columns` in one pass; a column that the batches lack has none."""
    found: dict[str, Profile] = {}
    asked = tuple(dict.fromkeys(columns))
    for batch in batches:
        for name in asked:
            if name in batch.schema.names:
                found[name] = found.get(name, NO_ROWS).with_batch(batch[name])
    return found


def as_floats(column: Keys, origin: int = 0) -> Floats:
    """The column as one array, null as NaN; integers beyond 2^53 are rounded, as a figure may be.

    Instants become microseconds since `origin` (microseconds since 1970): buckets are fine near to zero, so measure from the night.
    """
    if pa.types.is_timestamp(column.type):
        instants = pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz), safe=False), pa.int64())
        column = pc.subtract(instants, origin) if origin else instants
    floats: Floats = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats
