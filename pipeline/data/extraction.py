"""Seal one night of the source: fetch by arrival, judge by contract, take stragglers, write, record."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.contract import Contract, Split, split_labels, split_transactions
from pipeline.data.fetch import Fetch
from pipeline.data.lake import Lake, Stored, partition
from pipeline.data.names import IS_FRAUD, KNOWN_AT, LABELS, OCCURRED_AT, TRANSACTION_ID, TRANSACTIONS
from pipeline.data.sealed_keys import SealedKeys
from pipeline.data.source import Source

REJECTION_BATCH = 5_000


@dataclass(frozen=True)
class Extractor:
    """What one extraction works with; `connection` holds the lock on the seals, `fetch` one snapshot of the source.

    A night's checksum is asked for before its rows: where the source gives no snapshot, a row that comes in between makes the
    checksum differ later, and is looked for; the other way round it would be in the checksum and in no night.
    """

    connection: sa.Connection
    fetch: Fetch
    source: Source
    lake: Lake
    run_id: int
    owned: SealedKeys

    @property
    def contract(self) -> Contract:
        ours = self.source.settings.transactions
        allowed = ours.negative_amounts == "allow"
        return Contract(self.source.shape.key, self.source.shape.entities, ours.nullable_entities, ours.minor_units, allowed)

    def seal_transactions(self, night: Night, stragglers: pa.Table | None = None) -> seals.Seal:
        """Seal what arrived in the night and, with it, the stragglers of earlier nights."""
        select = self.source.transactions(night)
        checksum = self.fetch.text(self.source.checksum(self.source.transaction_ids(night)))
        fetched = self.fetch.table(select, self.source.transactions_fetched)
        taken = stragglers.num_rows if stragglers is not None else 0
        split = split_transactions(pa.concat_tables([fetched, stragglers]) if taken else fetched, self.contract, night)
        split = self.owned.without_sealed(night, split)
        stored = self.lake.write_table(partition(TRANSACTIONS, night), split.accepted)
        counted = _counted(split, night, taken, checksum, self.fetch.sql(select))
        return self._record(night, TRANSACTIONS, stored, counted, split)

    def seal_labels(self, night: Night, stragglers: pa.Table | None = None) -> seals.Seal:
        """Seal the labels that became known in the night and, with them, those that appeared in sealed nights."""
        select = self.source.labels(night)
        checksum = self.fetch.text(self.source.checksum(select))
        fetched = self.fetch.table(select, self.source.labels_fetched)
        taken = stragglers.num_rows if stragglers is not None else 0
        split = split_labels(pa.concat_tables([fetched, stragglers]) if taken else fetched, self.contract.key)
        stored = self.lake.write_table(partition(LABELS, night), split.accepted)
        counted = seals.Counted(
            source_rows=split.rows,
            rejected_rows=split.rejected.num_rows,
            collapsed_rows=split.collapsed,
            straggler_rows=taken,
            source_checksum=checksum,
            source_query=self.fetch.sql(select),
        )
        return self._record(night, LABELS, stored, counted, split)

    def _record(self, night: Night, what: str, stored: Stored, counted: seals.Counted, split: Split) -> seals.Seal:
        seal = seals.record(self.connection, self.run_id, night, what, stored, counted)
        reject(self.connection, seal, split.rejected)
        if what == TRANSACTIONS:
            self.owned.add(seal)
        return seal


def _counted(split: Split, night: Night, stragglers: int, checksum: str, query: str) -> seals.Counted:
    """What the seal says of its rows."""
    accepted = split.accepted
    occurred_at, ids = accepted[OCCURRED_AT], accepted[TRANSACTION_ID]
    late = accepted.filter(pc.less(occurred_at, pa.scalar(night.start, occurred_at.type)))
    return seals.Counted(
        source_rows=split.rows,
        rejected_rows=split.rejected.num_rows,
        collapsed_rows=split.collapsed,
        late_rows=late.num_rows,
        straggler_rows=stragglers,
        source_checksum=checksum,
        source_query=query,
        first_key=None if not accepted.num_rows else str(ids[0].as_py()),
        last_key=None if not accepted.num_rows else str(ids[-1].as_py()),
        earliest=pc.min(occurred_at).as_py(),
    )


def reject(connection: sa.Connection, seal: seals.Seal, rejected: pa.Table) -> None:
    """Set aside what broke the contract, beside the seal that it was kept out of."""
    insert = sa.text(
        """INSERT INTO scoring.rejected_transaction (seal_id, night, what, transaction_id, occurred_at, reason)
        VALUES (:seal_id, :night, :what, :transaction_id, :occurred_at, :reason)"""
    )
    fixed = {"seal_id": seal.seal_id, "night": seal.night.day, "what": seal.what}
    for batch in filter(len, rejected.to_batches(REJECTION_BATCH)):
        connection.execute(insert, [{**fixed, **row} for row in batch.to_pylist()])


def label_keys(labels: pa.Table) -> pa.Table:
    """What makes a label row the same row: whose, what, and when it became known."""
    return labels.select([TRANSACTION_ID, KNOWN_AT, IS_FRAUD])
