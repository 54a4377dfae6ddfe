"""What an amount of a file means in the source's table, one value after the other."""

from __future__ import annotations

import math
from decimal import Decimal


def amount_text(value: float | Decimal | None, minor_units: int) -> str | None:
    """The decimal of the currency that the value stands for; `NaN` and null stay what they are."""
    if value is None:
        return None
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    shortest = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return str(shortest.quantize(Decimal(1).scaleb(-minor_units)))
