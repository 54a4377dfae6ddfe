"""Stragglers: rows that appeared inside a night after it was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.data.extraction import Extractor, label_keys
from pipeline.data.fetch import whole
from pipeline.data.lake import concatenated
from pipeline.data.names import TRANSACTION_ID, TRANSACTIONS, labels_schema
from pipeline.data.seals import Seal
from pipeline.data.source import Query

IDS_AT_ONCE = 10_000  # ids named in one select


def straggling_transactions(extractor: Extractor, sealed: Sequence[Seal]) -> pa.Table:
    """Rows that the source now holds in these sealed nights and that no seal and no rejection holds."""
    source, fetch = extractor.source, extractor.fetch
    found = [source.transactions_fetched.empty_table()]
    for seal in sealed:
        rows = source.transaction_ids(seal.night)
        if fetch.text(source.checksum(rows)) == seal.source_checksum:
            continue
        ids = whole(fetch, rows, pa.schema([(TRANSACTION_ID, source.shape.key)]))[TRANSACTION_ID]
        fresh = _without(ids, pa.chunked_array([*extractor.owned.holding(ids).chunks, *_rejected(extractor, seal).chunks], ids.type))
        found.extend(whole(fetch, select, source.transactions_fetched) for select in _named(source.transactions(seal.night), fresh))
    return pa.concat_tables(found)


def straggling_labels(extractor: Extractor, sealed: Sequence[Seal], holders: Sequence[Seal]) -> pa.Table:
    """Labels that the source now holds in these sealed nights, verdicts that analysts wrote in them included, and that none of `holders`,
    the label seals since, holds."""
    source, fetch, lake = extractor.source, extractor.fetch, extractor.lake
    changed = [seal for seal in sealed if extractor.labels_checksum(seal.night) != seal.source_checksum]
    if not changed:
        return source.labels_fetched.empty_table()
    held = concatenated([lake.read_table(seal.path, seal.sha256) for seal in holders], labels_schema(source.shape.key))
    told = [whole(fetch, source.labels(seal.night), source.labels_fetched) for seal in changed]
    told += [extractor.verdicts(seal.night) for seal in changed]
    now = concatenated(told, source.labels_fetched)
    known = now.filter(pc.and_(now[TRANSACTION_ID].is_valid(), now["is_fraud"].is_valid()))
    return known.join(label_keys(held), label_keys(held).column_names, join_type="left anti", use_threads=False)


def _named(arrived: Query, ids: pa.ChunkedArray) -> Iterator[Query]:
    """Of the rows that arrived in a night those of these transactions: the same ids may arrive in other nights too."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield arrived.where(arrived.selected_columns[TRANSACTION_ID].in_(ids[start : start + IDS_AT_ONCE].to_pylist()))


def _without(ids: pa.ChunkedArray, held: pa.ChunkedArray) -> pa.ChunkedArray:
    """Ids that are neither missing nor held, each once."""
    fresh = ids.filter(pc.invert(pc.is_in(ids, held.combine_chunks()))).drop_null()
    return pa.chunked_array([pc.unique(fresh)], ids.type)


def _rejected(extractor: Extractor, seal: Seal) -> pa.ChunkedArray:
    """Ids that were set aside in the binding seals of the straggler's night and of those since."""
    statement = sa.text(
        """SELECT rejected.transaction_id FROM scoring.rejected_transaction AS rejected JOIN scoring.seal USING (seal_id)
        WHERE seal.night >= :night AND seal.what = :what AND seal.bound_at IS NOT NULL AND rejected.transaction_id IS NOT NULL"""
    )
    ids = extractor.connection.scalars(statement, {"night": seal.night.day, "what": TRANSACTIONS}).all()
    return pa.chunked_array([pa.array(ids, pa.string()).cast(extractor.source.shape.key)], extractor.source.shape.key)
