"""What the alerts of a measured night turned out to be, entered once beside the figures of the measurement."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data.partitions import Partition

Turned = tuple[object, float, bool]  # transaction_id, amount, is_fraud


def enter(connection: sa.Connection, served: Partition, known_through: Night, alerts: Sequence[Turned]) -> None:
    """Enter the alerts of a measurement; rows that stand already stay."""
    statement = """INSERT INTO scoring.matured_alert (run_id, known_through, night, transaction_id, amount, is_fraud)
        VALUES (:run_id, :known_through, :night, :transaction_id, :amount, :is_fraud) ON CONFLICT DO NOTHING"""
    fixed = {"run_id": served.run_id, "known_through": known_through.day, "night": served.night.day}
    rows = [{**fixed, "transaction_id": key, "amount": amount, "is_fraud": is_fraud} for key, amount, is_fraud in alerts]
    if rows:
        connection.execute(sa.text(statement), rows)
