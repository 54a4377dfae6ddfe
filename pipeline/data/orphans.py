"""What a run left behind that was killed halfway: files that no row names, and tables that hang on to nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import ONE_DAY
from pipeline.data.lake import Found, Lake
from pipeline.data.partitions import execute

AT_REST = ONE_DAY  # no run lasts longer: what is younger may still be in somebody's hands
CONTENT = re.compile(r"[0-9a-f]{16}\.(parquet|skops)")  # files of this name count only through the row that names them
BESIDE = re.compile(r"(\..*|.*\.)[0-9a-f]{32}")  # files of this name were being written

NAMED = "SELECT path FROM scoring.seal UNION SELECT path FROM scoring.model_version"
DETACHED = r"""
    SELECT relname FROM pg_class AS relation CROSS JOIN LATERAL regexp_match(relname, '^(prediction|reason)_\d{8}_r(\d+)$') AS told
    JOIN scoring.run ON run_id = cast(told[2] AS bigint)
    WHERE relnamespace = cast('scoring' AS regnamespace) AND relkind = 'r' AND started_at < :before
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


def orphans(connection: sa.Connection, lake: Lake, now: dt.datetime) -> Orphans:
    """What lies about since a day or longer."""
    files = [file for file in lake.files() if file.changed_at < now - AT_REST and _is_ours(file.path)]
    named = set(connection.scalars(sa.text(NAMED)))  # asked after the files were listed: a row that comes meanwhile names a younger file
    return Orphans(
        [file for file in files if file.path not in named], list(connection.scalars(sa.text(DETACHED), {"before": now - AT_REST}))
    )


def remove(connection: sa.Connection, lake: Lake, found: Orphans) -> None:
    """Delete these files and drop these tables."""
    for file in found.files:
        lake.delete(file.path)
    for table in found.tables:
        execute(connection, f"DROP TABLE scoring.{table}")


def _is_ours(path: str) -> bool:
    name = path.rpartition("/")[2]
    return bool(CONTENT.fullmatch(name) or BESIDE.fullmatch(name))
