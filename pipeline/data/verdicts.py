"""What analysts wrote about transactions: labels that became known when they were written."""

from __future__ import annotations

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.data.names import labels_schema


def written_in(connection: sa.Connection, night: Night, key: pa.DataType) -> pa.Table:
    """The verdicts written in a night, as rows of the source's labels: `names.labels_schema`."""
    statement = """SELECT transaction_id, verdict = 'fraud' AS is_fraud, written_at AS known_at FROM scoring.feedback
        WHERE written_at >= :start AND written_at < :end ORDER BY feedback_id"""
    rows = connection.execute(sa.text(statement), {"start": night.start, "end": night.end}).all()
    schema = labels_schema(key)
    return pa.table([pa.array([row[place] for row in rows], field.type) for place, field in enumerate(schema)], names=schema.names)


def with_verdicts(checksum: str, verdicts: int) -> str:
    """The source's checksum of a night's labels, and how many verdicts stand beside them: none is ever changed, so their number tells.

    >>> with_verdicts("3 -17", 0), with_verdicts("3 -17", 2)
    ('3 -17', '3 -17, 2 verdicts')
    """
    return f"{checksum}, {verdicts} verdicts" if verdicts else checksum
