"""Seal one night of the source: fetch by arrival, judge by contract, take stragglers, write, record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.errors import SourceContractError
from pipeline.core.key_ranges import KeyRanges, Room
from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.checksums import KeyChecksum
from pipeline.data.contract import REJECTED, Contract, Split, split_labels, split_transactions
from pipeline.data.fetch import Fetch, asked_table
from pipeline.data.lake import Lake, Stored, partition
from pipeline.data.names import IS_FRAUD, KNOWN_AT, LABELS, OCCURRED_AT, TRANSACTION_ID, TRANSACTIONS, labels_schema, transactions_schema
from pipeline.data.sealed_keys import SealedKeys
from pipeline.data.source import Query, Source
from pipeline.data.verdicts import with_verdicts, written_in

REJECTION_BATCH = 5_000


@dataclass(frozen=True)
class Beside:
    """What a night takes beside the source's rows: analysts' verdicts; the newest also stragglers, and undated rows as set aside."""

    stragglers: tuple[pa.Table, ...] = ()
    undated: pa.Table = field(default_factory=REJECTED.empty_table)
    verdicts: tuple[pa.Table, ...] = ()

    @property
    def verdict_rows(self) -> int:
        return sum(table.num_rows for table in self.verdicts)


@dataclass(frozen=True)
class Asked:
    """What the source is asked for a night's rows, and its count and checksum of them; None where the rows tell it when they came."""

    checksum: str | None
    query: str


@dataclass
class Tally:
    """What became of a night's rows, range by range."""

    came: int = 0
    checksum: str = ""
    collapsed: int = 0
    late: int = 0
    first_key: str | None = None
    last_key: str | None = None
    earliest: dt.datetime | None = None
    rejected: list[pa.Table] = field(default_factory=list)

    def enter(self, split: Split) -> pa.Table:
        """Count a range, keep what is set aside of it, and hand on what is sealed."""
        self.collapsed += split.collapsed
        self.rejected.append(split.rejected)
        return split.accepted

    def describe(self, accepted: pa.Table, night: Night) -> pa.Table:
        """Note what a seal tells of its transactions beside their number."""
        if accepted.num_rows:
            occurred_at, ids = accepted[OCCURRED_AT], accepted[TRANSACTION_ID]
            earliest: dt.datetime = pc.min(occurred_at).as_py()
            self.late += pc.sum(pc.less(occurred_at, pa.scalar(night.start, occurred_at.type))).as_py()
            self.first_key = str(ids[0].as_py()) if self.first_key is None else self.first_key
            self.last_key = str(ids[-1].as_py())
            self.earliest = min(earliest, self.earliest or earliest)
        return accepted


NOTHING = Beside()


@dataclass(frozen=True)
class Extractor:
    """What one extraction works with; `connection` holds the lock on the seals, `fetch` one snapshot of the source.

    A night's checksum is asked for before its rows: where the source gives no snapshot, a row that comes in between makes the
    checksum differ later, and is looked for; the other way round it would be in the checksum and in no night. Within a snapshot a table
    has nothing to say that its rows do not: their keys give the same checksum, and the source reads them once.
    """

    connection: sa.Connection
    fetch: Fetch
    source: Source
    lake: Lake
    run_id: int
    owned: SealedKeys
    room: Room

    @property
    def contract(self) -> Contract:
        ours = self.source.settings.transactions
        allowed = ours.negative_amounts == "allow"
        return Contract(self.source.shape.key, self.source.shape.entities, ours.nullable_entities, ours.minor_units, allowed)

    def seal_transactions(self, night: Night, beside: Beside = NOTHING) -> seals.Seal:
        """Seal what arrived in the night and, with it, what is taken beside."""
        rows, tally = self.source.transactions(night), Tally()
        asked = self._asked(rows, self.source.transaction_ids(night))
        schema = transactions_schema(self.contract.key, self.contract.entities)
        with self._came(night, asked, rows, self.source.transactions_fetched, beside, tally) as came:
            splits = (self.owned.without_sealed(night, split_transactions(part, self.contract, night)) for part in came.ranges())
            accepted = (tally.describe(tally.enter(split), night) for split in splits)
            stored = self.lake.write_pieces(partition(TRANSACTIONS, night), accepted, schema)
        return self._record(night, TRANSACTIONS, stored, asked, beside, tally)

    def seal_labels(self, night: Night, beside: Beside = NOTHING) -> seals.Seal:
        """Seal the labels that became known in the night, analysts' verdicts among them, and with them what is taken beside."""
        rows, tally, beside = self.source.labels(night), Tally(), replace(beside, verdicts=(self.verdicts(night),))
        asked = self._asked(rows, rows)
        with self._came(night, asked, rows, self.source.labels_fetched, beside, tally) as came:
            accepted = (tally.enter(split_labels(part, self.contract.key)) for part in came.ranges())
            stored = self.lake.write_pieces(partition(LABELS, night), accepted, labels_schema(self.contract.key))
        return self._record(night, LABELS, stored, asked, beside, tally)

    def verdicts(self, night: Night) -> pa.Table:
        """What analysts wrote in the night."""
        return written_in(self.connection, night, self.source.shape.key)

    def labels_checksum(self, night: Night) -> str:
        """What `seal_labels` would enter of the night now: it differs where a label, or a verdict that was committed late, came since."""
        return with_verdicts(self.fetch.text(self.source.checksum(self.source.labels(night))), self.verdicts(night).num_rows)

    @cached_property
    def _tells_by_rows(self) -> bool:
        """Whether the source's checksum follows from its rows: they are one snapshot of tables, and we hash their keys as it does."""
        return self.fetch.is_snapshot and pa.types.is_integer(self.contract.key) and self.fetch.text(self.source.not_tables()) == "0"

    def _asked(self, rows: Query, keys: Query) -> Asked:
        return Asked(None if self._tells_by_rows else self.fetch.text(self.source.checksum(keys)), self.fetch.sql(rows))

    @contextmanager
    def _came(self, night: Night, asked: Asked, rows: Query, schema: pa.Schema, beside: Beside, tally: Tally) -> Iterator[KeyRanges]:
        """Fetch a night's rows, as many as the source counts by its own (`SourceContractError`), and put the stragglers beside them."""
        with KeyRanges(TRANSACTION_ID, schema, self.room) as came:
            told = KeyChecksum()
            for batch in self.fetch.batches(rows, schema):
                came.add(batch)
                if asked.checksum is None:
                    told.add(batch.column(TRANSACTION_ID))
            tally.checksum = asked.checksum or told.text
            counted = int(tally.checksum.split()[0])
            if came.rows < counted or (came.rows > counted and self.fetch.is_snapshot):
                raise SourceContractError(
                    f"{asked_table(rows)} counts {counted:,} rows of night {night} and gives {came.rows:,}: it must answer alike "
                    "each time it is asked, which a view over random() or TABLESAMPLE does not; mend it, then run the night again"
                )
            for table in (*beside.stragglers, *beside.verdicts):
                for batch in table.to_batches():
                    came.add(batch)
            tally.came = came.rows  # counted before they are judged, so that a row lost on the way is missed
            yield came

    def _record(self, night: Night, what: str, stored: Stored, asked: Asked, beside: Beside, tally: Tally) -> seals.Seal:
        rejected = pa.concat_tables([REJECTED.empty_table(), *tally.rejected, beside.undated])
        counted = seals.Counted(
            source_rows=tally.came + beside.undated.num_rows,
            rejected_rows=rejected.num_rows,
            collapsed_rows=tally.collapsed,
            late_rows=tally.late,
            straggler_rows=sum(table.num_rows for table in beside.stragglers),
            source_checksum=with_verdicts(tally.checksum, beside.verdict_rows),
            verdict_rows=beside.verdict_rows,
            source_query=asked.query,
            first_key=tally.first_key,
            last_key=tally.last_key,
            earliest=tally.earliest,
        )
        seal = seals.record(self.connection, self.run_id, night, what, stored, counted)
        reject(self.connection, seal, rejected)
        if what == TRANSACTIONS:
            self.owned.add(seal)
        return seal


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
