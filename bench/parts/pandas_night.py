"""The night as a plain script does it today: pandas, SQLAlchemy, scikit-learn, `to_sql`; the yardstick of bench/night.py.

It is written for speed within these means: columns cast in SQL, rows streamed, keys as integers, windows by `groupby.rolling`,
the table written in chunks. Only the night and the history that the windows reach are read. Where no label comes later than the
week that terminal windows leave out, and no row arrives late, its features are by definition those of the default view.
"""

from __future__ import annotations

import argparse
import datetime as dt
import pickle
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from bench.parts.measure import Stopwatch, save_costs, start_cost

WINDOWS = (1, 7, 30)
DELAY = 7
ALERTS = 100
FEATURES = [
    "amount",
    "is_weekend",
    "is_night",
    *(f"customer_count_{days}d" for days in WINDOWS),
    *(f"customer_amount_mean_{days}d" for days in WINDOWS),
    *(f"terminal_count_{days}d_delay_{DELAY}d" for days in WINDOWS),
    *(f"terminal_fraud_rate_{days}d_delay_{DELAY}d" for days in WINDOWS),
]
TRANSACTIONS = sa.text(
    """SELECT transaction_id, occurred_at, recorded_at, customer_id, terminal_id, CAST(amount AS double precision) AS amount
    FROM transactions WHERE recorded_at >= :first AND recorded_at < :end"""
)
FRAUDS = sa.text("SELECT DISTINCT transaction_id FROM labels WHERE is_fraud AND known_at < :end")


def extract(engine: sa.Engine, end: dt.datetime) -> pd.DataFrame:
    """The night and 37 days before it, each row marked as known fraud or not."""
    first = end - dt.timedelta(days=max(WINDOWS) + DELAY + 2)
    with engine.connect().execution_options(stream_results=True) as connection:
        parts = list(pd.read_sql(TRANSACTIONS, connection, params={"first": first, "end": end}, chunksize=100_000))
        frauds = pd.read_sql(FRAUDS, connection, params={"end": end})
    rows = pd.concat(parts, ignore_index=True)
    rows["is_fraud"] = rows["transaction_id"].isin(frauds["transaction_id"]).astype("int8")
    return rows


def build_features(rows: pd.DataFrame, start: dt.datetime) -> pd.DataFrame:
    """The fifteen features of the night's rows."""
    rows = rows.sort_values(["occurred_at", "transaction_id"], ignore_index=True)
    rows["is_weekend"] = (rows["occurred_at"].dt.dayofweek >= 5).astype("int8")
    rows["is_night"] = (rows["occurred_at"].dt.hour <= 6).astype("int8")
    rows = add_customer_windows(rows)
    rows = add_terminal_windows(rows)
    return rows[rows["recorded_at"] >= start]


def add_customer_windows(rows: pd.DataFrame) -> pd.DataFrame:
    """Count and mean amount of the customer's transactions up to each of them."""
    rows = rows.sort_values("customer_id", kind="stable", ignore_index=True)
    grouped = rows.groupby("customer_id", sort=False)
    for days in WINDOWS:
        window = grouped.rolling(f"{days}D", on="occurred_at")["amount"]
        rows[f"customer_count_{days}d"] = window.count().to_numpy()
        rows[f"customer_amount_mean_{days}d"] = window.mean().to_numpy()
    return rows


def add_terminal_windows(rows: pd.DataFrame) -> pd.DataFrame:
    """Count and share of known frauds at the terminal, a week before each transaction: the longer window less the delay."""
    rows = rows.sort_values(["terminal_id", "occurred_at", "transaction_id"], ignore_index=True)
    grouped = rows.groupby("terminal_id", sort=False)

    def counted(days: int) -> tuple[pd.Series, pd.Series]:
        window = grouped.rolling(f"{days}D", on="occurred_at")["is_fraud"]
        return pd.Series(window.count().to_numpy()), pd.Series(window.sum().to_numpy())

    recent, recent_frauds = counted(DELAY)
    for days in WINDOWS:
        reached, reached_frauds = counted(days + DELAY)
        count = reached - recent
        rows[f"terminal_count_{days}d_delay_{DELAY}d"] = count
        rows[f"terminal_fraud_rate_{days}d_delay_{DELAY}d"] = ((reached_frauds - recent_frauds) / count).fillna(0)
    return rows


def score(features: pd.DataFrame, model_file: Path) -> pd.DataFrame:
    """Scores with the alerts marked by rank."""
    model = pickle.loads(model_file.read_bytes())
    scores = features[["transaction_id", "occurred_at"]].copy()
    scores["score"] = model.predict_proba(features[FEATURES].to_numpy())[:, 1]
    order = scores["score"].rank(method="first", ascending=False)
    scores["alert_rank"] = order.where(order <= ALERTS).astype("Int32")
    return scores


def judge(features: pd.DataFrame, scores: pd.DataFrame) -> None:
    """The checks that such scripts have."""
    if not len(scores) or not scores["transaction_id"].is_unique:
        raise SystemExit("no rows, or some twice")
    if features[FEATURES].isna().to_numpy().any() or not scores["score"].between(0, 1).all():
        raise SystemExit("a feature is missing, or a score is no probability")


def publish(engine: sa.Engine, scores: pd.DataFrame, night: dt.date) -> None:
    """Replace the night in the table of predictions."""
    with engine.begin() as connection:
        if sa.inspect(connection).has_table("prediction"):
            connection.execute(sa.text("DELETE FROM prediction WHERE night = :night"), {"night": night})
        scores.assign(night=night).to_sql("prediction", connection, if_exists="append", index=False, chunksize=10_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "target", "night", "model", "server-data", "costs", "features"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    stopwatch = Stopwatch(Path(asked.server_data))
    start_cost(stopwatch)
    night = dt.date.fromisoformat(asked.night)
    start = dt.datetime.combine(night, dt.time(), dt.UTC)
    with stopwatch.stage("extract"):
        rows = extract(sa.create_engine(asked.source), start + dt.timedelta(days=1))
    with stopwatch.stage("build_features"):
        features = build_features(rows, start)
    with stopwatch.stage("score"):
        scores = score(features, Path(asked.model))
    with stopwatch.stage("judge"):
        judge(features, scores)
    with stopwatch.stage("publish"):
        publish(sa.create_engine(asked.target), scores, night)
    save_costs(stopwatch.costs, Path(asked.costs))
    features[["transaction_id", *FEATURES]].to_parquet(asked.features)


if __name__ == "__main__":
    main()
