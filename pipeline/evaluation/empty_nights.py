"""What a night without rows does under each gate: the one place where that is decided.

An empty night is published empty and marked. It is stopped only where the weekday's earlier nights say that there should be rows, and a
person who knows better vouches for it by name (setting `accept_nights`): it is then published and marked.
"""

from __future__ import annotations

from pipeline.evaluation.checks import COUNTED, EmptyNight

EMPTY_NIGHTS = {
    "transactions": EmptyNight(marks=True, words="it is marked; `rows_arrived` stops it where the weekday usually has rows"),
    "features": EmptyNight(marks=True, words="it is marked; `rows_complete` stops it where rows were sealed after all"),
    "predictions": EmptyNight(marks=True, words="it is marked; `rows_complete` stops it where there are features after all"),
    "champion": COUNTED,
    "live": EmptyNight(marks=True, words="it is marked, and not held against training"),
    "alarms": EmptyNight(marks=False, words="0 rows are a figure like any other: an alarm where they are unusual"),
    "challenger": EmptyNight(marks=False, words="the challenger is compared on nights that have rows"),
}
