"""Reasons of a run's alerts: staged beside its scores, and seen when these are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.plan import Plan
from pipeline.data.copying import copy_into
from pipeline.data.database import Database
from pipeline.data.partitions import Partition, attach, make, with_run

WORDS = """INSERT INTO scoring.reason_word (run_id, night, position, feature, reason_code, phrase, decimals)
    VALUES (:run_id, :night, :position, :feature, :reason_code, :phrase, :decimals)"""


def stage(warehouse: Database, plan: Plan, base: float, reasons: pa.Table, words: Iterable[Mapping[str, object]]) -> None:
    """Load the reasons of a run's alerts (`names.reasons_schema`) into its own partition; a repeated try begins anew.

    `base`: log-odds to which the contributions of each alert are added. `words`: of each feature of the view, in order, its `feature`,
    `reason_code`, `phrase` and `decimals`.
    """
    partition = Partition(plan.night, plan.run_id, "reason")
    with warehouse.begin() as connection:
        make(connection, partition)
    if reasons.num_rows:
        with warehouse.begin() as connection:
            copy_into(connection, f"scoring.{partition.name}", with_run(plan, reasons))
    with warehouse.begin() as connection:
        attach(connection, partition)
        _tell(connection, plan, base, words)


def _tell(connection: sa.Connection, plan: Plan, base: float, words: Iterable[Mapping[str, object]]) -> None:
    """Enter the base and the words, in place of those of an earlier try."""
    fixed = {"run_id": plan.run_id, "night": plan.night.day}
    connection.execute(sa.text("UPDATE scoring.run SET base_log_odds = :base WHERE run_id = :run_id"), {"base": base, **fixed})
    connection.execute(sa.text("DELETE FROM scoring.reason_word WHERE run_id = :run_id"), fixed)
    connection.execute(sa.text(WORDS), [{**fixed, "position": place, **word} for place, word in enumerate(words, start=1)])
