"""The loop of the lookup: to which place does each number belong?"""

from __future__ import annotations

from pipeline.core.kernels import Codes, Integers, Kernel


def direct_lookup(values: Integers, count: int, low: int, high: int, table: Codes, found: Codes) -> None:
    """Fill `found` with what the table, of the numbers from `low` up to `high`, says of each value; -1 where the value lies outside."""
    for place in range(count):
        value = values[place]
        if low <= value <= high:
            found[place] = table[value - low]
        else:
            found[place] = -1


DIRECT_LOOKUP = Kernel(direct_lookup)
