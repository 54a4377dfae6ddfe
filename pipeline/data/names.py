"""Names and shapes that the floors above may know: columns of the lake, and the parameters of a night.

Lake tables (Arrow; instants are `timestamp[us, tz=UTC]`; a key is `int64` or `string`, as in the source):

    transactions   transaction_id key, occurred_at, recorded_at, amount_cents int64 (minor units), one column per entity (key)
    labels         transaction_id key, is_fraud bool, known_at
    features       transaction_id key, occurred_at, amount_cents int64, then one float64 column per feature of the view
    totals         a column of keys for each kind of entity (null in rows of the others), then int64: count_, cents_ and frauds_ of each age
                   in seconds
    remembered     transaction_id key, occurred_at, amount_cents, one column per entity that the view reads, told date32, known_at, is_fraud
    reservoir      transaction_id key, night date32 (in which it arrived), entered date32 (the night from whose end on models may learn
                   from the row), is_fraud bool, then the columns of features but the id
    scores         transaction_id key, occurred_at, score float64, alert_rank int32 (1 = first alert; null = no alert)
    reasons        transaction_id key, place int32 (1 = what pushed the alert up most), feature string, contribution float64 (in log-odds),
                   value float64 (of the feature; null = unknown)
"""

from __future__ import annotations

import pyarrow as pa

TRANSACTION_ID = "transaction_id"
OCCURRED_AT = "occurred_at"
RECORDED_AT = "recorded_at"
KNOWN_AT = "known_at"
AMOUNT_CENTS = "amount_cents"
NIGHT = "night"
ENTERED = "entered"
IS_FRAUD = "is_fraud"
SCORE = "score"
ALERT_RANK = "alert_rank"

INSTANT = pa.timestamp("us", tz="UTC")

TRANSACTIONS = "transactions"
LABELS = "labels"
FEATURES = "features"
CORRECTED = "features_corrected"  # a folder of their own: whoever reads a night of features finds those of the night alone
RESERVOIR = "reservoir"
TOTALS = "totals"  # a cache: a night that cannot use them is computed from its whole history, to the same bits
REMEMBERED = "remembered"


def transactions_schema(key: pa.DataType, entities: dict[str, pa.DataType]) -> pa.Schema:
    """Columns of a sealed night of transactions, in order."""
    return pa.schema(
        [
            pa.field(TRANSACTION_ID, key, nullable=False),
            pa.field(OCCURRED_AT, INSTANT, nullable=False),
            pa.field(RECORDED_AT, INSTANT, nullable=False),
            pa.field(AMOUNT_CENTS, pa.int64(), nullable=False),
            *(pa.field(name, entity) for name, entity in entities.items()),
        ]
    )


def labels_schema(key: pa.DataType) -> pa.Schema:
    """Columns of a sealed night of labels, in order."""
    return pa.schema(
        [
            pa.field(TRANSACTION_ID, key, nullable=False),
            pa.field(IS_FRAUD, pa.bool_(), nullable=False),
            pa.field(KNOWN_AT, INSTANT, nullable=False),
        ]
    )


def reservoir_schema(features: pa.Schema) -> pa.Schema:
    """Columns of a night's partition of the reservoir, in order, over features of this schema."""
    own = [features.field(TRANSACTION_ID), *(pa.field(name, pa.date32(), nullable=False) for name in (NIGHT, ENTERED))]
    others = [field for field in features if field.name != TRANSACTION_ID]
    return pa.schema([*own, pa.field(IS_FRAUD, pa.bool_(), nullable=False), *others])


def scores_schema(key: pa.DataType) -> pa.Schema:
    """Columns of a staged run, in order."""
    return pa.schema(
        [
            pa.field(TRANSACTION_ID, key, nullable=False),
            pa.field(OCCURRED_AT, INSTANT, nullable=False),
            pa.field(SCORE, pa.float64(), nullable=False),
            pa.field(ALERT_RANK, pa.int32()),
        ]
    )


def reasons_schema(key: pa.DataType) -> pa.Schema:
    """Columns of the reasons of a staged run's alerts, in order."""
    return pa.schema(
        [
            pa.field(TRANSACTION_ID, key, nullable=False),
            pa.field("place", pa.int32(), nullable=False),
            pa.field("feature", pa.string(), nullable=False),
            pa.field("contribution", pa.float64(), nullable=False),
            pa.field("value", pa.float64()),
        ]
    )
