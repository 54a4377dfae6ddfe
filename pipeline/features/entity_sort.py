"""The loop of the timeline: rows by entity, and of each entity by instant."""

from __future__ import annotations

from pipeline.core.kernels import Codes, Integers, Kernel

RUN = 16  # rows that are put in order one by one; longer runs are merged


def entity_sort(
    code: Codes,
    occurred_at: Integers,
    count: int,
    after: int,
    entities: int,
    starts: Integers,
    instant: Integers,
    row: Codes,
    spare_instant: Integers,
    spare_row: Codes,
) -> None:
    """Order the rows that occurred later than `after` and whose `code` is not negative, by code, then by instant, then as they come.

    Fills `starts` (entities + 1, zeros before), the place at which each entity begins, and `instant` and `row` of each place. All arrays of
    places have room for `count`; of the spare ones as much is used as the largest entity needs. What is in order already stays untouched.
    """
    for here in range(count):
        if code[here] >= 0 and occurred_at[here] > after:
            starts[code[here] + 1] += 1
    for entity in range(entities):
        starts[entity + 1] += starts[entity]
    for here in range(count):
        if code[here] >= 0 and occurred_at[here] > after:
            place = starts[code[here]]
            instant[place] = occurred_at[here]
            row[place] = here
            starts[code[here]] = place + 1
    for entity in range(entities, 0, -1):  # each stands where the next begins
        starts[entity] = starts[entity - 1]
    starts[0] = 0
    for entity in range(entities):
        first = starts[entity]
        end = starts[entity + 1]
        for begin in range(first, end, RUN):
            for place in range(begin + 1, min(begin + RUN, end)):
                moved = instant[place]
                which = row[place]
                hole = place
                while hole > begin and instant[hole - 1] > moved:
                    instant[hole] = instant[hole - 1]
                    row[hole] = row[hole - 1]
                    hole -= 1
                instant[hole] = moved
                row[hole] = which
        width = RUN
        while width < end - first:
            for left in range(first, end - width, 2 * width):
                middle = left + width
                right = min(middle + width, end)
                if instant[middle - 1] > instant[middle]:
                    for place in range(width):
                        spare_instant[place] = instant[left + place]
                        spare_row[place] = row[left + place]
                    lower = 0
                    upper = middle
                    place = left
                    while lower < width:
                        if upper < right and instant[upper] < spare_instant[lower]:
                            instant[place] = instant[upper]
                            row[place] = row[upper]
                            upper += 1
                        else:
                            instant[place] = spare_instant[lower]
                            row[place] = spare_row[lower]
                            lower += 1
                        place += 1
            width *= 2


ENTITY_SORT = Kernel(entity_sort)
