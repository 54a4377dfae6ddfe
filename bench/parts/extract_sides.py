"""The three sides of bench/extract.py, each in a process of its own: ours, pandas in chunks, and what server and encoding cost at least."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from bench.parts.bulk_world import NIGHT, URL_OPTIONS, open_plan
from bench.parts.measure import Stopwatch, save_costs
from pipeline.data import seals
from pipeline.data.extraction import Extractor
from pipeline.data.fetch import snapshot
from pipeline.data.parquet_files import parquet_options
from pipeline.data.sealed_keys import SealedKeys
from pipeline.house import open_house

CHUNK = 100_000  # rows that pandas holds at a time
ENDED = 0.5  # seconds until the server has counted the processes that ended
ROWS = f"""SELECT transaction_id, occurred_at, recorded_at, CAST(amount AS double precision) AS amount, customer_id, terminal_id
    FROM transactions WHERE recorded_at >= TIMESTAMPTZ '{NIGHT.start}' AND recorded_at < TIMESTAMPTZ '{NIGHT.end}'"""


def ours(stopwatch: Stopwatch, folder: Path) -> None:
    """From the source to a seal, as the step does it."""
    with open_house() as house:
        plan = open_plan(house.warehouse, NIGHT)
        assert house.source.shape.entities  # reflected before the clock starts
        with stopwatch.stage("ours"):
            with house.warehouse.begin_long() as connection, snapshot(house.source.database) as fetch:
                seals.lock(connection)
                owned = SealedKeys(house.lake, [])
                seal = Extractor(connection, fetch, house.source, house.lake, plan.run_id, owned, house.room).seal_transactions(NIGHT)
            time.sleep(ENDED)
        (folder / "sealed").write_text(f"{house.lake.root}/{seal.path}")


def pandas(stopwatch: Stopwatch, folder: Path) -> None:
    """`pandas.read_sql` in chunks from a streamed cursor, each chunk written to one Parquet file."""
    engine = sa.create_engine(_url(), connect_args=URL_OPTIONS)
    with stopwatch.stage("pandas"):
        with engine.connect().execution_options(stream_results=True) as connection:
            chunks = (pa.Table.from_pandas(chunk) for chunk in pd.read_sql(sa.text(ROWS), connection, chunksize=CHUNK))
            first = next(chunks)
            with pq.ParquetWriter(folder / "pandas.parquet", first.schema) as file:
                file.write_table(first)
                for chunk in chunks:
                    file.write_table(chunk)
        engine.dispose()
        time.sleep(ENDED)


def floor(stopwatch: Stopwatch, folder: Path) -> None:
    """The server copies the answer nowhere, in binary; then the sealed rows, in memory already, are encoded as they were."""
    engine = sa.create_engine(_url(), isolation_level="AUTOCOMMIT", connect_args=URL_OPTIONS)
    path = (folder / "sealed").read_text()
    rows = pq.read_table(path, use_threads=False)
    with stopwatch.stage("floor"):
        with engine.connect() as connection:
            connection.exec_driver_sql(f"COPY ({ROWS}) TO '/dev/null' (FORMAT binary)", execution_options={"no_parameters": True})
        pq.write_table(rows, folder / "floor.parquet", **parquet_options(rows.schema))
        engine.dispose()
        time.sleep(ENDED)


def _url() -> str:
    with open_house() as house:
        return house.source.database.url.render_as_string(hide_password=False)


SIDES: dict[str, Callable[[Stopwatch, Path], None]] = {side.__name__: side for side in (ours, pandas, floor)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    for name in ("folder", "server-data", "costs"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    asked = parser.parse_args()
    pa.set_cpu_count(1)
    stopwatch = Stopwatch(asked.server_data)
    SIDES[asked.side](stopwatch, asked.folder)
    save_costs(stopwatch.costs, asked.costs)


if __name__ == "__main__":
    main()
