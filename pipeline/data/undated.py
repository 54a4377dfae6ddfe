"""Undated rows: no time of theirs says to which night they belong, so the newest night sets them aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import sqlalchemy as sa

from pipeline.data.contract import REASON, rejected_rows
from pipeline.data.extraction import Extractor
from pipeline.data.fetch import whole
from pipeline.data.names import INSTANT, TRANSACTION_ID
from pipeline.data.source import Query

Undated = tuple[str | None, str]  # id and reason: all that is known of such a row


def undated_rows(extractor: Extractor, what: str, select: Query) -> pa.Table:
    """Of the selected rows, as they are stored, those that no binding seal has set aside.

    An id that was set aside for a reason is not set aside for it again, however often it comes. Rows without id are told by their
    number alone: as many are new as the source holds beyond those that were set aside. A row that is mended arrives at the time that it
    is given; inside a sealed night it stays set aside, as every rejected row does.
    """
    rows = whole(extractor.fetch, select, extractor.source.undated_fetched)
    ids, reasons = rows[TRANSACTION_ID].cast(pa.string()).to_pylist(), rows[REASON].to_pylist()
    before = _set_aside(extractor.connection, what, sorted(set(reasons)))
    fresh = list(_fresh(Counter(zip(ids, reasons, strict=True)), before))
    told = pa.array([reason for _, reason in fresh], pa.string())
    return rejected_rows(pa.chunked_array([[key for key, _ in fresh]], pa.string()), pa.nulls(len(fresh), INSTANT), told)


def _fresh(now: Counter[Undated], before: Counter[Undated]) -> Iterator[Undated]:
    """Each row that is new, as often as it is."""
    for row, number in now.items():
        nameless = row[0] is None
        if nameless or row not in before:
            yield from [row] * (number - before[row])


def _set_aside(connection: sa.Connection, what: str, reasons: Sequence[str]) -> Counter[Undated]:
    """How often an id was set aside for one of these reasons beside a binding seal."""
    statement = """SELECT transaction_id, reason, count(*) FROM scoring.rejected_transaction AS rejected JOIN scoring.seal USING (seal_id)
        WHERE rejected.what = :what AND reason = ANY(:reasons) AND bound_at IS NOT NULL GROUP BY transaction_id, reason"""
    rows = connection.execute(sa.text(statement), {"what": what, "reasons": list(reasons)})
    return Counter({(key, reason): number for key, reason, number in rows})
