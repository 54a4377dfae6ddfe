"""The reservoir in the lake: a night's partition is made once, from sealed features and sealed labels, and then only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.night import ONE_DAY, Night
from pipeline.data import ledger, seals
from pipeline.data.intake import read_inputs
from pipeline.data.lake import concatenated, partition
from pipeline.data.names import (
    FEATURES,
    IS_FRAUD,
    LABELS,
    NIGHT,
    OCCURRED_AT,
    RESERVOIR,
    TRANSACTION_ID,
    labels_schema,
    reservoir_schema,
)
from pipeline.data.sealed_keys import SealedKeys
from pipeline.evaluation.paired import Compared
from pipeline.house import House
from pipeline.scoring.reservoir import Bounds, changed_rows, matured_rows, standing, weight_of

SHARE = "share"  # figures of a partition: the share that it was drawn with,
CHAIN_FROM = "chain_from"  # and the first night of the chain it belongs to, as a proleptic ordinal


@dataclass(frozen=True)
class Reservoir:
    """The reservoir as it stands at the end of a night: partitions read, the row of each transaction, and what training may take of it."""

    night: Night
    newest: Night
    partitions: Sequence[seals.Seal]
    rows: pa.Table
    bounds: Bounds


@dataclass(frozen=True)
class Horizon:
    """The matured nights that training at the end of a night looks at, both included."""

    first: Night
    newest: Night

    @classmethod
    def of(cls, house: House, night: Night, nights: int | None = None) -> Horizon:
        """A night's transactions mature `label_maturity` after its end; the newest `nights` of such nights count (`reservoir_nights`)."""
        newest = night.back(-(-house.settings.label_maturity // ONE_DAY))  # rounded up: a night matures with the end of a night
        return cls(newest.back((nights or house.settings.reservoir_nights) - 1), newest)


def grow(house: House, connection: sa.Connection, run_id: int, night: Night) -> seals.Seal:
    """Seal what enters the reservoir at the end of a night; where that was done before, it stays as it is.

    A partition of a chain that since began earlier gives way: no model was trained on it.
    """
    view, key = house.view.fingerprint, house.source.shape.key
    chain_from = float((ledger.begins_with(connection) or night).day.toordinal())
    made = seals.bound(connection, RESERVOIR, night, night, view)
    if made and made[0].figures[CHAIN_FROM] == chain_from:
        return made[0]
    if made:
        seals.unbind(connection, made[0])
    news = _News.of(house, connection, night)
    schema = reservoir_schema(house.view.schema(key))
    rows = concatenated([*_matured(house, news), *_changed(house, news)], schema)
    stored = house.lake.write_table(partition(RESERVOIR, night, view), rows)
    frauds = int(pc.sum(rows[IS_FRAUD]).as_py() or 0)
    counted = seals.Counted(
        source_rows=rows.num_rows,
        figures={SHARE: house.settings.subsample, CHAIN_FROM: chain_from, "frauds": frauds, "nights": len(news.maturing)},
        inputs=tuple(seal.seal_id for seal in (*news.maturing, *news.labels)),
    )
    return seals.bind_at_once(connection, seals.record(connection, run_id, night, RESERVOIR, stored, counted, view))


def reservoir_at(house: House, connection: sa.Connection, night: Night, nights: int | None = None) -> Reservoir:
    """The reservoir at the end of a night, from the partitions of that night and of those before it that hold its newest `nights`."""
    horizon = Horizon.of(house, night, nights)
    partitions = seals.bound(connection, RESERVOIR, horizon.first, night, house.view.fingerprint)
    rows = read_inputs(house.lake, partitions, reservoir_schema(house.view.schema(house.source.shape.key)))
    share = min([house.settings.subsample, *(float(seal.figures[SHARE] or 0) for seal in partitions)])
    bounds = Bounds(horizon.first, share, house.settings.reservoir_rows, ledger.excluded(connection, night.end))
    return Reservoir(night, horizon.newest, partitions, standing(rows), bounds)


def compared(rows: pa.Table, share: float) -> Compared:
    """Rows of the reservoir as the figures of an evaluation read them."""
    days = rows[NIGHT].to_numpy().astype("datetime64[D]").astype(np.int64)
    return Compared(days, rows[IS_FRAUD].to_numpy(), weight_of(rows, share))


@dataclass(frozen=True)
class _News:
    """What a night brings: nights that mature, nights that matured before, and labels, new ones apart."""

    night: Night
    maturing: Sequence[seals.Seal]
    entered: Sequence[seals.Seal]
    labels: Sequence[seals.Seal]
    labels_before: Sequence[seals.Seal]
    share: float

    @classmethod
    def of(cls, house: House, connection: sa.Connection, night: Night) -> _News:
        horizon, view = Horizon.of(house, night), house.view.fingerprint
        earlier = [seal for seal in seals.all_bound(connection, RESERVOIR) if seal.view == view and seal.night < night]
        used = {seal_id for seal in earlier for seal_id in seal.inputs}
        complete = [seal for seal in seals.bound(connection, FEATURES, horizon.first, horizon.newest, view) if seal.complete]
        labels = [seal for seal in seals.all_bound(connection, LABELS) if seal.night <= night]
        return cls(
            night,
            [seal for seal in complete if seal.seal_id not in used],
            [seal for seal in complete if seal.seal_id in used],
            [seal for seal in labels if seal.seal_id not in used],
            [seal for seal in labels if seal.seal_id in used],
            house.settings.subsample,
        )


def _matured(house: House, news: _News) -> list[pa.Table]:
    """The rows of the nights that mature."""
    found = []
    for seal in news.maturing:
        features = house.lake.read_table(seal.path, seal.sha256)
        since = Night.of(pc.min(features[OCCURRED_AT]).as_py() or seal.night.start)
        labels = _labels(house, [one for one in (*news.labels_before, *news.labels) if one.night >= since])
        found.append(matured_rows(features, seal.night, labels, news.night, news.share))
    return found


def _changed(house: House, news: _News) -> list[pa.Table]:
    """Newer rows for transactions that entered before and whose label is another now."""
    told = _labels(house, news.labels)[TRANSACTION_ID] if news.entered else None
    if told is None or not len(told):
        return []
    entered = [(seal, _rows_of(house, seal, keys)) for seal, keys in SealedKeys(house.lake, news.entered).found(told)]
    since = min((Night.of(pc.min(features[OCCURRED_AT]).as_py()) for _, features in entered), default=news.night)
    before = _about(_labels(house, [one for one in news.labels_before if one.night >= since]), told)
    now = concatenated([before, _labels(house, news.labels)], before.schema)
    return [changed_rows(features, seal.night, before, now, news.night) for seal, features in entered]


def _rows_of(house: House, seal: seals.Seal, keys: pa.ChunkedArray) -> pa.Table:
    return _about(house.lake.read_table(seal.path, seal.sha256), keys)


def _about(rows: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    """Those of the rows that are about these transactions."""
    return rows.filter(pc.is_in(rows[TRANSACTION_ID], value_set=ids.combine_chunks()))


def _labels(house: House, known: Sequence[seals.Seal]) -> pa.Table:
    return read_inputs(house.lake, list(known), labels_schema(house.source.shape.key))
