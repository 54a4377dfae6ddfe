"""The night as a plain script does it today: pandas, SQLAlchemy, scikit-learn, `to_sql`; the yardstick of bench/night.py.

Rows are streamed, windows computed by `groupby.rolling`, the table written in chunks.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import sqlalchemy as sa

from bench.parts.measure import Stopwatch, save_costs, start_cost
from bench.parts.plain_model import PlainModel, read_model
from bench.parts.plain_night import ALERTS, DELAY, FEATURES, WINDOWS, Asked, asked, require_sound

TRANSACTIONS = sa.text(
    """SELECT transaction_id, occurred_at, recorded_at, customer_id, terminal_id, CAST(amount AS double precision) AS amount
    FROM transactions WHERE recorded_at >= :first AND recorded_at < :end"""
)
FRAUDS = sa.text("SELECT DISTINCT transaction_id FROM labels WHERE is_fraud AND known_at < :end")


def extract(night: Asked) -> pd.DataFrame:
    """The night and 37 days before it, each row marked as known fraud or not."""
    engine = sa.create_engine(night.source)
    with engine.connect().execution_options(stream_results=True) as connection:
        parts = list(pd.read_sql(TRANSACTIONS, connection, params={"first": night.first, "end": night.end}, chunksize=100_000))
        frauds = pd.read_sql(FRAUDS, connection, params={"end": night.end})
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


def score(features: pd.DataFrame, model: PlainModel) -> pd.DataFrame:
    """Scores with the alerts marked by rank."""
    scores = features[["transaction_id", "occurred_at"]].copy()
    scores["score"] = model.score(features[FEATURES].to_numpy())
    order = scores["score"].rank(method="first", ascending=False)
    scores["alert_rank"] = order.where(order <= ALERTS).astype("Int32")
    return scores


def judge(features: pd.DataFrame, scores: pd.DataFrame) -> None:
    unknown = int(features[FEATURES].isna().any(axis=1).sum())
    require_sound(len(scores), scores["transaction_id"].nunique(), unknown, int((~scores["score"].between(0, 1)).sum()))


def publish(night: Asked, scores: pd.DataFrame) -> None:
    """Replace the night in the table of predictions."""
    with sa.create_engine(night.target).begin() as connection:
        if sa.inspect(connection).has_table("prediction"):
            connection.execute(sa.text("DELETE FROM prediction WHERE night = :night"), {"night": night.night})
        scores.assign(night=night.night).to_sql("prediction", connection, if_exists="append", index=False, chunksize=10_000)


def main() -> None:
    night = asked()
    stopwatch = Stopwatch(night.server_data)
    start_cost(stopwatch)
    with stopwatch.stage("extract"):
        rows = extract(night)
    with stopwatch.stage("build_features"):
        features = build_features(rows, night.start)
    with stopwatch.stage("score"):
        scores = score(features, read_model(night.model))
    with stopwatch.stage("judge"):
        judge(features, scores)
    with stopwatch.stage("publish"):
        publish(night, scores)
    save_costs(stopwatch.costs, night.costs)
    features[["transaction_id", *FEATURES]].to_parquet(night.features)


if __name__ == "__main__":
    main()
