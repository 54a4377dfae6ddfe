"""A night gone through once more, batch by batch: scored again, counted over the bins of training, and rows of it kept to explain by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.plan import Plan
from pipeline.data import predictions, seals
from pipeline.data.names import FEATURES, SCORE, TRANSACTION_ID
from pipeline.data.partitions import Partition
from pipeline.data.server_hashes import sum_of_rows
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.reference import Reference, Spread
from pipeline.evaluation.tally import Tally
from pipeline.house import House
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model

Places: TypeAlias = npt.NDArray[np.int64]

ROWS_AT_ONCE = 131_072  # rows scored at a time, as in the step score
KEPT = 262_144  # rows kept of a larger night: a quantile then lies within 0.3 % of the rows, and they take 31 MB where features are fifteen


@dataclass(frozen=True, eq=False)
class GoneThrough:
    """A night of which one batch of features was held at a time.

    `scores`: of every row, in order, by each of the models that were asked. `checksum`: `sum_of_rows` of the first's; None where no model
    was asked. `tallies`: of each column of the reference. `kept`: rows spread evenly over the night, (rows, columns of the models), and
    their `places` in it.
    """

    scores: tuple[Floats, ...]
    checksum: int | None
    tallies: tuple[Tally, ...]
    kept: Floats
    places: Places


@dataclass(frozen=True, eq=False)
class Reproduced:
    """A published night: its scores in the warehouse by the rows of the features (NaN where one lacks), and the night gone through `again`.

    `difference`: the largest between the scores that are published and those of the first model now; NaN where either lacks.
    """

    scores: Floats
    difference: float
    alert_line: float | None
    again: GoneThrough


def reproduced(house: House, connection: sa.Connection, plan: Plan, models: Sequence[Model], reference: Reference | None) -> Reproduced:
    """The run's published scores, proven without reading them: where the server's checksum is that of the scores that we get again, they
    are these. Else they are read, which takes seconds, and the difference is told. Of a run without features nothing is known.
    """
    sealed = seals.of_plan(connection, plan, FEATURES, house.view.fingerprint)
    if sealed is None:
        return Reproduced(np.empty(0), math.nan, None, gone_through([], 0, (), reference))
    found, partition = again(house, sealed, models, reference), Partition(plan.night, plan.run_id)
    standing = predictions.standing(connection, partition, house.source.shape.key)
    if found.scores and (standing.rows, standing.checksum) == (len(found.scores[0]), found.checksum):
        return Reproduced(found.scores[0], 0.0, standing.alert_line, found)
    scores = _published(house, partition, sealed)
    difference = float(np.abs(found.scores[0] - scores).max(initial=0.0)) if found.scores else math.nan
    return Reproduced(scores, difference, standing.alert_line, found)


def again(house: House, sealed: seals.Seal, models: Sequence[Model], reference: Reference | None) -> GoneThrough:
    """A sealed night of features gone through."""
    return gone_through(house.lake.read_batches(sealed.path, sealed.sha256, ROWS_AT_ONCE), sealed.row_count, models, reference)


def gone_through(batches: Iterable[pa.RecordBatch], rows: int, models: Sequence[Model], reference: Reference | None) -> GoneThrough:
    """Batches that hold so many `rows` in all, scored by models that read the same columns; `reference` None: nothing is counted."""
    places, spreads = evenly(rows, KEPT), reference.columns if reference else ()
    columns = models[0].manifest.columns if models else ()
    tallies = [Tally.of(spread, np.empty(0)) for _, spread in spreads]
    scores, kept, checksum, start = [np.empty((len(models), 0))], [np.empty((0, len(columns)))], 0, 0
    for batch in batches:
        tallies = [tally + _tallied(batch, *column) for tally, column in zip(tallies, spreads, strict=True)]
        first, end = np.searchsorted(places, [start, start + batch.num_rows])
        if models:
            matrix = as_matrix(batch, columns)
            scores.append(np.array([model.score_rows(matrix) for model in models]))
            checksum += sum_of_rows(batch.column(TRANSACTION_ID), scores[-1][0])
            kept.append(matrix[places[first:end] - start])
        start += batch.num_rows
    whole = np.concatenate(scores, axis=1)
    return GoneThrough(tuple(whole), checksum % 2**64 if models else None, tuple(tallies), np.concatenate(kept), places)


def evenly(rows: int, most: int) -> Places:
    """Places of at most so many of the rows, in the middle of equal stretches; of all where they are no more.

    >>> evenly(3, 5).tolist(), evenly(10, 2).tolist()
    ([0, 1, 2], [2, 7])
    """
    wanted = min(rows, most)
    return (2 * np.arange(wanted) + 1) * rows // (2 * max(wanted, 1))


def _tallied(batch: pa.RecordBatch, name: str, spread: Spread) -> Tally:
    """A column that the night lacks has no value in any row."""
    if name not in batch.schema.names:
        return Tally.of(spread, np.full(batch.num_rows, np.nan))
    return Tally.of(spread, batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False))


def _published(house: House, partition: Partition, sealed: seals.Seal) -> Floats:
    ids = house.lake.read_table(sealed.path, sealed.sha256, [TRANSACTION_ID])[TRANSACTION_ID]
    staged = predictions.staged(house.warehouse, partition)
    return np.asarray(staged[SCORE].take(pc.index_in(ids, value_set=staged[TRANSACTION_ID].combine_chunks())).to_numpy())
