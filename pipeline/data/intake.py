"""A night taken in: read where its seal binds, else extracted, with its stragglers and with the history that it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.errors import BusyError, SourceContractError, UsageError
from pipeline.core.key_ranges import Room
from pipeline.core.night import Night, nights_between
from pipeline.core.progress import Progress
from pipeline.data import seals
from pipeline.data.database import Database
from pipeline.data.extraction import Beside, Extractor
from pipeline.data.fetch import snapshot
from pipeline.data.lake import Lake, describe
from pipeline.data.names import LABELS, TRANSACTION_ID, TRANSACTIONS, transactions_schema
from pipeline.data.sealed_keys import SealedKeys
from pipeline.data.source import Source
from pipeline.data.stragglers import straggling_labels, straggling_transactions
from pipeline.data.undated import undated_rows


@dataclass(frozen=True)
class Intake:
    """What a night's extraction found.

    `source_disagrees`: the seal binds and the source no longer gives what it holds. `history_nights`: how many nights were
    sealed as history now.
    """

    transactions: seals.Seal
    labels: seals.Seal
    source_disagrees: bool
    history_nights: int


@dataclass(frozen=True)
class Taking:
    """Everything that taking in one night works with."""

    warehouse: Database
    source: Source
    lake: Lake
    run_id: int
    night: Night
    reach: dt.timedelta
    straggler_nights: int
    progress: Progress
    room: Room

    def take(self) -> Intake:
        """Seal the night, or look at its binding seal, under the lock of all seals and on one snapshot of the source."""
        begins = source_begins(self.warehouse, self.source, self.night)
        with self.warehouse.begin_long() as connection, snapshot(self.source.database) as fetch:
            seals.lock(connection)
            owned = SealedKeys(self.lake, seals.all_bound(connection, TRANSACTIONS))
            extractor = Extractor(connection, fetch, self.source, self.lake, self.run_id, owned, self.room)
            first = max(begins, Night.of(self.night.start - self.reach))
            # What was begun without passing will not bind with this run, so it owns no row of the night: it is sealed after it.
            history = self._seal_history(extractor, first, but=self._begun(connection))
            binding = self._binding(connection)
            transactions, labels = binding or self._extract(extractor)
            earliest = min(self.night.start, transactions.earliest or self.night.start)
            history += self._seal_history(extractor, max(begins, Night.of(earliest - self.reach)))
            disagrees = binding is not None and self._disagrees(extractor, binding)
        return Intake(transactions, labels, disagrees, history)

    def _binding(self, connection: sa.Connection) -> tuple[seals.Seal, seals.Seal] | None:
        found = [seals.bound(connection, what, self.night, self.night) for what in (TRANSACTIONS, LABELS)]
        return (found[0][0], found[1][0]) if all(found) else None

    def _extract(self, extractor: Extractor) -> tuple[seals.Seal, seals.Seal]:
        if not self._is_newest(extractor.connection):
            return extractor.seal_transactions(self.night), extractor.seal_labels(self.night)
        transactions, labels = self._beside(extractor)
        return extractor.seal_transactions(self.night, transactions), extractor.seal_labels(self.night, labels)

    def _beside(self, extractor: Extractor) -> tuple[Beside, Beside]:
        """What the newest night takes beside its own rows: of transactions and of labels."""
        source = extractor.source
        undated = [
            undated_rows(extractor, TRANSACTIONS, source.undated_transactions()),
            undated_rows(extractor, LABELS, source.undated_labels()),
        ]
        sealed = seals.latest_bound(extractor.connection, self.night, self.straggler_nights)
        if not sealed:
            return Beside(undated=undated[0]), Beside(undated=undated[1])
        first, last = sealed[-1].night, self.night.back(1)
        nights = {seal.night for seal in sealed}
        holders = seals.bound(extractor.connection, LABELS, first, last)
        labels = straggling_labels(extractor, [seal for seal in holders if seal.night in nights], holders)
        return Beside((straggling_transactions(extractor, sealed),), undated[0]), Beside((labels,), undated[1])

    def _is_newest(self, connection: sa.Connection) -> bool:
        """Stragglers and undated rows go to the newest night only: an earlier one could not have known them."""
        return not seals.bound(connection, TRANSACTIONS, self.night, Night(dt.date.max))

    def _seal_history(self, extractor: Extractor, first: Night, but: Set[Night] = frozenset()) -> int:
        """Seal the nights from `first` to the night before ours that no binding seal covers, without those in `but`."""
        connection = extractor.connection
        covered = {seal.night for seal in seals.usable(connection, self.run_id, TRANSACTIONS, first, self.night.back(1))}
        made_now = {seal.night for seal in extractor.owned.seals if not seal.binds}
        left = covered - self._stale(connection) | made_now | but
        missing = [night for night in nights_between(first, self.night.back(1)) if night not in left]
        for done, night in enumerate(missing, start=1):
            extractor.seal_transactions(night)
            extractor.seal_labels(night)
            self.progress("history", done, len(missing))
        return len(missing)

    def _begun(self, connection: sa.Connection) -> set[Night]:
        """Nights that some run began: they bind only by passing their own gates."""
        return {Night(day) for day in connection.scalars(sa.text("SELECT DISTINCT night FROM scoring.run"))}

    def _stale(self, connection: sa.Connection) -> set[Night]:
        """Nights that an earlier try of this run sealed without binding: they are extracted again."""
        statement = """SELECT night FROM scoring.seal WHERE run_id = :run_id AND what = 'transactions'
            GROUP BY night HAVING bool_and(bound_at IS NULL)"""
        return {Night(day) for day in connection.scalars(sa.text(statement), {"run_id": self.run_id})}

    def _disagrees(self, extractor: Extractor, binding: tuple[seals.Seal, seals.Seal]) -> bool:
        ids = self.source.checksum(self.source.transaction_ids(self.night))
        now = (extractor.fetch.text(ids), extractor.labels_checksum(self.night))
        return any(checksum != seal.source_checksum for checksum, seal in zip(now, binding, strict=True))


def source_begins(warehouse: Database, source: Source, night: Night) -> Night:
    """The first night of the source, or of what was sealed of it; a night before it is a `UsageError`."""
    begins = source.begins()
    with warehouse.begin() as connection:
        _require_sealed_columns(connection, source)
        known = [first for first in (begins, seals.first_bound(connection)) if first is not None]
    if not known:
        raise SourceContractError(f"{source.settings.transactions.table} holds no transactions yet: load some, then run the night again")
    if night < min(known):
        raise UsageError(f"night {night} lies before the source begins: its first night is {min(known)}")
    return min(known)


def _require_sealed_columns(connection: sa.Connection, source: Source) -> None:
    """Refuse a source whose keys are of other types or names than sealed nights hold: their rows could not stand side by side."""
    sealed = connection.scalar(
        sa.text("SELECT columns FROM scoring.seal WHERE what = 'transactions' AND bound_at IS NOT NULL ORDER BY seal_id DESC LIMIT 1")
    )
    now = describe(transactions_schema(source.shape.key, source.shape.entities))
    if sealed is not None and set(sealed.split(", ")) != set(now.split(", ")):
        raise SourceContractError(
            f"sealed nights hold {sealed}, but the source now gives {now}: put the column's type, or the mapping in nightshift.toml, back"
        )


def bind(connection: sa.Connection, lake: Lake, run_id: int, night: Night) -> None:
    """Make the run's seals binding; where a seal that bound meanwhile holds one of their rows, the run must look again (`BusyError`)."""
    seals.lock(connection)
    others = SealedKeys(lake, seals.bound_since_extraction(connection, run_id))
    for seal in seals.binding_soon(connection, run_id, night) if others.seals else []:
        if seal.what == TRANSACTIONS and len(others.holding(lake.read_table(seal.path, seal.sha256, [TRANSACTION_ID])[TRANSACTION_ID])):
            raise BusyError(f"night {seal.night} holds transactions that another night sealed meanwhile: run night {night} again")
    seals.bind(connection, run_id, night)


def read_inputs(lake: Lake, inputs: list[seals.Seal], schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """The rows of several seals of one kind as one table."""
    chosen = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    return pa.concat_tables([chosen.empty_table(), *(lake.read_table(seal.path, seal.sha256, chosen.names) for seal in inputs)])
