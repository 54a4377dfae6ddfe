"""The earlier nights of a night's weekday, as they were known when the night first passed its gates: running it again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data.names import FEATURES, TRANSACTIONS

Named = Mapping[str, float | None]

# The run in the chain by which the night first passed, and when: or this run, and now. What it sealed itself counts for it, bound or not.
KNOWN = """WITH passed AS (
        SELECT run_id, min(judged_at) AS at FROM scoring.run JOIN scoring.evaluation USING (run_id, night)
        WHERE night = :night AND in_chain AND gate = 'transactions' AND state IN ('judged', 'published', 'unscored')
        GROUP BY run_id ORDER BY run_id LIMIT 1
    ),
    known AS (
        SELECT coalesce(min(run_id), :run_id) AS run_id, coalesce(min(at), 'infinity') AS at FROM passed
    )"""

SEALED = f"""{KNOWN}
    SELECT DISTINCT ON (night) night, row_count, rejected_rows, late_rows, figures FROM scoring.seal, known
    WHERE what = :what AND view = :view AND night = ANY(:nights) AND (bound_at < known.at OR seal.run_id = known.run_id)
    ORDER BY night, (bound_at IS NULL), version DESC"""  # noqa: S608  # ours

SCORED = f"""{KNOWN}
    SELECT DISTINCT ON (publication.night) figures
    FROM known, scoring.publication JOIN scoring.run USING (run_id) JOIN scoring.run_step USING (run_id)
    WHERE step = 'score' AND in_chain AND publication.night = ANY(:nights) AND published_at < known.at
    ORDER BY publication.night, publication_id DESC"""  # noqa: S608  # ours


@dataclass(frozen=True)
class Earlier:
    """Figures of earlier nights of one weekday, oldest first, as the gates of these names judge them."""

    transactions: tuple[Named, ...]
    features: tuple[Named, ...]
    predictions: tuple[Named, ...]


def earlier(connection: sa.Connection, plan: Plan, view: str, weeks: int) -> Earlier:
    """What `weeks` nights of the plan's weekday before it had: of a night that was sealed as history only what its seal counts."""
    nights = [plan.night.back(7 * week) for week in range(weeks, 0, -1)]
    arrived = _rows(connection, SEALED, plan, nights, what=TRANSACTIONS, view="")
    built = _rows(connection, SEALED, plan, nights, what=FEATURES, view=view)
    scored = _rows(connection, SCORED, plan, nights)
    return Earlier(tuple(map(_arrived, arrived)), tuple(row.figures for row in built), tuple(row.figures for row in scored))


def _arrived(row: sa.Row[tuple[object, ...]]) -> Named:
    """The figures of `transaction_figures` that a seal counts itself, over those that were stored with it."""
    late_share = row.late_rows / row.row_count if row.row_count else None
    return {**row.figures, "new_rows": float(row.row_count + row.rejected_rows), "late_share": late_share}


def _rows(
    connection: sa.Connection, statement: str, plan: Plan, nights: Sequence[Night], **values: str
) -> Sequence[sa.Row[tuple[object, ...]]]:
    asked = {"night": plan.night.day, "run_id": plan.run_id, "nights": [night.day for night in nights], **values}
    return connection.execute(sa.text(statement), asked).fetchall()
