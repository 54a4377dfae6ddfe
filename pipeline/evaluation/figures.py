"""Figures of a night: named floats, computed in one pass while the data is in a step's hands.

A gate judges figures, never rows, so nothing here carries a raw key. Names are stable because they are stored and compared
over months: `rows` for a whole table, `COLUMN.STATISTIC` for a column.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pipeline.evaluation.frames import Frame, in_batches
from pipeline.evaluation.profile import Profile, profiles

QUANTILES = {"p01": 0.01, "p50": 0.5, "p99": 0.99}


@dataclass(frozen=True)
class Figures:
    """Names and their values, in order; every value is finite, or NaN where there was nothing to compute it from.

    >>> Figures.of({"rows": 2, "score.max": float("inf")}).to_json()
    {'rows': 2.0, 'score.max': None}
    """

    values: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, named: Mapping[str, float]) -> Self:
        """Figures from a mapping; what is not finite becomes the one NaN, so that equal figures compare equal."""
        return cls(tuple((name, float(value) if math.isfinite(value) else math.nan) for name, value in named.items()))

    @classmethod
    def from_json(cls, stored: Mapping[str, float | None]) -> Self:
        """The inverse of `to_json`; the order is that of `stored` (PostgreSQL's jsonb keeps its own)."""
        return cls.of({name: math.nan if value is None else value for name, value in stored.items()})

    def to_json(self) -> dict[str, float | None]:
        """Figures as JSON can carry them: NaN is null."""
        return {name: None if math.isnan(value) else value for name, value in self.values}

    def get(self, name: str) -> float | None:
        """The figure's value; None where it is NaN or absent."""
        return self.to_json().get(name)


def column_figures(frame: Frame, columns: Sequence[str]) -> Figures:
    """Figures of each numeric column, in one pass; a column that `frame` lacks has none: its checks then fail by name.

    `null_share` (null or NaN; NaN for a table without rows), `infinite` (rows), and of the finite values `min`, `max`, `mean`, `std`
    (of these very rows), `p01`, `p50`, `p99`, `distinct`, `constant_rows`, as `Profile` tells them. Rows are taken by the same number at
    a time however `frame` is chunked, so that chunks change no bit, and memory grows by half a megabyte a column.
    """
    found = profiles(in_batches(frame, columns), columns)
    return Figures.of({f"{name}.{statistic}": value for name, profile in found.items() for statistic, value in _told(profile)})


def _told(profile: Profile) -> Iterable[tuple[str, float]]:
    yield "null_share", profile.null_share
    yield "infinite", profile.infinite
    yield from (("min", profile.min), ("max", profile.max), ("mean", profile.mean), ("std", profile.std))
    yield from ((name, profile.quantile(share)) for name, share in QUANTILES.items())
    yield "distinct", profile.distinct
    yield "constant_rows", profile.constant_rows
