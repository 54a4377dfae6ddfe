"""The loop over rows as PostgreSQL's binary COPY sends them, one message a row."""

from __future__ import annotations

import numpy as np

from pipeline.core.kernels import Bytes, Codes, Floats, Integers, Kernel

WHOLE, DOUBLE, NUMERIC = range(3)  # what a column holds: an integer of any width, a double, decimal digits by fours
UNFINISHED, FULL, OTHER, UNFIT = range(4)  # why the loop ended: at half a message, for want of room, at another message, at another row
AT, ROWS, WHY, ODD = range(4)  # places of `state`


def copied_rows(
    block: Bytes,
    end: int,
    kinds: Codes,
    columns: int,
    room: int,
    powers: Floats,
    cells: Integers,
    numbers: Floats,
    missing: Bytes,
    odd: Integers,
    state: Integers,
) -> None:
    """Read rows from `block` up to `end`, from `state[AT]` on, into columns of `room` rows, of which `state[ROWS]` are filled.

    `numbers` is the memory of `cells`. A numeric is its digits over a power of ten: a double exactly as its text would be read, where both
    are exact. Where they are not, as seldom as digits are more than 15, its cell and its place in the block are put into `odd`.
    """
    at = state[AT]
    row = state[ROWS]
    odds = state[ODD]
    why = UNFINISHED
    while at + 5 <= end:
        if block[at] != 100:  # 'd'
            why = OTHER
            break
        if row == room:
            why = FULL
            break
        place = at + 5
        after = at + 1 + np.int64(block[at + 1] << 24 | block[at + 2] << 16 | block[at + 3] << 8 | block[at + 4])
        if after > end:
            break
        if after < place + 2:
            why = UNFIT
            break
        fields = np.int64(block[place] << 8 | block[place + 1])
        place += 2
        if fields == 65535 and place == after:  # the end of all rows
            at = after
            continue
        fits = fields == columns
        for column in range(columns):
            if not fits or place + 4 > after:
                fits = False
                break
            size = np.int64(block[place] << 24 | block[place + 1] << 16 | block[place + 2] << 8 | block[place + 3])
            place += 4
            cell = column * room + row
            if size == 4294967295:
                missing[cell] = 1
                cells[cell] = 0
                continue
            missing[cell] = 0
            if place + size > after:
                fits = False
                break
            if kinds[column] != NUMERIC:
                if size == 8:
                    cells[cell] = (
                        block[place] << 56
                        | block[place + 1] << 48
                        | block[place + 2] << 40
                        | block[place + 3] << 32
                        | block[place + 4] << 24
                        | block[place + 5] << 16
                        | block[place + 6] << 8
                        | block[place + 7]
                    )
                elif size == 0 or size > 4 or kinds[column] == DOUBLE:
                    fits = False
                    break
                else:
                    value = np.int64(block[place]) - np.int64(block[place] >> 7 << 8)  # the first byte has the sign
                    for each in range(1, size):
                        value = value * 256 + block[place + each]
                    cells[cell] = value
            else:
                groups = np.int64(block[place] << 8 | block[place + 1])
                if size != 8 + 2 * groups:
                    fits = False
                    break
                weight = np.int64(block[place + 2] << 8 | block[place + 3])
                if weight >= 32768:
                    weight -= 65536
                sign = block[place + 4] << 8 | block[place + 5]
                tens = 4 * (weight - groups + 1)
                digits = np.int64(0)
                if groups <= 4:
                    for group in range(groups):
                        digits = digits * 10000 + np.int64(block[place + 8 + 2 * group] << 8 | block[place + 9 + 2 * group])
                    while digits > 9007199254740992 and digits % 10 == 0:
                        digits //= 10
                        tens += 1
                if groups > 4 or digits > 9007199254740992 or tens > 22 or tens < -22 or sign & 49151:  # all but a minus
                    odd[2 * odds] = cell
                    odd[2 * odds + 1] = place
                    odds += 1
                else:
                    value_of = float(digits)
                    value_of = value_of * powers[tens] if tens > 0 else value_of / powers[-tens]
                    numbers[cell] = -value_of if sign == 16384 else value_of
            place += size
        if not fits or place != after:
            why = UNFIT
            break
        at = after
        row += 1
    state[AT] = at
    state[ROWS] = row
    state[WHY] = why
    state[ODD] = odds


COPIED_ROWS = Kernel(copied_rows)
