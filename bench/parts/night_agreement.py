"""Whether all sides of bench/night.py did the same work: their features and their published scores beside those of our cold night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi as adbc

from bench.parts.night_sides import COLD, Written, written
from bench.parts.night_world import World
from bench.parts.plain_night import FEATURES

ID = "transaction_id"


SAME_SCORE = 1e-9


@dataclass(frozen=True)
class Difference:
    """The largest of any feature, and the share of rows whose scores differ by more than 1e-9; infinite where the rows are not the same.

    Sums of doubles and of cents differ in the last bit, and where a mean lies on a threshold of a tree, that bit gives another leaf.
    """

    features: float
    scores: float


def disagreements(world: World, sides: list[str]) -> dict[str, Difference]:
    """Of each side from our cold night."""
    ours = _rows(world, written(world, COLD))
    return {side: _difference(ours, _rows(world, written(world, side))) for side in sides}


def _rows(world: World, left: Written) -> pa.Table:
    """Features and scores of a side, by id."""
    url = sa.make_url(world.warehouse).set(drivername="postgresql", database=left.database).render_as_string(hide_password=False)
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(left.scores)
        scores = cursor.fetch_arrow_table().sort_by(ID)
    features = pq.read_table(left.features).sort_by(ID)
    same = features[ID].cast(pa.int64()).combine_chunks().equals(scores[ID].combine_chunks())
    return features.append_column("score", scores["score"]) if same else features.slice(0, 0)


def _difference(ours: pa.Table, theirs: pa.Table) -> Difference:
    if not ours.num_rows or not ours[ID].cast(pa.int64()).equals(theirs[ID].cast(pa.int64())):
        return Difference(float("inf"), float("inf"))
    features, scores = ([np.abs(_numbers(ours, name) - _numbers(theirs, name)) for name in names] for names in (FEATURES, ["score"]))
    return Difference(max(float(apart.max()) for apart in features), float((scores[0] > SAME_SCORE).mean()))


def _numbers(rows: pa.Table, name: str) -> npt.NDArray[np.float64]:
    return rows[name].cast(pa.float64()).to_numpy()
