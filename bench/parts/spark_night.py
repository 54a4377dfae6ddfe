"""The night in PySpark, `local[2]`: JDBC reads and writes, window functions over integers, the model over Arrow batches.

Spark works when a result is asked for, so the night is one stage; starting the JVM counts as starting. The order key is that of
`duckdb_night`, for the same reasons. Scores are kept in memory for the checks and the write.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from pyspark import StorageLevel  # type: ignore[import-not-found, unused-ignore]  # of bench/requirements.txt
from pyspark.sql import DataFrame, SparkSession, Window  # type: ignore[import-not-found, unused-ignore]
from pyspark.sql import functions as f  # type: ignore[import-not-found, unused-ignore]

from bench.parts.measure import Stopwatch, save_costs, start_cost
from bench.parts.packages import POSTGRES_JAR
from bench.parts.plain_model import PlainModel, read_model
from bench.parts.plain_night import ALERTS, DELAY, FEATURES, WINDOWS, Asked, asked, require_sound

SECOND = 2**25
SLACK = SECOND // 2
DAY = 86_400 * SECOND
PARTS = 8  # of a shuffle, and of a read; two at a time
SCORED = f"transaction_id long, occurred_at timestamp, {', '.join(f'{name} double' for name in FEATURES)}, score double"


def session() -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.jars": str(POSTGRES_JAR),
        "spark.driver.memory": "6g",
        "spark.sql.shuffle.partitions": str(PARTS),
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("night")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def extract(spark: SparkSession, night: Asked) -> DataFrame:
    """The night and 37 days before it, each row marked as known fraud or not, read in eight parts by time of arrival."""
    url, properties = _address(night.source)
    frauds = f"(SELECT DISTINCT transaction_id AS known FROM labels WHERE is_fraud AND known_at < '{night.end}') AS frauds"
    transactions = f"""(SELECT transaction_id, occurred_at, recorded_at, customer_id, terminal_id,
        CAST(amount AS double precision) AS amount, EXTRACT(EPOCH FROM occurred_at)::bigint AS second
        FROM transactions WHERE recorded_at >= '{night.first}' AND recorded_at < '{night.end}') AS rows"""
    bounds = [night.first + (night.end - night.first) * place / PARTS for place in range(PARTS + 1)]
    parts = [f"recorded_at >= '{low}' AND recorded_at < '{high}'" for low, high in pairwise(bounds)]
    rows = spark.read.jdbc(url, transactions, predicates=parts, properties=properties)
    known = f.broadcast(spark.read.jdbc(url, frauds, properties=properties))
    marked = rows.join(known, rows.transaction_id == known.known, "left").withColumn("is_fraud", f.col("known").isNotNull().cast("int"))
    return marked.withColumn("moment", f.col("second") * SECOND + f.col("transaction_id") % 10_000_000)


def build_features(rows: DataFrame, night: Asked) -> DataFrame:
    customer, terminal = (Window.partitionBy(name).orderBy("moment") for name in ("customer_id", "terminal_id"))
    for days in WINDOWS:
        window = customer.rangeBetween(-_reach(days), Window.currentRow)
        rows = rows.withColumn(f"customer_count_{days}d", f.count("*").over(window))
        rows = rows.withColumn(f"customer_amount_mean_{days}d", f.avg("amount").over(window))
    for days in WINDOWS:
        window = terminal.rangeBetween(-_reach(days + DELAY), -_reach(DELAY))
        rows = rows.withColumn(f"terminal_count_{days}d_delay_{DELAY}d", f.count("*").over(window))
        rate = f.coalesce(f.avg("is_fraud").over(window), f.lit(0.0))
        rows = rows.withColumn(f"terminal_fraud_rate_{days}d_delay_{DELAY}d", rate)
    rows = rows.withColumn("is_weekend", ((f.floor(f.col("second") / 86_400) + 3) % 7 >= 5).cast("int"))
    rows = rows.withColumn("is_night", (f.floor((f.col("second") % 86_400) / 3600) <= 6).cast("int"))
    features = (f.col(name).cast("double").alias(name) for name in FEATURES)
    return rows.filter(f.col("recorded_at") >= f.lit(night.start)).select("transaction_id", "occurred_at", *features)


def score(features: DataFrame, model: PlainModel) -> DataFrame:
    def scored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            matrix = np.column_stack([batch.column(name).to_numpy() for name in FEATURES])
            yield pa.RecordBatch.from_arrays([*batch.columns, pa.array(model.score(matrix))], names=[*batch.schema.names, "score"])

    return features.mapInArrow(scored, SCORED).persist(StorageLevel.MEMORY_AND_DISK)


def judge(scores: DataFrame) -> None:
    lacks = f.greatest(*(f.col(name).isNull().cast("int") for name in FEATURES))
    outside = f.sum((~f.col("score").between(0, 1)).cast("int"))
    require_sound(*scores.agg(f.count("*"), f.countDistinct("transaction_id"), f.sum(lacks), outside).first())


def publish(scores: DataFrame, night: Asked) -> None:
    """Replace the night in the table of predictions: the best are ranked here, the rest has no rank."""
    url, properties = _address(night.target)
    with sa.create_engine(night.target).begin() as connection:
        if sa.inspect(connection).has_table("prediction"):
            connection.execute(sa.text("DELETE FROM prediction WHERE night = :night"), {"night": night.night})
    best = scores.orderBy(f.desc("score")).limit(ALERTS).select("transaction_id")
    ranks = best.withColumn("alert_rank", f.row_number().over(Window.orderBy(f.lit(1))))
    told = scores.join(f.broadcast(ranks), "transaction_id", "left").withColumn("night", f.lit(night.night))
    told = told.select("transaction_id", "occurred_at", "score", "alert_rank", "night")
    told.write.jdbc(url, "prediction", mode="append", properties={**properties, "batchsize": "10000", "reWriteBatchedInserts": "true"})


def _address(url: str) -> tuple[str, dict[str, str]]:
    """As JDBC reads it."""
    parts = sa.make_url(url)
    login = {"user": str(parts.username), "password": str(parts.password)}
    return f"jdbc:postgresql://{parts.host}:{parts.port}/{parts.database}", {
        **login,
        "driver": "org.postgresql.Driver",
        "fetchsize": "10000",
    }


def _reach(days: int) -> int:
    return days * DAY - SLACK


def main() -> None:
    night = asked()
    spark = session()
    stopwatch = Stopwatch(night.server_data)
    start_cost(stopwatch)
    with stopwatch.stage("night"):
        scores = score(build_features(extract(spark, night), night), read_model(night.model))
        judge(scores)
        publish(scores, night)
    save_costs(stopwatch.costs, night.costs)
    scores.select("transaction_id", *FEATURES).coalesce(1).write.parquet(f"file://{night.features}")
    spark.stop()


if __name__ == "__main__":
    main()
