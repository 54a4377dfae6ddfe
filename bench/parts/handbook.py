"""The published handbook data in the shapes of the lake."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.night import Night
from pipeline.data.names import INSTANT

CHECKOUT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Where the published data sets lie: `$NIGHTSHIFT_DATA`, or `shared/data` beside the checkout; `FileNotFoundError` where not."""
    place = Path(os.environ.get("NIGHTSHIFT_DATA", CHECKOUT / ".." / "shared" / "data")).resolve()
    if not (place / "handbook" / "transactions.parquet").is_file():
        raise FileNotFoundError(f"no published data at {place}: set NIGHTSHIFT_DATA to the folder that holds handbook/ and online_retail/")
    return place


def transactions(published: Path) -> pa.Table:
    """All transactions; arrival is occurrence, customer and terminal are the entities."""
    table = pq.read_table(published / "handbook" / "transactions.parquet")
    return pa.table(
        {
            "transaction_id": table["transaction_id"],
            "occurred_at": table["occurred_at"],
            "recorded_at": table["occurred_at"],
            "amount_cents": pc.round(pc.multiply(table["amount"], 100)).cast(pa.int64()),
            "customer": table["customer_id"].cast(pa.int64()),
            "terminal": table["terminal_id"].cast(pa.int64()),
        }
    )


def labels(published: Path) -> pa.Table:
    """The frauds, known seven days after they happened."""
    return pq.read_table(published / "handbook" / "labels.parquet", columns=["transaction_id", "is_fraud", "known_at"])


def scenarios(published: Path) -> pa.Table:
    """The frauds and which of the book's three patterns each is: 1, 2 or 3."""
    return pq.read_table(published / "handbook" / "labels.parquet", columns=["transaction_id", "scenario"])


def published_features(published: Path) -> pa.Table:
    """The book's own columns (under our names) of the transactions before 2018-07-01."""
    return pq.read_table(published / "handbook" / "features-published.parquet")


def between(table: pa.Table, first: str, last: str) -> pa.Table:
    """What occurred from the beginning of the night `first` to the end of the night `last`."""
    occurred_at = table["occurred_at"]
    begun = pc.greater_equal(occurred_at, pa.scalar(Night.parse(first).start, INSTANT))
    return table.filter(pc.and_(begun, pc.less(occurred_at, pa.scalar(Night.parse(last).end, INSTANT))))
