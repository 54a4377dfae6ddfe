"""The reference that travels with a model: rows that it did not learn from, as they lay when it was trained, and its own scores of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.names import FEATURES, TRANSACTION_ID
from pipeline.evaluation.reference import Reference
from pipeline.house import House
from pipeline.reservoirs import Horizon
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model
from pipeline.scoring.sampling import unit_hash

NIGHTS = 7  # a whole week, where as much has not matured
ROWS = 20_000  # about as many, chosen by the hash of their id: the error of a share is below 0.4 %


def reference_of(house: House, connection: sa.Connection, model: Model) -> Reference | None:
    """The reference of a model that was just trained; None where nothing but what it learned from was sealed.

    Its rows are those of the newest nights that had not matured: out of time, so that the scores are as decided as live ones are. They
    lie as live nights do without any weight. Calendar columns are left out, since no night lies as a week does.
    """
    columns = tuple(column for column in model.manifest.columns if column not in house.view.calendar)
    sealed = _out_of_time(house, connection, model)
    share = min(1.0, ROWS / max(sum(seal.row_count for seal in sealed), 1))
    nights = [_sampled(house.lake.read_table(seal.path, seal.sha256), share) for seal in sealed]
    rows = pa.concat_tables(nights) if nights else None
    if rows is None or not rows.num_rows:
        return None
    return Reference.of(columns, as_matrix(rows, columns), model.score(rows), np.ones(rows.num_rows))


def _out_of_time(house: House, connection: sa.Connection, model: Model) -> list[seals.Seal]:
    """The model's night and those before it that have not matured, `NIGHTS` at most, without those that are kept out of training."""
    lineage = model.manifest.lineage
    last = Night.parse(lineage.night)
    first = max(Horizon.of(house, last).newest.next(), last.back(NIGHTS - 1))
    bound = seals.bound(connection, FEATURES, first, last, lineage.view) if first <= last else []
    return [seal for seal in bound if seal.complete and str(seal.night) not in lineage.excluded]


def _sampled(features: pa.Table, share: float) -> pa.Table:
    return features.filter(pa.array(unit_hash(features[TRANSACTION_ID]) < share))
