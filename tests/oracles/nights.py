"""Nights sealed one after the other, with what straggled into them, over plain dictionaries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from pipeline.data.contract import Contract
from tests.oracles.contract import DAY, Rejection, Row, split_labels, split_transactions, without_sealed


@dataclass
class SlowNight:
    """A sealed night: its rows, and the ids and reasons of what was set aside."""

    transactions: list[Row]
    labels: list[Row]
    rejected: list[Rejection]
    collapsed: int
    stragglers: int


@dataclass
class SlowHouse:
    """Every night that passed, by the instant at which it starts."""

    contract: Contract
    straggler_nights: int
    nights: dict[dt.datetime, SlowNight] = field(default_factory=dict)

    def run(self, start: dt.datetime, transactions: list[Row], labels: list[Row]) -> SlowNight:
        """What a night takes from the source as it stands; the night counts once it stands in `nights`."""
        if start in self.nights:
            return self.nights[start]
        newest = not any(later > start for later in self.nights)
        looked_at = sorted(self.nights)[-self.straggler_nights :] if newest else []
        own = _within(transactions, "recorded_at", start)
        straggling = [row for earlier in looked_at for row in self._straggling(_within(transactions, "recorded_at", earlier), earlier)]
        told = [row for earlier in looked_at for row in _within(labels, "known_at", earlier) if self._is_new(row, looked_at)]
        split = split_transactions([*own, *straggling], self.contract, start)
        split = without_sealed(split, [row for night in self.nights.values() for row in night.transactions])
        of_labels = split_labels([*_within(labels, "known_at", start), *told])
        undated = [*self._undated(transactions, "recorded_at", "occurred_at"), *self._undated(labels, "known_at", "label: known_at")]
        rejected = sorted([*split.rejected, *of_labels.rejected, *(undated if newest else [])], key=str)
        return SlowNight(split.accepted, of_labels.accepted, rejected, split.collapsed, len(straggling))

    def _straggling(self, arrived: list[Row], earlier: dt.datetime) -> list[Row]:
        """Rows of a sealed night whose id no night holds, and which was not set aside in that night or since."""
        held = {row["transaction_id"] for night in self.nights.values() for row in night.transactions}
        since = [row for start, night in self.nights.items() if start >= earlier for row in night.rejected]
        refused = {key for key, _, reason in since if not reason.startswith("label: ")}
        return [
            row
            for row in arrived
            if row["transaction_id"] is not None and row["transaction_id"] not in held and str(row["transaction_id"]) not in refused
        ]

    def _undated(self, rows: list[Row], instant: str, told: str) -> list[Rejection]:
        """Rows without this instant whose id no night set aside for it; of those without id, all but as many as were set aside."""
        reason = f"{told} is missing"
        gone = [key for night in self.nights.values() for key, _, why in night.rejected if why == reason]
        keys = [None if row["transaction_id"] is None else str(row["transaction_id"]) for row in rows if row[instant] is None]
        fresh = [key for key in keys if key is not None and key not in gone] + [None] * (keys.count(None) - gone.count(None))
        return [(key, None, reason) for key in fresh]

    def _is_new(self, label: Row, looked_at: list[dt.datetime]) -> bool:
        """Whether a whole label stands in none of the nights since the first that is looked at."""
        held = [row for start, night in self.nights.items() if start >= looked_at[0] for row in night.labels]
        return label["transaction_id"] is not None and label["is_fraud"] is not None and label not in held


def _within(rows: list[Row], name: str, start: dt.datetime) -> list[Row]:
    return [row for row in rows if row[name] is not None and start <= row[name] < start + DAY]  # type: ignore[operator]
