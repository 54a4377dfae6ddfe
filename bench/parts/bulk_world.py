"""What bench/extract.py and bench/write.py work in: a server, a source of one big night in no order of its keys, and our warehouse."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from bench.parts.measure import FIGURE_COLUMNS, ONE_THREAD, Cost, Figure, read_costs, save_figures, say, show, told
from pipeline.core.night import Night
from pipeline.core.plan import Asked, Known, Plan, Request, resolve
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import runs, server
from pipeline.data.database import Database
from pipeline.data.migrations import migrate

NIGHT = Night(dt.date(2026, 3, 1))
URL_OPTIONS = {"options": "-c TimeZone=UTC -c max_parallel_workers_per_gather=0"}
# 104,729 is prime and divides no number of rows that we ask for: every key once, each far from the one before
SOURCE = """CREATE TABLE transactions AS
    SELECT (n * 104729) % :rows AS transaction_id,
        arrived - interval '20 seconds' AS occurred_at,
        arrived AS recorded_at,
        n * 31 % 50000 AS customer_id,
        n * 17 % 10000 AS terminal_id,
        ((n * 7919 % 100000) / 100.0)::numeric(18, 2) AS amount
    FROM generate_series(0::bigint, :rows - 1) AS n,
        LATERAL (SELECT timestamptz '2026-03-01 00:00+00' + n * interval '24 hours' / :rows AS arrived) AS at"""
LABELS = "CREATE TABLE labels (transaction_id bigint, is_fraud boolean, known_at timestamptz)"
SETTINGS = """warehouse_url = "{url}"
home = "."
[source.transactions]
recorded_at = "recorded_at"
entities = {{ customer = "customer_id", terminal = "terminal_id" }}
"""


@dataclass(frozen=True)
class World:
    """A server whose data lie in `data`; `folder` is where sides leave their files."""

    folder: Path
    data: Path
    database: Database

    def cost(self, module: str, side: str, *more: str) -> Cost:
        """What one side costs in a process of its own."""
        costs = self.folder / "costs.json"
        places = ("--folder", str(self.folder), "--server-data", str(self.data), "--costs", str(costs))
        environment = {**os.environ, **ONE_THREAD, CONFIG_VARIABLE: str(self.folder / "nightshift.toml")}
        command = [sys.executable, "-m", module, side, *places, *more]
        self.rest()
        ended = subprocess.run(command, check=False, env=environment, stderr=subprocess.PIPE, text=True)
        if ended.returncode:
            raise SystemExit(f"{module} {side} ended with {ended.returncode}:\n{ended.stderr[-2_000:]}")
        return read_costs(costs)[side]

    def rest(self) -> None:
        """Let the server write out what earlier sides left it to write."""
        with self.database.idle() as connection:
            connection.exec_driver_sql("CHECKPOINT")


@contextmanager
def world(home: Path, rows: int) -> Iterator[World]:
    """Server, source of so many rows and an empty warehouse."""
    started = server.start(home / "server")
    database = Database(server.create_database(started, "bulk"), "warehouse")
    (home / "nightshift.toml").write_text(SETTINGS.format(url=database.url.render_as_string(hide_password=False)))
    try:
        with database.begin() as connection:
            connection.execute(sa.text(SOURCE), {"rows": rows})
            connection.execute(sa.text(LABELS))
        migrate(database, pa.int64())
        with database.idle() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
        yield World(home, started.data, database)
    finally:
        database.engine.dispose()
        server.stop(home / "server")


def run(about: str | None, rows: int, bench: Callable[[Path, int, int], list[Figure]]) -> None:
    """The command of a bench, which gets a folder, so many rows unless told otherwise, and how often to repeat."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20,000 rows, once")
    parser.add_argument("--rows", type=int, default=rows, help=f"rows of the night ({rows})")
    parser.add_argument("--repeats", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="nightshift-bench-"))
    home.chmod(0o755)  # the server's own account must be able to enter
    try:
        save_figures(bench(home, *((20_000, 1) if asked.quick else (asked.rows, asked.repeats))), asked.json)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def open_plan(warehouse: Database, night: Night) -> Plan:
    """A run of the night."""
    knowledge = resolve(night, Asked(), Known(dt.datetime(2100, 1, 1, tzinfo=dt.UTC)))
    request = Request(night, "as-of", None, knowledge, scheduled=False, requested_by="bench", backtestable=True)
    with warehouse.begin() as connection:
        return runs.plan_of(connection, runs.open_run(connection, request))


def turns(made: World, module: str, sides: Sequence[str], repeats: int, *more: str) -> list[Mapping[str, Cost]]:
    """Every side once a turn, one after the other."""
    costs = []
    for place in range(repeats):
        say(f"turn {place + 1} of {repeats}")
        costs.append({side: made.cost(module, side, *more) for side in sides})
    return costs


HEADER = ("side", "CPU s", "(server)", "wall s", "peak MB")


def print_sides(title: str, costs: Mapping[str, Cost], figures: Sequence[Figure]) -> None:
    """A table of the sides and one of the figures."""
    show(title, HEADER, [_line(side, cost) for side, cost in costs.items()])
    show("ours over theirs, and our peak", FIGURE_COLUMNS, [told(each) for each in figures])


def _line(side: str, cost: Cost) -> tuple[str, ...]:
    return side, f"{cost.cpu:.2f}", f"({cost.server:.2f})", f"{cost.wall:.2f}", f"{cost.peak:,.0f}"
