"""A column described one value at a time."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence


def column(values: Sequence[float | None]) -> dict[str, float]:
    """What a `Profile` says of one column."""
    known = [value for value in values if value is not None]
    finite = finite_of(values)
    mean = math.fsum(finite) / len(finite) if finite else math.nan
    return {
        "rows": len(values),
        "nulls": sum(value is None for value in values),
        "nan": sum(math.isnan(value) for value in known),
        "infinite": sum(math.isinf(value) for value in known),
        "min": min(finite) if finite else math.nan,
        "max": max(finite) if finite else math.nan,
        "mean": mean,
        "std": math.sqrt(math.fsum((value - mean) ** 2 for value in finite) / len(finite)) if finite else math.nan,
        "distinct": len(set(finite)),
        "constant_rows": constant_rows(finite),
    }


def finite_of(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def constant_rows(finite: Sequence[float]) -> float:
    """How many there are, if all are the same."""
    if not finite:
        return math.nan
    return float(len(finite)) if all(value == finite[0] for value in finite) else 0.0


def quantile(values: Sequence[float | None], share: float) -> float:
    """The value at that place of the ordered ones, as its bucket tells it."""
    ordered = sorted(finite_of(values))
    if not ordered:
        return math.nan
    told = sorted(toward_zero(value) for value in ordered)[max(math.ceil(share * len(ordered)), 1) - 1]
    return min(max(told, ordered[0]), ordered[-1])


def histogram(values: Sequence[float | None], edges: Sequence[float]) -> list[int]:
    """How many lie below the first edge, between each two, and from the last on."""
    counts = [0] * (len(edges) + 1)
    for value in finite_of(values):
        counts[sum(edge <= toward_zero(value) for edge in edges)] += 1
    return counts


def toward_zero(value: float) -> float:
    """The value in 32 bits without the lower 16; infinite beyond them."""
    try:
        kept = struct.pack(">f", value)[:2]
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(struct.unpack(">f", kept + b"\0\0")[0])
