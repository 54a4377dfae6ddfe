"""How far each night has come, from its seal to its training."""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data import ledger
from pipeline.data.database import WORK_PATIENCE

LINKS = """
    WITH newest AS (
        SELECT DISTINCT ON (night) night, run_id, state, greatest(started_at, began_at) AS began_at
        FROM scoring.run LEFT JOIN scoring.run_try USING (run_id) WHERE in_chain ORDER BY night, run_id DESC
    ),
    current AS (
        SELECT publication.night, run_id, published_at, model_version FROM scoring.publication JOIN scoring.run USING (run_id)
        WHERE superseded_at IS NULL
    ),
    broken AS (
        SELECT newest.night, (array_agg(gate || ', check ' || check_name ORDER BY evaluation_id))[1] AS check_name
        FROM newest JOIN scoring.evaluation USING (run_id) WHERE NOT passed AND severity = 'fail' GROUP BY newest.night
    )
    SELECT
        day::date AS night,
        newest.state,
        CASE WHEN newest.state IN ('open', 'judged') AND newest.began_at > clock_timestamp() - cast(:longest AS interval)
            THEN newest.began_at END AS under_way_since,
        broken.check_name AS broken,
        current.run_id AS published_run,
        current.published_at,
        current.model_version,
        sealed.row_count AS rows,
        featured.seal_id IS NOT NULL AS featured,
        EXISTS (
            SELECT FROM scoring.run JOIN scoring.run_step USING (run_id) WHERE run.night = day AND in_chain AND step = 'monitor'
        ) AS looked_back,
        (SELECT version FROM scoring.champion_at(ends, ends)) AS champion
    FROM generate_series(cast(:first AS timestamp), cast(:last AS timestamp), interval '1 day') AS day
    CROSS JOIN LATERAL (SELECT (day + interval '1 day') AT TIME ZONE 'UTC' AS ends) AS instant
    LEFT JOIN newest ON newest.night = day
    LEFT JOIN current ON current.night = day
    LEFT JOIN broken ON broken.night = day
    LEFT JOIN scoring.seal AS sealed ON sealed.night = day AND sealed.what = 'transactions' AND sealed.bound_at IS NOT NULL
    LEFT JOIN scoring.seal AS featured
        ON featured.night = day AND featured.what = 'features' AND featured.view = :view AND featured.bound_at IS NOT NULL
    ORDER BY day"""


@dataclass(frozen=True)
class Link:
    """A night of the chain.

    `state` is that of its newest as-of run, `under_way_since` when a step of it began that may still be at work (it may be dead as well),
    `broken` the check that stopped it; `published_run` and what follows tell of the current publication; `rows` and `featured` of what is
    sealed for good; `champion` who was champion at its end; `training` what the ledger says.
    """

    night: Night
    state: str | None
    under_way_since: dt.datetime | None
    broken: str | None
    published_run: int | None
    published_at: dt.datetime | None
    model_version: str | None
    rows: int | None
    featured: bool
    looked_back: bool
    champion: str | None
    training: str | None


def links(connection: sa.Connection, first: Night, last: Night, view: str) -> list[Link]:
    """The nights from `first` to `last`, in order; `view` is the fingerprint whose features count."""
    entries = ledger.entries(connection)
    rows = connection.execute(sa.text(LINKS), {"first": first.day, "last": last.day, "view": view, "longest": WORK_PATIENCE})
    return [_link(row, entries.get(Night(row.night))) for row in rows]


def _link(row: sa.Row[tuple[object, ...]], entry: ledger.Entry | None) -> Link:
    return Link(**{**row._mapping, "night": Night(row.night), "training": entry.outcome if entry else None})


def usual_seconds_of_a_run(connection: sa.Connection, runs: int) -> tuple[float, int] | None:
    """Median wall time of the newest runs that ended, and how many those were; None before the first."""
    statement = """SELECT sum(seconds) FROM scoring.run JOIN scoring.run_step USING (run_id)
        WHERE state IN ('published', 'kept') GROUP BY run_id ORDER BY run_id DESC LIMIT :runs"""
    taken = [float(seconds) for seconds in connection.scalars(sa.text(statement), {"runs": runs})]
    return (statistics.median(taken), len(taken)) if taken else None
