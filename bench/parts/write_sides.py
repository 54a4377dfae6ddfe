"""The sides of bench/write.py, each in a process of its own: ours, `to_sql`, and the server reading a file of its own."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.parts.bulk_world import NIGHT, open_plan
from bench.parts.measure import Stopwatch, save_costs
from bench.parts.publication_world import scores
from pipeline.data import predictions
from pipeline.data.predictions import Origin
from pipeline.house import House, open_house

MODEL = "m"
CHUNK = 10_000  # rows that to_sql sends at a time
ENDED = 0.5  # seconds until the server has counted the processes that ended
MODEL_ROW = """INSERT INTO scoring.model_version SELECT 'm', '2025-01-01', 'v', 'l', 'p', repeat('0', 64), repeat('0', 64), '{}'
    ON CONFLICT DO NOTHING"""
COLUMNS = "night, run_id, transaction_id, occurred_at, score, alert_rank"
BARE = "CREATE TABLE bare (LIKE scoring.prediction INCLUDING CONSTRAINTS)"
KEY = "CREATE UNIQUE INDEX ON bare (transaction_id)"


def ours(stopwatch: Stopwatch, house: House, rows: int, folder: Path) -> None:
    """A run's own partition: checked, keyed, attached; the files of the other side are written from it afterwards."""
    told = scores(NIGHT, rows)
    plan = open_plan(house.warehouse, NIGHT)
    _run(house, MODEL_ROW)
    with stopwatch.stage("ours"):
        predictions.stage(house.warehouse, plan, Origin(MODEL, None), told)
        house.warehouse.engine.dispose()
        time.sleep(ENDED)
    for form in ("text", "binary"):
        select = f"SELECT {COLUMNS} FROM scoring.prediction WHERE night = '{NIGHT}' AND run_id = {plan.run_id}"
        _run(house, f"COPY ({select}) TO '{folder / f'rows.{form}'}' (FORMAT {form})")


def to_sql(stopwatch: Stopwatch, house: House, rows: int, folder: Path) -> None:
    """The same rows as a frame, sent by pandas into a table with the same checks; then the key."""
    frame = scores(NIGHT, rows).to_pandas()
    frame.insert(0, "run_id", np.int64(1))
    frame.insert(0, "night", NIGHT.day)
    frame["alert_rank"] = frame["alert_rank"].astype("Int32")
    _run(house, "DROP TABLE IF EXISTS bare", BARE)
    with stopwatch.stage("to_sql"):
        with house.warehouse.begin() as connection:
            frame.to_sql("bare", connection, if_exists="append", index=False, chunksize=CHUNK)
        _run(house, KEY)
        house.warehouse.engine.dispose()
        time.sleep(ENDED)


def copy_text(stopwatch: Stopwatch, house: House, rows: int, folder: Path) -> None:
    _copy(stopwatch, house, "text", folder)


def copy_binary(stopwatch: Stopwatch, house: House, rows: int, folder: Path) -> None:
    _copy(stopwatch, house, "binary", folder)


def _copy(stopwatch: Stopwatch, house: House, form: str, folder: Path) -> None:
    """The server reads the rows from a file of its own into a table with the same checks; then the key."""
    _run(house, "DROP TABLE IF EXISTS bare", BARE)
    with stopwatch.stage(f"copy_{form}"):
        _run(house, f"COPY bare ({COLUMNS}) FROM '{folder / f'rows.{form}'}' (FORMAT {form})", KEY)
        house.warehouse.engine.dispose()
        time.sleep(ENDED)


def _run(house: House, *statements: str) -> None:
    with house.warehouse.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


SIDES: dict[str, Callable[[Stopwatch, House, int, Path], None]] = {side.__name__: side for side in (ours, to_sql, copy_text, copy_binary)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("--rows", required=True, type=int)
    for name in ("folder", "server-data", "costs"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    asked = parser.parse_args()
    pa.set_cpu_count(1)
    stopwatch = Stopwatch(asked.server_data)
    with open_house() as house:
        SIDES[asked.side](stopwatch, house, asked.rows, asked.server_data)  # a folder in which the server may write
    save_costs(stopwatch.costs, asked.costs)


if __name__ == "__main__":
    main()
