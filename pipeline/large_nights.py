"""A night that has no room in memory, as it lies in the lake: read by batches, computed bucket by bucket, written piece by piece.

It leaves nothing to the next night, which adds up by batches what it would have left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import seals
from pipeline.data.lake import Lake, concatenated
from pipeline.data.names import IS_FRAUD, TRANSACTION_ID, labels_schema, transactions_schema
from pipeline.features.in_buckets import ROWS_AT_ONCE, Large, in_buckets
from pipeline.house import House


def features_of(house: House, arrived: seals.Seal, history: Sequence[seals.Seal], labels: Sequence[seals.Seal]) -> Iterator[pa.Table]:
    """Of the rows that `arrived` sealed, in its order."""
    shape = house.source.shape
    night = Large(
        lambda: _batches(house.lake, history, house.columns_read),
        lambda: _batches(house.lake, [arrived], house.columns_read),
        _heard(house.lake, labels if house.view.reads_labels else [], shape.key),
        arrived.row_count + sum(seal.row_count for seal in history),
        transactions_schema(shape.key, shape.entities),
    )
    return in_buckets(house.view, night, house.room)


def _batches(lake: Lake, sealed: Sequence[seals.Seal], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for seal in sealed:
        yield from lake.read_batches(seal.path, seal.sha256, ROWS_AT_ONCE, columns)


def _heard(lake: Lake, sealed: Sequence[seals.Seal], key: pa.DataType) -> pa.Table:
    """What `labels.heard` keeps of all labels, without all of them at once: first the suspects, then what was said of them."""
    schema = labels_schema(key)

    def all_labels() -> Iterable[pa.Table]:
        return (pa.Table.from_batches([batch]) for batch in _batches(lake, sealed, schema.names))

    frauds = (labels[TRANSACTION_ID].filter(labels[IS_FRAUD]) for labels in all_labels())
    suspects = pc.unique(pa.chunked_array([chunk for ids in frauds for chunk in ids.chunks], key))
    return concatenated((labels.filter(pc.is_in(labels[TRANSACTION_ID], suspects)) for labels in all_labels()), schema)
