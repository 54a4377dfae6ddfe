"""Readers whose query was planned before a partition came, and that would execute it after the pointer turned to that partition.

PostgreSQL plans a query with the partitions that it finds, and takes the snapshot in which it executes only then. A reader who was held up
in between would see the new pointer and not the rows it points to: a night without rows. Whoever plans holds a lock on the table until his
transaction ends, so the flip waits for those who hold one now; whoever comes later finds the partition.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from pipeline.data.database import Database

PATIENCE = 5.0  # seconds: planning takes milliseconds, so whoever holds on for longer executes already, or rests in a transaction
PAUSE = 0.005
HOLDERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND granted AND mode = 'AccessShareLock' AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation IN (cast('scoring.prediction' AS regclass), cast('scoring.reason' AS regclass))"""


def await_planned(warehouse: Database) -> None:
    """Wait until every transaction that holds a lock on predictions or reasons now has ended, but not longer than `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    with warehouse.idle() as connection:
        waited_for = set(connection.scalars(sa.text(HOLDERS)))
        while waited_for and time.monotonic() < deadline:
            time.sleep(PAUSE)
            waited_for &= set(connection.scalars(sa.text(HOLDERS)))
