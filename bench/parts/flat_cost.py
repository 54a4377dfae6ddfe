"""Does a night's training stay as cheap while history grows? It must: only the newest nights count."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.parts.measure import say
from bench.parts.reservoir import FIRST, HORIZON, MATURITY, Reservoir, reservoirs, trained
from bench.parts.streams import Stream
from pipeline.data.names import KNOWN_AT, OCCURRED_AT, TRANSACTION_ID
from pipeline.scoring.boosted_trees import BoostedTrees

SHORT, LONG = HORIZON, 2 * HORIZON  # nights of history


def long_over_short(stream: Stream, repeats: int) -> float:
    """CPU seconds of a night's training with 180 matured nights behind it over those with 90: medians of so many, taken in turns."""
    long_stream = twice(stream)
    eves = eves_of(long_stream)
    costs = [[night_cost(eve, long_stream) for eve in eves] for _ in range(repeats)]
    short, long = (median(seconds) for seconds in zip(*costs, strict=True))
    say(f"a night's training: {short:.2f} CPU s with {SHORT} nights of history, {long:.2f} with {LONG}")
    return float(long / short)


def eves_of(stream: Stream) -> list[Reservoir]:
    """The reservoirs on the eves of the nights in which the 90th and the 180th of its nights mature."""
    eves = [FIRST + MATURITY + nights - 2 for nights in (SHORT, LONG)]
    return [reservoir for reservoir in reservoirs(stream, max(eves)) if reservoir.day in eves]


def night_cost(eve: Reservoir, stream: Stream) -> float:
    """What enters that night, the standing rows, the draw and the model."""
    begun = time.process_time()
    tonight = eve.next(stream)
    trained(tonight, tonight.training(), BoostedTrees())
    return time.process_time() - begun


def twice(stream: Stream) -> Stream:
    """The stream, and after its last day its complete days again, under other ids: there are fewer than 180 of them."""
    first_again, last = FIRST, int(stream.day[-1])
    moved = last + 1 - first_again
    rows = stream.days(first_again, last)
    return replace(
        stream,
        features=pa.concat_tables([stream.features, _later(stream.between(first_again, last), OCCURRED_AT, stream, moved)]),
        labels=pa.concat_tables([stream.labels, _later(stream.labels, KNOWN_AT, stream, moved)]),
        day=np.concatenate([stream.day, stream.day[rows] + moved]),
        customer=np.concatenate([stream.customer, stream.customer[rows]]),
        is_fraud=np.concatenate([stream.is_fraud, stream.is_fraud[rows]]),
    )


def _later(table: pa.Table, instant: str, stream: Stream, days: int) -> pa.Table:
    """The rows so many days later, under ids that no row of the stream has."""
    above = pc.max(stream.features[TRANSACTION_ID]).as_py() + 1
    moved = {TRANSACTION_ID: pc.add(table[TRANSACTION_ID], above), instant: pc.add(table[instant], pa.scalar(dt.timedelta(days=days)))}
    columns = [moved.get(name, table[name]).cast(table.schema.field(name).type) for name in table.column_names]
    return pa.Table.from_arrays(columns, schema=table.schema)
