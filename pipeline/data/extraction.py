"""Seal one night of the source: fetch by arrival, judge by contract, take stragglers, write, record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.errors import SourceContractError
from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.contract import REJECTED, Contract, Split, split_labels, split_transactions
from pipeline.data.fetch import Fetch, asked_table
from pipeline.data.lake import Lake, Stored, partition
from pipeline.data.names import IS_FRAUD, KNOWN_AT, LABELS, OCCURRED_AT, TRANSACTION_ID, TRANSACTIONS
from pipeline.data.sealed_keys import SealedKeys
from pipeline.data.source import Query, Source
from pipeline.data.verdicts import with_verdicts, written_in

REJECTION_BATCH = 5_000


@dataclass(frozen=True)
class Beside:
    """What the newest night takes beside its own rows: stragglers as they are fetched, undated rows as they are set aside."""

    stragglers: tuple[pa.Table, ...] = ()
    undated: pa.Table = field(default_factory=REJECTED.empty_table)


@dataclass(frozen=True)
class Came:
    """What came for a night: the rows to judge, what was taken beside its own, the source's checksum of these, and what it was asked."""

    rows: pa.Table
    beside: Beside
    checksum: str
    query: str
    verdicts: int = 0

    def with_verdicts(self, written: pa.Table) -> Came:
        """The night's verdicts beside the source's labels."""
        rows, checksum = pa.concat_tables([self.rows, written]), with_verdicts(self.checksum, written.num_rows)
        return replace(self, rows=rows, checksum=checksum, verdicts=written.num_rows)

    def with_undated(self, split: Split) -> Split:
        """The undated rows beside the others that are set aside."""
        return Split(split.accepted, pa.concat_tables([split.rejected, self.beside.undated]), split.collapsed)


NOTHING = Beside()


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

    def seal_transactions(self, night: Night, beside: Beside = NOTHING) -> seals.Seal:
        """Seal what arrived in the night and, with it, what is taken beside."""
        arrived = self.source.transactions(night)
        came = self._came(night, arrived, self.source.transaction_ids(night), self.source.transactions_fetched, beside)
        split = came.with_undated(self.owned.without_sealed(night, split_transactions(came.rows, self.contract, night)))
        stored = self.lake.write_table(partition(TRANSACTIONS, night), split.accepted)
        return self._record(night, TRANSACTIONS, stored, _described(_counted(came, split), split.accepted, night), split)

    def seal_labels(self, night: Night, beside: Beside = NOTHING) -> seals.Seal:
        """Seal the labels that became known in the night, analysts' verdicts among them, and with them what is taken beside."""
        known = self.source.labels(night)
        came = self._came(night, known, known, self.source.labels_fetched, beside).with_verdicts(self.verdicts(night))
        split = came.with_undated(split_labels(came.rows, self.contract.key))
        stored = self.lake.write_table(partition(LABELS, night), split.accepted)
        return self._record(night, LABELS, stored, _counted(came, split), split)

    def verdicts(self, night: Night) -> pa.Table:
        """What analysts wrote in the night."""
        return written_in(self.connection, night, self.source.shape.key)

    def labels_checksum(self, night: Night) -> str:
        """What `seal_labels` would enter of the night now: it differs where a label, or a verdict that was committed late, came since."""
        return with_verdicts(self.fetch.text(self.source.checksum(self.source.labels(night))), self.verdicts(night).num_rows)

    def _came(self, night: Night, rows: Query, keys: Query, schema: pa.Schema, beside: Beside) -> Came:
        """Fetch a night's rows, as many as the source counts by its own (`SourceContractError`), and put the stragglers beside them."""
        checksum = self.fetch.text(self.source.checksum(keys))
        fetched = self.fetch.table(rows, schema)
        counted = int(checksum.split()[0])
        if fetched.num_rows < counted or (fetched.num_rows > counted and self.fetch.is_snapshot):
            raise SourceContractError(
                f"{asked_table(rows)} counts {counted:,} rows of night {night} and gives {fetched.num_rows:,}: it must answer alike each "
                "time it is asked, which a view over random() or TABLESAMPLE does not; mend it, then run the night again"
            )
        return Came(pa.concat_tables([fetched, *beside.stragglers]), beside, checksum, self.fetch.sql(rows))

    def _record(self, night: Night, what: str, stored: Stored, counted: seals.Counted, split: Split) -> seals.Seal:
        seal = seals.record(self.connection, self.run_id, night, what, stored, counted)
        reject(self.connection, seal, split.rejected)
        if what == TRANSACTIONS:
            self.owned.add(seal)
        return seal


def _counted(came: Came, split: Split) -> seals.Counted:
    """What became of the rows that came: these are counted before they are judged, so that a row lost on the way is missed."""
    return seals.Counted(
        source_rows=came.rows.num_rows + came.beside.undated.num_rows,
        rejected_rows=split.rejected.num_rows,
        collapsed_rows=split.collapsed,
        straggler_rows=sum(table.num_rows for table in came.beside.stragglers),
        source_checksum=came.checksum,
        source_query=came.query,
        verdict_rows=came.verdicts,
    )


def _described(counted: seals.Counted, accepted: pa.Table, night: Night) -> seals.Counted:
    """The same, and what a seal tells of its transactions beside their number."""
    occurred_at, ids = accepted[OCCURRED_AT], accepted[TRANSACTION_ID]
    return replace(
        counted,
        late_rows=accepted.filter(pc.less(occurred_at, pa.scalar(night.start, occurred_at.type))).num_rows,
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
