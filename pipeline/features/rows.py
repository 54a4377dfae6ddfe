"""Transactions as the kernel wants them: NumPy columns, the night's own rows last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipeline.core.kernels import Codes, Floats, Integers
from pipeline.data.names import AMOUNT_CENTS, INSTANT, OCCURRED_AT, TRANSACTION_ID
from pipeline.features.lookup import ABSENT

__all__ = ["Bools", "Codes", "Floats", "Integers"]

Bools = npt.NDArray[np.bool_]

NOBODY = ABSENT  # the code of a row whose entity is null, or does not occur among the night's own rows


@dataclass(frozen=True)
class Rows:
    """History, then (from position `own_from` on) the night's own rows; instants in microseconds since 1970 (UTC).

    The id of a row of history may be null where no row of the night's own can have occurred at its instant, nor can before it.
    """

    transaction_id: pa.ChunkedArray
    occurred_at: Integers
    amount_cents: Integers
    entities: Mapping[str, pa.ChunkedArray]
    own_from: int

    @classmethod
    def of(cls, history: pa.Table, arrived: pa.Table, entities: Sequence[str]) -> Rows:
        columns = [TRANSACTION_ID, OCCURRED_AT, AMOUNT_CENTS, *entities]
        both = pa.concat_tables([history.select(columns), arrived.select(columns)], promote_options="permissive")
        known = {entity: both[entity] for entity in entities}
        return cls(both[TRANSACTION_ID], instants(both[OCCURRED_AT]), integers(both[AMOUNT_CENTS]), known, history.num_rows)

    @property
    def own(self) -> int:
        """How many rows are the night's own."""
        return len(self.occurred_at) - self.own_from


@dataclass(frozen=True)
class OwnRows:
    """The night's own rows: amount in whole units of the currency, weekday (Monday = 0) and hour in the view's time zone."""

    amount: Floats
    weekday: npt.NDArray[np.int32]
    hour: npt.NDArray[np.int32]

    @classmethod
    def of(cls, rows: Rows, timezone: str, minor_units: int) -> OwnRows:
        local = pd.DatetimeIndex(rows.occurred_at[rows.own_from :].view("M8[us]"), tz="UTC").tz_convert(timezone)
        amount = rows.amount_cents[rows.own_from :] / 10**minor_units
        return cls(amount, local.day_of_week.to_numpy(), local.hour.to_numpy())


def instants(column: pa.ChunkedArray) -> Integers:
    """Microseconds since 1970 (UTC)."""
    return integers(column.cast(INSTANT).cast(pa.int64()))


def integers(column: pa.ChunkedArray) -> Integers:
    return np.asarray(column.to_numpy(), dtype=np.int64)
