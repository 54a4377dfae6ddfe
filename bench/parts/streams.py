"""The streams that learners walk through: the published transactions as they are, and without one fraud pattern in the first months.

The published stream is nearly stationary, so that a model that is never retrained loses next to nothing on it. Hence the second one, in
which the pattern is new: there it has to fail, or the walk could not tell whether retraining works.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bench.parts import handbook
from pipeline.core.night import Night
from pipeline.data.names import IS_FRAUD, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.handbook import VIEW
from pipeline.scoring.sampling import Bools

Days = npt.NDArray[np.int64]

DAY_ZERO = Night.parse("2018-04-01")  # the first published day; days are counted from it
NEW_PATTERN = 3  # the book's scenario of compromised customers
NEW_FROM = 119  # the day on which it appears in the stream with drift
ALL_CUSTOMERS = 5_000  # as they are numbered from 0


@dataclass(frozen=True, eq=False)
class Stream:
    """Transactions in the order in which they occurred. `features`: one row each; `day`, `customer`, `is_fraud` are parallel to it."""

    name: str
    features: pa.Table
    labels: pa.Table
    day: Days
    customer: Days
    is_fraud: Bools

    def days(self, first: int, last: int) -> slice:
        """The rows of the days from `first` to `last`, both included."""
        return slice(*np.searchsorted(self.day, [first, last + 1]).tolist())

    def between(self, first: int, last: int) -> pa.Table:
        """Their features."""
        rows = self.days(first, last)
        return self.features.slice(rows.start, rows.stop - rows.start)


def night_of(day: int) -> Night:
    return DAY_ZERO.back(-day)


def day_of(night: Night) -> int:
    return (night.day - DAY_ZERO.day).days


def published(folder: Path, customers: int = ALL_CUSTOMERS) -> Stream:
    """The transactions of the first so many `customers`, as they are."""
    return _stream("published", _of_first(handbook.transactions(folder), customers), handbook.labels(folder))


def with_drift(folder: Path, customers: int = ALL_CUSTOMERS) -> Stream:
    """The same, but until the day `NEW_FROM` without the frauds of the pattern that is then new: as if it had not been invented yet."""
    transactions = _of_first(handbook.transactions(folder), customers)
    scenarios = handbook.scenarios(folder)
    of_pattern = scenarios.filter(pc.equal(scenarios["scenario"], NEW_PATTERN))[TRANSACTION_ID]
    too_early = pc.and_(
        pc.is_in(transactions[TRANSACTION_ID], value_set=of_pattern),
        pa.array(_days(transactions) < NEW_FROM),
    )
    return _stream("drift", transactions.filter(pc.invert(too_early)), handbook.labels(folder))


def _of_first(transactions: pa.Table, customers: int) -> pa.Table:
    return transactions.filter(pc.less(transactions["customer"], customers))


def _stream(name: str, transactions: pa.Table, labels: pa.Table) -> Stream:
    """All features in one pass: the bits are those of each night alone (a spec test holds the view to that).

    For a window looks back only, and a label counts in it only from its `known_at` on.
    """
    ordered = transactions.sort_by([(OCCURRED_AT, "ascending"), (TRANSACTION_ID, "ascending")])
    own = labels.filter(pc.is_in(labels[TRANSACTION_ID], value_set=ordered[TRANSACTION_ID]))
    frauds = own.filter(own[IS_FRAUD])[TRANSACTION_ID]
    return Stream(
        name=name,
        features=VIEW.compute(ordered.slice(0, 0), ordered, own),
        labels=own,
        day=_days(ordered),
        customer=ordered["customer"].to_numpy(),
        is_fraud=pc.is_in(ordered[TRANSACTION_ID], value_set=frauds).to_numpy(),
    )


def _days(transactions: pa.Table) -> Days:
    zero = np.datetime64(DAY_ZERO.day, "D")
    return np.asarray((transactions[OCCURRED_AT].to_numpy().astype("M8[D]") - zero).astype(np.int64))
