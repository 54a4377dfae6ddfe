"""Rows cut into slices: a model that is as good in the mean may have lost one kind of transaction altogether.

Slices are told by name and never by value: `amount_high` is the highest third of the compared amounts, whatever these are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT
from pipeline.evaluation.equivalence import LEAST_BLOCKS, LEVEL, Difference, difference
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.paired import Ints, Pair, average_precision
from pipeline.evaluation.profile import as_floats

BANDS = ("low", "middle", "high")
UNKNOWN = "unknown"  # the slice of rows whose value is missing
QUARTERS = ("night", "morning", "afternoon", "evening")  # of the day, six hours each from midnight, in the view's time zone
ENOUGH_FRAUDS = (
    30  # the bound of neighbours lies .1 away with 30 frauds, as far as the margin: with fewer even a total loss may stay unseen
)
MISSING, ALL_MISSING, CONSTANT = "the column is missing", "no row has a value", "hardly a row differs"


@dataclass(frozen=True)
class Slicing:
    """What rows are cut by beside the amount: the local time of day, and each of these columns that say how busy an entity has been.

    Weekends are no slice: they would be two to four of the blocks, which are whole nights, and four say nothing.
    """

    timezone: str = "UTC"
    activity: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cut:
    """The rows cut by one property: the names of the slices, and the slice of each row. Where there is none, `absent` says why."""

    name: str
    slices: tuple[str, ...]
    place: Ints
    absent: str = ""


@dataclass(frozen=True)
class Slice:
    """One slice: how many frauds it holds, on how many nights, and the paired difference of average precision within; None of too few."""

    name: str
    frauds: int
    nights: int
    difference: Difference | None


@dataclass(frozen=True, eq=False)
class Sliced:
    """The cuts of the compared rows, and all their slices."""

    cuts: tuple[Cut, ...] = ()
    slices: tuple[Slice, ...] = ()

    @classmethod
    def of(cls, pair: Pair, cuts: Sequence[Cut]) -> Self:
        return cls(tuple(cuts), _slices(pair, cuts))

    def to_figures(self) -> dict[str, float]:
        """`cut.NAME.slices`; of each slice `slice.NAME.frauds`, `….nights` and, where these suffice, `….difference` with both bounds."""
        counts = ((f"cut.{cut.name}.slices", float(len(cut.slices))) for cut in self.cuts)
        return dict(itertools.chain(counts, *map(_figures, self.slices)))


def cuts(rows: pa.Table, weight: Floats, slicing: Slicing) -> tuple[Cut, ...]:
    """The cuts of rows with the columns of features, each standing for `weight` of them."""
    return cut_columns(columns_of(rows, slicing), weight)


def columns_of(rows: pa.Table, slicing: Slicing) -> Mapping[str, Floats | None]:
    """What `cut_columns` cuts by: the amount, the quarter of the day and the activity of entities, NaN or None where it is not known."""
    local = rows[OCCURRED_AT].cast(pa.timestamp("us", tz=slicing.timezone)) if OCCURRED_AT in rows.schema.names else None
    quarter = None if local is None else np.floor(as_floats(pc.hour(local)) / 6)
    return {"amount": _column(rows, AMOUNT_CENTS), "time": quarter, **{name: _column(rows, name) for name in slicing.activity}}


def cut_columns(columns: Mapping[str, Floats | None], weight: Floats) -> tuple[Cut, ...]:
    """Time into quarters of the day, every other column into thirds of the rows."""
    return tuple(_by_quarter(name, values) if name == "time" else _by_bands(name, values, weight) for name, values in columns.items())


def _slices(pair: Pair, found: Sequence[Cut]) -> tuple[Slice, ...]:
    """Every slice, with the bounds moved apart for as many looks as there are slices to look at (Bonferroni)."""
    masks = {name: cut.place == place for cut in found for place, name in enumerate(cut.slices)}
    frauds = {name: int((mask & pair.rows.is_fraud).sum()) for name, mask in masks.items()}
    nights = {name: pair.holding(mask) for name, mask in masks.items()}
    told = [name for name in masks if frauds[name] >= ENOUGH_FRAUDS and nights[name] >= LEAST_BLOCKS]
    within = {name: difference(pair.where(masks[name]), average_precision, LEVEL / len(told)) for name in told}
    return tuple(Slice(name, frauds[name], nights[name], within.get(name)) for name in masks)


def _figures(one: Slice) -> Iterator[tuple[str, float]]:
    yield f"slice.{one.name}.frauds", float(one.frauds)
    yield f"slice.{one.name}.nights", float(one.nights)
    if one.difference is not None:
        yield from one.difference.to_figures(f"slice.{one.name}").items()


def _column(rows: pa.Table, name: str) -> Floats | None:
    return as_floats(rows[name]) if name in rows.schema.names else None


def _by_quarter(name: str, values: Floats | None) -> Cut:
    if values is None:
        return Cut(name, (), np.empty(0, np.int64), MISSING)
    return _named(name, values, np.where(np.isnan(values), len(QUARTERS), values), QUARTERS)


def _by_bands(name: str, values: Floats | None, weight: Floats) -> Cut:
    """Thirds of the rows by weight; equal values stay together, so that a third may hold more, or nothing and is left out."""
    if values is None:
        return Cut(name, (), np.empty(0, np.int64), MISSING)
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    reached = np.cumsum(weight[known][order])
    edges = values[known][order][np.searchsorted(reached, reached[-1] * np.array([1 / 3, 2 / 3]))] if known.any() else np.empty(0)
    return _named(name, values, np.where(known, np.searchsorted(edges, values), len(BANDS)), BANDS)


def _named(name: str, values: Floats, band: Floats | Ints, names: Sequence[str]) -> Cut:
    """The bands that hold a row; all rows in one band are no cut."""
    present, place = np.unique(band.astype(np.int64), return_inverse=True)
    if np.isnan(values).all() or len(present) < 2:
        return Cut(name, (), np.empty(0, np.int64), ALL_MISSING if np.isnan(values).all() else CONSTANT)
    return Cut(name, tuple(f"{name}_{(*names, UNKNOWN)[one]}" for one in present), place.astype(np.int64))
