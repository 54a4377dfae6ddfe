"""The night in DuckDB alone: its PostgreSQL extension reads and writes, `RANGE` windows over integers, one thread.

The order key is the second and, within it, the transaction: unique, so that a window ends with the row itself as the view's does, and
integer, which is 2.8 times as fast as intervals. `night_world` gives seconds as instants and up to ten million ids a day.
"""

from __future__ import annotations

import duckdb  # type: ignore[import-not-found, unused-ignore]  # of bench/requirements.txt
import numpy as np

from bench.parts.measure import Stopwatch, save_costs, start_cost
from bench.parts.packages import postgres_extension
from bench.parts.plain_model import PlainModel, read_model
from bench.parts.plain_night import ALERTS, DELAY, FEATURES, WINDOWS, Asked, asked, require_sound

SECOND = 2**25  # more than two ids of a day can be apart, twice
SLACK = SECOND // 2
DAY = 86_400 * SECOND
KEY = f"epoch(occurred_at)::BIGINT * {SECOND} + transaction_id % 10_000_000"
CALENDAR = """((epoch(occurred_at)::BIGINT // 86400 + 3) % 7 >= 5)::INT AS is_weekend,
    ((epoch(occurred_at)::BIGINT % 86400) // 3600 <= 6)::INT AS is_night"""  # 1970 began on a Thursday


def extract(connection: duckdb.DuckDBPyConnection, night: Asked) -> None:
    connection.execute(f"ATTACH '{_plain(night.source)}' AS source (TYPE postgres, READ_ONLY)")
    connection.execute(
        f"""CREATE TABLE known_fraud AS SELECT * FROM postgres_query('source',
        $$SELECT DISTINCT transaction_id FROM labels WHERE is_fraud AND known_at < '{night.end}'$$)"""
    )
    connection.execute(
        f"""CREATE TABLE rows AS SELECT *, {KEY} AS moment, transaction_id IN (FROM known_fraud) AS is_fraud
        FROM postgres_query('source', $$SELECT transaction_id, occurred_at, recorded_at, customer_id, terminal_id,
            CAST(amount AS double precision) AS amount
        FROM transactions WHERE recorded_at >= '{night.first}' AND recorded_at < '{night.end}'$$)"""
    )


def build_features(connection: duckdb.DuckDBPyConnection, night: Asked) -> None:
    customer = [
        f"count(*) OVER c{days} AS customer_count_{days}d, avg(amount) OVER c{days} AS customer_amount_mean_{days}d" for days in WINDOWS
    ]
    terminal = [
        f"""count(*) OVER t{days} AS terminal_count_{days}d_delay_{DELAY}d,
        coalesce(avg(is_fraud::INT) OVER t{days}, 0) AS terminal_fraud_rate_{days}d_delay_{DELAY}d"""
        for days in WINDOWS
    ]
    windows = [
        *(
            f"c{days} AS (PARTITION BY customer_id ORDER BY moment RANGE BETWEEN {_reach(days)} PRECEDING AND CURRENT ROW)"
            for days in WINDOWS
        ),
        *(
            f"""t{days} AS (PARTITION BY terminal_id ORDER BY moment
            RANGE BETWEEN {_reach(days + DELAY)} PRECEDING AND {_reach(DELAY)} PRECEDING)"""
            for days in WINDOWS
        ),
    ]
    connection.execute(
        f"""CREATE TABLE features AS SELECT transaction_id, occurred_at, {", ".join(FEATURES)}
        FROM (SELECT *, {CALENDAR}, {", ".join([*customer, *terminal])} FROM rows WINDOW {", ".join(windows)})
        WHERE recorded_at >= '{night.start}'"""
    )


def score(connection: duckdb.DuckDBPyConnection, model: PlainModel) -> None:
    columns = connection.execute(f"SELECT transaction_id, occurred_at, {', '.join(FEATURES)} FROM features").fetchnumpy()
    scored = {
        "transaction_id": columns["transaction_id"],
        "score": model.score(np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in FEATURES])),
    }
    connection.register("scored", scored)
    connection.execute(
        f"""CREATE TABLE scores AS SELECT transaction_id, occurred_at, score, CASE WHEN place <= {ALERTS} THEN place::INT END AS alert_rank
        FROM (SELECT *, row_number() OVER (ORDER BY score DESC) AS place FROM scored JOIN features USING (transaction_id))"""
    )


def judge(connection: duckdb.DuckDBPyConnection) -> None:
    known = " AND ".join(f"{name} IS NOT NULL" for name in FEATURES)
    unknown = connection.execute(f"SELECT count(*) FILTER (WHERE NOT ({known})) FROM features").fetchone()[0]
    checked = "SELECT count(*), count(DISTINCT transaction_id), count(*) FILTER (WHERE NOT score BETWEEN 0 AND 1) FROM scores"
    rows, different, outside = connection.execute(checked).fetchone()
    require_sound(rows, different, unknown, outside)


def publish(connection: duckdb.DuckDBPyConnection, night: Asked) -> None:
    """Replace the night in the table of predictions; the extension sends rows by binary `COPY`."""
    connection.execute(f"ATTACH '{_plain(night.target)}' AS target (TYPE postgres)")
    connection.execute(
        """CREATE TABLE IF NOT EXISTS target.public.prediction
        (transaction_id BIGINT, occurred_at TIMESTAMPTZ, score DOUBLE, alert_rank INT, night DATE)"""
    )
    connection.execute("BEGIN")
    connection.execute(f"DELETE FROM target.public.prediction WHERE night = '{night.night}'")
    connection.execute(f"INSERT INTO target.public.prediction SELECT *, DATE '{night.night}' FROM scores")
    connection.execute("COMMIT")


def _plain(url: str) -> str:
    """The address as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def _reach(days: int) -> int:
    """So far before a row's key a window begins: what occurred exactly `days` before is left out, whatever its id."""
    return days * DAY - SLACK


def main() -> None:
    night = asked()
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"LOAD '{postgres_extension()}'")
    stopwatch = Stopwatch(night.server_data)
    start_cost(stopwatch)
    with stopwatch.stage("extract"):
        extract(connection, night)
    with stopwatch.stage("build_features"):
        build_features(connection, night)
    with stopwatch.stage("score"):
        score(connection, read_model(night.model))
    with stopwatch.stage("judge"):
        judge(connection)
    with stopwatch.stage("publish"):
        publish(connection, night)
    save_costs(stopwatch.costs, night.costs)
    connection.execute(f"COPY (SELECT transaction_id, {', '.join(FEATURES)} FROM features) TO '{night.features}' (FORMAT parquet)")


if __name__ == "__main__":
    main()
