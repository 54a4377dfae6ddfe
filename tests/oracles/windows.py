"""The feature kernel's slow twin: for every transaction a loop over all the others, straight from the definitions."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.features.declarations import Amount, NightTime, Weekend, WindowColumn, Windowed
from pipeline.features.view import FeatureView


@dataclass(frozen=True)
class Transaction:
    transaction_id: int | str
    occurred_at: dt.datetime
    amount_cents: int
    entities: dict[str, int | str | None]


@dataclass(frozen=True)
class Label:
    transaction_id: int | str
    is_fraud: bool
    known_at: dt.datetime


def slow_features(view: FeatureView, history: pa.Table, arrived: pa.Table, labels: pa.Table) -> list[dict[str, float | None]]:
    """One dictionary of features for each row of `arrived`."""
    own = [_transaction(row) for row in arrived.to_pylist()]
    everything = [_transaction(row) for row in history.to_pylist()] + own
    known = [Label(row["transaction_id"], row["is_fraud"], row["known_at"]) for row in labels.to_pylist()]
    return [_features(view, transaction, everything, known) for transaction in own]


def _transaction(row: dict[str, Any]) -> Transaction:
    entities = {name: row[name] for name in ("customer", "terminal")}
    return Transaction(row["transaction_id"], row["occurred_at"], row["amount_cents"], entities)


def _features(view: FeatureView, own: Transaction, everything: list[Transaction], labels: list[Label]) -> dict[str, float | None]:
    local = own.occurred_at.astimezone(zoneinfo.ZoneInfo(view.timezone))
    features: dict[str, float | None] = {}
    for feature in view.features:
        match feature:
            case Amount():
                features["amount"] = own.amount_cents / 10**view.minor_units
            case Weekend():
                features["is_weekend"] = float(local.strftime("%A") in ("Saturday", "Sunday"))
            case NightTime(last_hour):
                features["is_night"] = float(local.hour <= last_hour)
            case Windowed():
                features |= {column.name: _windowed(column, own, everything, labels, view.minor_units) for column in feature.columns()}
    return features


def _windowed(column: WindowColumn, own: Transaction, everything: list[Transaction], labels: list[Label], minor_units: int) -> float | None:
    if own.entities[column.entity] is None:
        return None
    window = [other for other in everything if _is_in_window(column, own, other)]
    cents = sum(other.amount_cents for other in window)
    match column.statistic:
        case "count":
            return float(len(window))
        case "amount_mean":
            return cents / (len(window) * 10**minor_units) if window else None
        case "amount_ratio":
            return own.amount_cents * len(window) / cents if cents else None
        case "fraud_rate":
            frauds = sum(other is not own and _is_known_fraud(other, own.occurred_at, labels) for other in window)
            return frauds / len(window) if window else 0.0


def _is_in_window(column: WindowColumn, own: Transaction, other: Transaction) -> bool:
    if other.entities[column.entity] != own.entities[column.entity]:
        return False
    end = own.occurred_at - column.delay
    if not end - column.window < other.occurred_at <= end:
        return False
    return bool(column.delay) or (other.occurred_at, other.transaction_id) <= (own.occurred_at, own.transaction_id)


def _is_known_fraud(transaction: Transaction, instant: dt.datetime, labels: list[Label]) -> bool:
    known = [label for label in labels if label.transaction_id == transaction.transaction_id and label.known_at <= instant]
    return bool(known) and max(known, key=lambda label: (label.known_at, label.is_fraud)).is_fraud
