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
    changed: Integers,
    known_at: Integers,
    step: Integers,
    changes: int,
    spent: Integers,
    turned: Integers,
    count: Integers,
    cents: Integers,
    frauds: Integers,
) -> None:
    """Fill `count`, `cents` and `frauds`, (own rows, edges): what stands no later than each of the `ages` before the row, itself included.

    `starts`, `instant`, `row`: as `entity_sort` leaves them, ties in the order of their ids. Of each of the `changes`, by place: the place
    `changed`, `known_at` and `step`. A change counts from the later of `known_at` and the instant at which its row has become so old, and
    never for the row itself. `spent` and `turned` have room for one more than the largest entity. A sum may wrap around 2^63: differences
    of two come out right all the same.
    """
    told = 0
    for entity in range(entities):
        first = starts[entity]
        size = starts[entity + 1] - first
        begun = told
        while told < changes and changed[told] < first + size:
            told += 1
        spent[0] = 0
        for place in range(size):
            spent[place + 1] = spent[place] + amount_cents[row[first + place]]
        for edge in range(edges):
            ago = ages[edge]
            if told > begun:
                for place in range(size):
                    turned[place] = 0
                for change in range(begun, told):
                    since = max(known_at[change], instant[changed[change]] + ago)
                    low = changed[change] + 1
                    high = first + size
                    while low < high:
                        middle = (low + high) >> 1
                        if instant[middle] < since:
                            low = middle + 1
                        else:
                            high = middle
                    if low < first + size:
                        turned[low - first] += step[change]
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
                    count[asked] = stood
                    cents[asked] = spent[stood]
                    frauds[asked] = known


ENTITY_SWEEP = Kernel(entity_sweep)
