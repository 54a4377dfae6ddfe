"""Builds that are broken on purpose: each takes away one thing that keeps nights whole, and the trials must notice."""

from __future__ import annotations

from unittest.mock import patch  # the one place where something of ours is replaced: that is what a mutant is

import sqlalchemy as sa

from pipeline.core.plan import Plan
from pipeline.data import lake, predictions, runs
from pipeline.data.database import Database


def no_lock() -> None:
    """Whoever comes last publishes: nobody asks any more who owns the night, but for the warehouse where a run stages."""
    for where in (runs, predictions):
        patch.object(where, "lock_night", lambda connection, plan: None).start()
    patch.object(runs, "plan_of", runs.plan_as_entered).start()


def split_flip() -> None:
    """The old publication goes in one transaction, the new one comes in another."""

    def publish(warehouse: Database, plan: Plan) -> bool:
        values = {"night": plan.night.day, "run_id": plan.run_id}
        with warehouse.begin() as connection:
            old = "UPDATE scoring.publication SET superseded_at = clock_timestamp() WHERE night = :night AND superseded_at IS NULL"
            connection.execute(sa.text(old), values)
        with warehouse.begin() as connection:
            moment = connection.scalar(sa.text("SELECT clock_timestamp()"))
            connection.execute(sa.text(predictions.PUBLISH), {**values, "moment": moment})
            runs.set_state(connection, plan.run_id, "published")
        return True

    patch.object(predictions, "publish", publish).start()


def no_hash() -> None:
    """Whatever lies in the lake is taken for what was sealed."""
    patch.object(lake, "require_sealed", lambda *_: None).start()
