"""Tables that a run fills for itself: made and loaded beside, then attached to those of its night."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.core.plan import Plan

BATCH = 16_384  # rows sent at once: the server stores them while we encode the next (1 million: 0.75 s instead of 0.93)


@dataclass(frozen=True)
class Partition:
    """Tables of one run: its own, inside that of its night, inside `table`."""

    night: Night
    run_id: int
    table: str = "prediction"

    @property
    def parent(self) -> str:
        return f"{self.table}_{self.night.day:%Y%m%d}"

    @property
    def name(self) -> str:
        return f"{self.parent}_r{self.run_id}"


def make(connection: sa.Connection, partition: Partition) -> None:
    """An empty table for the run, under the lock of its night; a repeated try begins anew, one that may not stage is a `StaleRunError`."""
    connection.execute(sa.text(f"SELECT scoring.make_{partition.table}_partition(:run_id)"), {"run_id": partition.run_id})  # ours


def attach(connection: sa.Connection, partition: Partition) -> None:
    """The key after the load, then the attach, which scans nothing because the bounds were checked row by row."""
    connection.execute(sa.text(f"SELECT scoring.attach_{partition.table}_partition(:run_id)"), {"run_id": partition.run_id})  # ours


def with_run(plan: Plan, rows: pa.Table) -> pa.RecordBatchReader:
    """The rows behind the columns `night` and `run_id`, in batches."""
    fixed = [pa.field("night", pa.date32()), pa.field("run_id", pa.int64())]
    values = [pa.scalar(value, field.type) for value, field in zip((plan.night.day, plan.run_id), fixed, strict=True)]
    schema = pa.schema([*fixed, *rows.schema])
    batches = (
        pa.RecordBatch.from_arrays([*(pa.repeat(value, batch.num_rows) for value in values), *batch.columns], schema=schema)
        for batch in rows.to_batches(max_chunksize=BATCH)
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def execute(connection: sa.Connection, statement: str) -> None:
    """Statements over names made of a date and a number only."""
    connection.exec_driver_sql(statement)
