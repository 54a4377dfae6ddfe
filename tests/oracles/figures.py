"""Figures computed one row at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.oracles import profile


def column(values: Sequence[float | None]) -> dict[str, float]:
    """What `column_figures` says of one column."""
    told = profile.column(values)
    counted = {name: float(told.pop(name)) for name in ("rows", "nulls", "nan")}
    unknown = counted["nulls"] + counted["nan"]
    quantiles = {f"p{percent:02}": profile.quantile(values, percent / 100) for percent in (1, 50, 99)}
    return {"null_share": unknown / counted["rows"] if values else math.nan, **told, **quantiles}


def duplicates(ids: Sequence[int | str]) -> int:
    """Rows whose id was seen before."""
    seen: set[int | str] = set()
    again = 0
    for transaction in ids:
        again += transaction in seen
        seen.add(transaction)
    return again


def rank_gaps(ranks: Sequence[int | None]) -> int:
    """Places from 1 to the number of alerts that nobody holds."""
    alerts = [rank for rank in ranks if rank is not None]
    return sum(1 for place in range(1, len(alerts) + 1) if place not in alerts)


def misranked(scores: Sequence[float], ranks: Sequence[int | None]) -> int:
    """Rows that score higher than some alert that stands before them; rows without rank stand last, and before nobody."""
    alerts = sorted((rank, row) for row, rank in enumerate(ranks) if rank is not None)
    wrong = 0
    for row, rank in enumerate(ranks):
        before = [other for place, other in alerts if rank is None or (place, other) < (rank, row)]
        wrong += any(scores[other] < scores[row] for other in before)
    return wrong


def late_days(occurred_at: Sequence[int], start: int) -> list[float]:
    """Ages, in days, of the rows before `start`; both in microseconds."""
    return [(start - moment) / (24 * 60 * 60 * 1_000_000) for moment in occurred_at if moment < start]


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, on the straight line between its neighbours; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
