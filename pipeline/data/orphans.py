"""What a run left behind that was killed halfway: files that no row names, and tables that hang on to nothing.

Whoever looks for them may look into a lake that is not his, or hold an older warehouse beside a newer lake. So of whole files only those
of nights that this warehouse knows count, and they are put aside, not deleted; halves, which nobody reads, are deleted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.errors import BusyError
from pipeline.core.night import ONE_DAY
from pipeline.data import seals
from pipeline.data.database import Database
from pipeline.data.lake import Found, Lake
from pipeline.data.names import CORRECTED, FEATURES, LABELS, REMEMBERED, RESERVOIR, TOTALS, TRANSACTIONS
from pipeline.data.partitions import execute

AT_REST = ONE_DAY  # no run lasts longer: what is younger may still be in somebody's hands
KINDS = "|".join((TRANSACTIONS, LABELS, FEATURES, CORRECTED, RESERVOIR, TOTALS, REMEMBERED))
DAY = r"(?P<night>\d{4}-\d{2}-\d{2})"
OF_A_NIGHT = rf"({KINDS})/(view=[0-9a-f]+/)?night={DAY}"
WHOLE = re.compile(rf"{OF_A_NIGHT}/[0-9a-f]{{16}}\.parquet|models/{DAY.replace('night', 'trained')}-[^/]+/[0-9a-f]{{16}}\.skops")
"""Files of these names count only through the row that names them."""
HALF = re.compile(rf"({OF_A_NIGHT}|models/[^/]+|doctor)/\.[0-9a-f]{{32}}|(reports|models/[^/]+)/[^/]+\.(html|json)\.[0-9a-f]{{32}}")
"""Files of these names were being written."""

NAMED = "SELECT path FROM scoring.seal UNION SELECT path FROM scoring.model_version"
NIGHTS = "SELECT night FROM scoring.run UNION SELECT night FROM scoring.seal"
NEWEST = "SELECT max(sealed_at) FROM scoring.seal"
DETACHED = r"""
    SELECT relname FROM pg_class AS relation CROSS JOIN LATERAL regexp_match(relname, '^(prediction|reason)_\d{8}_r(\d+)$') AS told
    JOIN scoring.run ON run_id = cast(told[2] AS bigint) LEFT JOIN scoring.run_try USING (run_id)
    WHERE relnamespace = cast('scoring' AS regnamespace) AND relkind = 'r'
        AND greatest(started_at, began_at) < clock_timestamp() - cast(:at_rest AS interval)
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = relation.oid)
        AND NOT EXISTS (SELECT FROM scoring.publication WHERE publication.run_id = run.run_id)
        AND NOT EXISTS (SELECT FROM scoring.pruned_run WHERE pruned_run.run_id = run.run_id)
    ORDER BY relname"""


@dataclass(frozen=True)
class Orphans:
    """Files and tables that nobody needs; what `prune` looks after is not among them."""

    files: Sequence[Found]
    tables: Sequence[str]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def orphans(warehouse: Database, lake: Lake, now: dt.datetime) -> Orphans:
    """What lies about since a day or longer; whole files only where the newest seal is younger, so that no row of them can be lost."""
    found = [file for file in lake.files() if file.changed_at < now - AT_REST]
    with warehouse.begin() as connection:  # after the files were listed: a row that comes meanwhile names a younger file
        whole = _unnamed(connection, [file for file in found if WHOLE.fullmatch(file.path)])
        tables = list(connection.scalars(sa.text(DETACHED), {"at_rest": AT_REST}))
    return Orphans([*whole, *(file for file in found if HALF.fullmatch(file.path))], tables)


def remove(warehouse: Database, lake: Lake, found: Orphans, now: dt.datetime) -> Orphans:
    """Put these files aside, or delete them, and drop these tables; what somebody needs by now stays. What is gone is told."""
    before, tables = now - AT_REST, []
    with warehouse.begin() as connection:
        seals.lock(connection)  # nobody enters a row meanwhile: an interrupted night that runs again writes the same files
        whole = _unnamed(connection, [file for file in found.files if WHOLE.fullmatch(file.path)])
        files = [file for file in whole if lake.put_aside(file.path, before)]
    files += [file for file in found.files if HALF.fullmatch(file.path) and lake.delete_half(file.path, before)]
    for table in found.tables:
        try:
            with warehouse.begin() as connection:
                execute(connection, "SET LOCAL lock_timeout = '1s'")
                if table in connection.scalars(sa.text(DETACHED), {"at_rest": AT_REST}):
                    execute(connection, f"DROP TABLE scoring.{table}")
                    tables.append(table)
        except BusyError:
            continue
    return Orphans(files, tables)


def _unnamed(connection: sa.Connection, files: Sequence[Found]) -> list[Found]:
    """Those of these whole files that no row names, of nights that the warehouse knows and older than its newest seal."""
    named, newest = set(connection.scalars(sa.text(NAMED))), connection.scalar(sa.text(NEWEST))
    nights = {day.isoformat() for day in connection.scalars(sa.text(NIGHTS))}
    return [
        file for file in files if file.path not in named and newest is not None and file.changed_at < newest and _night(file.path) in nights
    ]


def _night(path: str) -> str | None:
    told = WHOLE.fullmatch(path)
    return told and (told["night"] or told["trained"])
