"""What a cold night cannot do without: rows leave the server, are encoded and passed over once, and the scores enter the server.

Nothing is sent, decided or kept: the server copies to nowhere, and from a file of its own; the rows that are encoded lie in memory. The
model is left out too, so that the floor of scoring is one pass over the features.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import sqlalchemy as sa

from bench.parts.measure import Stopwatch, save_costs, start_cost
from pipeline.core.night import Night

HISTORY_DAYS = 37
LEAVING = """COPY (SELECT transaction_id, occurred_at, recorded_at, amount, customer_id, terminal_id FROM transactions
    WHERE recorded_at >= '{0}' AND recorded_at < '{1}') TO '/dev/null' (FORMAT binary)"""
BARE = "CREATE TABLE bare (night date, run_id bigint, transaction_id bigint, occurred_at timestamptz, score float8, alert_rank int)"
SCORES = """COPY (SELECT '{0}'::date, 1::bigint, transaction_id, occurred_at, 0.5::float8, NULL::int FROM transactions
    WHERE recorded_at >= '{1}' AND recorded_at < '{2}') TO '{3}' (FORMAT binary)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("night", "server-data", "costs", "features", "source", "rows"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    night, data = Night.parse(asked.night), Path(asked.server_data)
    engine, scores = sa.create_engine(asked.source), data / "scores.binary"
    nights, features = a_file_each(Path(asked.rows)), pq.read_table(asked.features)
    execute(engine, "DROP TABLE IF EXISTS bare", BARE, SCORES.format(night, night.start, night.end, scores))
    stopwatch = Stopwatch(data)
    start_cost(stopwatch)
    with stopwatch.stage("extract"):
        execute(engine, LEAVING.format(night.back(HISTORY_DAYS).start, night.end))
        encode(nights)
    with stopwatch.stage("build_features"):
        pass_over(nights)
        encode([features])
    with stopwatch.stage("score"):
        pass_over([features])
    with stopwatch.stage("publish"):
        execute(engine, f"COPY bare FROM '{scores}' (FORMAT binary)")
    save_costs(stopwatch.costs, Path(asked.costs))
    execute(engine, "DROP TABLE bare")


def a_file_each(path: Path) -> list[pa.Table]:
    """All rows as the lake keeps them, amounts as integers, cut into as many parts as there are nights."""
    rows = pq.read_table(path)
    place = rows.schema.get_field_index("amount")
    rows = rows.set_column(place, "amount_cents", pc.cast(pc.multiply(rows["amount"], 100), pa.int64())).combine_chunks()
    size = -(-rows.num_rows // (HISTORY_DAYS + 1))
    return [rows.slice(start, size) for start in range(0, rows.num_rows, size)]


def encode(tables: Iterable[pa.Table]) -> None:
    """As Parquet, into memory, with what is measured to be quickest."""
    for table in tables:
        options = {"compression": "zstd", "compression_level": 1, "use_dictionary": False, "use_byte_stream_split": True}
        pq.write_table(table, pa.BufferOutputStream(), row_group_size=131_072, **options)


def pass_over(tables: Iterable[pa.Table]) -> None:
    """Every value read once."""
    for column in (column for table in tables for column in table.columns):
        values = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        np.sum(values.to_numpy())


def execute(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


if __name__ == "__main__":
    main()
