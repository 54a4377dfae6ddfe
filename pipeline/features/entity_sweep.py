"""The loop of the windows: how much had happened to an entity, up to each age, when a row of the night occurred?"""

from __future__ import annotations

from pipeline.core.kernels import Codes, Integers, Kernel


def entity_sweep(
    starts: Integers,
    entities: int,
    instant: Integers,
    row: Codes,
    amount_cents: Integers,
    own_from: int,
    ages: Integers,
    edges: int,
    turning: Codes,
    low: Integers,
    turned_at: Integers,
    known_at: Integers,
    step: Integers,
    turns: int,
    before_count: Integers,
    before_cents: Integers,
    before_frauds: Integers,
    spent: Integers,
    turned: Integers,
    count: Integers,
    cents: Integers,
    frauds: Integers,
) -> None:
    """Fill `count`, `cents` and `frauds`, (own rows, edges): what stands no later than each of the `ages` before the row, itself included.

    `starts`, `instant`, `row`: as `entity_sort` leaves them, ties in the order of their ids. Of each of the `turns`, by entity: the entity
    `turning`, the place `low` from which on it may count, when its transaction occurred (`turned_at`), `known_at` and `step`. A turn counts
    from the later of `known_at` and the instant at which its transaction has become so old. What is `before` the rows, (entities, edges),
    is added. `spent` and `turned` have room for one more than the largest entity. A sum may wrap around 2^63: differences of two come out
    right all the same.
    """
    told = 0
    for entity in range(entities):
        first = starts[entity]
        size = starts[entity + 1] - first
        begun = told
        while told < turns and turning[told] == entity:
            told += 1
        spent[0] = 0
        for place in range(size):
            spent[place + 1] = spent[place] + amount_cents[row[first + place]]
        for edge in range(edges):
            ago = ages[edge]
            was = entity * edges + edge
            if told > begun:
                for place in range(size):
                    turned[place] = 0
                for turn in range(begun, told):
                    since = max(known_at[turn], turned_at[turn] + ago)
                    under = low[turn]
                    over = first + size
                    while under < over:
                        middle = (under + over) >> 1
                        if instant[middle] < since:
                            under = middle + 1
                        else:
                            over = middle
                    if under < first + size:
                        turned[under - first] += step[turn]
            stood = 0
            known = 0
            for place in range(size):
                if told > begun:
                    known += turned[place]
                if row[first + place] >= own_from:
                    if ago == 0:
                        stood = place + 1
                    else:
                        until = instant[first + place] - ago
                        while stood < size and instant[first + stood] <= until:
                            stood += 1
                    asked = (row[first + place] - own_from) * edges + edge
                    count[asked] = before_count[was] + stood
                    cents[asked] = before_cents[was] + spent[stood]
                    frauds[asked] = before_frauds[was] + known


ENTITY_SWEEP = Kernel(entity_sweep)
