"""The loop of the totals: how much stands no later than each age before one instant?"""

from __future__ import annotations

from pipeline.core.kernels import Codes, Integers, Kernel


def entity_standing(
    code: Codes,
    occurred_at: Integers,
    amount_cents: Integers,
    rows: int,
    at: int,
    ages: Integers,
    edges: int,
    count: Integers,
    cents: Integers,
) -> None:
    """Add each row whose `code` is not negative to `count` and `cents`, (entities, edges), at each of the rising `ages` that it reached."""
    for here in range(rows):
        if code[here] >= 0:
            for edge in range(edges):
                if occurred_at[here] > at - ages[edge]:
                    break
                count[code[here] * edges + edge] += 1
                cents[code[here] * edges + edge] += amount_cents[here]


ENTITY_STANDING = Kernel(entity_standing)
