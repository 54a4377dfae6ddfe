"""The features of a night, from what the night before left, or else from what it would have left: added up from what was sealed by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.errors import CorruptionError
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import seals
from pipeline.data.intake import read_inputs
from pipeline.data.lake import Stored, concatenated, partition
from pipeline.data.names import (
    CORRECTED,
    FEATURES,
    LABELS,
    REMEMBERED,
    TOTALS,
    TRANSACTIONS,
    labels_schema,
    transactions_schema,
)
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.frames import Frame
from pipeline.evaluation.night_figures import feature_figures
from pipeline.features.carrying import Left, Tonight, anew, carried_on, nights_read, remembers_since
from pipeline.features.in_buckets import has_room
from pipeline.features.remembered import strays, told_in
from pipeline.features.totals import as_table
from pipeline.house import House
from pipeline.large_nights import features_of
from pipeline.shelving import SINCE, LakeShelf, LeftSeals, NothingLeft
from pipeline.stepping import Done

MOST_FILES = 32  # of what is remembered: a file costs half a millisecond to open, and all of them are read every night


@dataclass(frozen=True)
class Inputs:
    """What recomputation would read: the night's own rows, the seals of each kind from the night `first` on, and what was left."""

    arrived: seals.Seal
    first: Night
    used: Mapping[str, Sequence[seals.Seal]]
    left: LeftSeals | None

    @classmethod
    def of(cls, connection: sa.Connection, house: House, plan: Plan, arrived: seals.Seal) -> Inputs:
        first = house.view_begins(arrived, plan.night)
        used = {what: seals.read_by(connection, plan, what, first) for what in (TRANSACTIONS, LABELS)}
        return cls(arrived, first, used, LeftSeals.before(connection, house, plan, first))

    @property
    def history(self) -> list[seals.Seal]:
        return [seal for seal in self.used[TRANSACTIONS] if seal.seal_id != self.arrived.seal_id]

    @property
    def rows(self) -> int:
        """Of the night and of all that it looks back on."""
        return self.arrived.row_count + _rows(self.history)

    @property
    def behind(self) -> NothingLeft:
        """The nights before this one, as if none had left anything."""
        labels = [seal for seal in self.used[LABELS] if seal.night < self.arrived.night]
        return NothingLeft(self.arrived.night, self.first, self.history, labels)

    @property
    def seal_ids(self) -> tuple[int, ...]:
        return tuple(seal.seal_id for used in self.used.values() for seal in used)


@dataclass(frozen=True)
class Result:
    """What a night leaves, of which seals since when its totals were made, and the files of nights before that are remembered still."""

    left: Left
    since: Night
    made_of: Sequence[int]
    remembered: Sequence[seals.Seal] = ()
    from_totals: bool = False


def featured(house: House, plan: Plan, arrived: seals.Seal) -> Done:
    """Seal the features of the rows that `arrived`; where they are sealed and bind, they stay as they are."""
    with house.warehouse.begin() as connection:
        sealed = seals.of_plan(connection, plan, FEATURES, house.view.fingerprint)
        inputs = Inputs.of(connection, house, plan, arrived)
        begins = seals.first_known(connection, plan.run_id)
    if sealed is not None and sealed.binds:
        return Done({"rows": sealed.row_count, "computed": 0}, Figures.from_json(sealed.figures))
    result = _computed(house, plan, inputs)
    stored, features = _written(house, plan, inputs, result)
    figures = feature_figures(features, arrived.row_count, house.view.columns)
    counted = seals.Counted(
        source_rows=stored.rows,
        first_key=arrived.first_key,
        last_key=arrived.last_key,
        complete=begins <= Night.of(plan.night.start - house.view.reach),
        figures=figures.to_json(),
        inputs=inputs.seal_ids,
    )
    _record(house, plan, FEATURES, stored, counted)
    if result is not None and not plan.knows_later:
        _leave(house, plan, result)
    history_rows = _rows(inputs.history) if result is None else result.left.history_rows
    counts = {"rows": stored.rows, "computed": stored.rows, "history_rows": history_rows}
    return Done({**counts, "from_totals": int(result is not None and result.from_totals)}, figures)


def _written(house: House, plan: Plan, inputs: Inputs, result: Result | None) -> tuple[Stored, Frame]:
    """The features in the lake, and where they are still at hand; corrected ones lie in a folder of their own."""
    folder = partition(CORRECTED if plan.knows_later else FEATURES, plan.night, house.view.fingerprint)
    if result is not None:
        return house.lake.write_table(folder, result.left.features), result.left.features
    LOG.info("night %s build_features: %s rows have no room in memory_limit and are computed by buckets", plan.night, inputs.rows)
    schema = house.view.schema(house.source.shape.key)
    pieces = features_of(house, inputs.arrived, inputs.history, inputs.used[LABELS])
    stored = house.lake.write_pieces(folder, pieces, schema)
    return stored, house.filed(stored, schema)


def _computed(house: House, plan: Plan, inputs: Inputs) -> Result | None:
    """From totals where they serve and save reading; what of them is damaged is said, and not needed. None where memory has no room."""
    if not has_room(inputs.arrived.row_count, house.room):
        return None
    own = house.lake.read_table(inputs.arrived.path, inputs.arrived.sha256)
    if plan.knows_later or not house.view.entities:
        return _at_once(house, plan, inputs, own)
    if inputs.left is not None:
        try:
            return _carried_on(house, plan, inputs, inputs.left, own) or _at_once(house, plan, inputs, own)
        except CorruptionError as error:
            LOG.warning("night %s build_features: %s; it is computed from the whole history instead", plan.night, error)
    return _carried_on(house, plan, inputs, inputs.behind, own) or _at_once(house, plan, inputs, own)


def _carried_on(house: House, plan: Plan, inputs: Inputs, left: LeftSeals | NothingLeft, own: pa.Table) -> Result | None:
    """From what the night before left, or would have left; None where that would read as many rows as there are."""
    since = remembers_since(house.view, plan.night, left.since)
    labels = [seal for seal in inputs.used[LABELS] if seal.night == plan.night] if house.view.reads_labels else []
    tonight = Tonight(plan.night, own, read_inputs(house.lake, labels, labels_schema(house.source.shape.key)), inputs.first, since)
    by_night = {seal.night: seal for seal in left.transactions}
    read = [by_night[night] for night in nights_read(tonight.spans(house.view), plan.night) if night in by_night]
    if _rows(read) >= _rows(inputs.history):
        return None
    carried = left.read(house.lake, house.view, own.schema)
    shelf = LakeShelf(house.lake, house.view.entities, own.schema, by_night, left.labels)
    done = carried_on(house.view, tonight, carried, shelf)
    tonights = [seal for used in inputs.used.values() for seal in used if seal.night == plan.night]
    made_of = [seal.seal_id for seal in (*left.transactions, *left.labels, *tonights) if seal.night >= since]
    if left.remembered is None:
        done = replace(done, history_rows=_rows(inputs.history))
    kept = [seal for seal in left.remembered or () if seal.night >= since]
    if left.remembered is not None and len(kept) < MOST_FILES:
        return Result(done, since, made_of, kept, from_totals=True)
    whole = pa.concat_tables([carried.memory.needed(since), done.remembered])
    return Result(replace(done, remembered=whole), since, made_of, from_totals=left.remembered is not None)


def _at_once(house: House, plan: Plan, inputs: Inputs, own: pa.Table) -> Result | None:
    """From all that is sealed within reach, held whole where it has room; a run that knows later rows leaves nothing to anybody."""
    if not has_room(inputs.rows, house.room):
        return None
    shape, lake = house.source.shape, house.lake
    schema = transactions_schema(shape.key, shape.entities)
    chosen = pa.schema([schema.field(name) for name in house.columns_read])
    parts = [(seal.night, lake.read_table(seal.path, seal.sha256, chosen.names)) for seal in inputs.history]
    history = concatenated([rows for _, rows in parts], chosen)
    told = [told_in(lake.read_table(seal.path, seal.sha256), seal.night) for seal in inputs.used[LABELS]]
    labels = concatenated(told, told_in(labels_schema(shape.key).empty_table(), plan.night).schema)
    if plan.knows_later or not house.view.entities:
        features = house.view.compute(history, own, labels)
        return Result(Left(features, {}, history.slice(0, 0), history.num_rows), inputs.first, inputs.seal_ids)
    astray = concatenated([strays(rows, night) for night, rows in parts], chosen)
    return Result(anew(house.view, plan.night, history, astray, own, labels), inputs.first, inputs.seal_ids)


def _leave(house: House, plan: Plan, result: Result) -> None:
    """Seal what the next night may build upon; it binds with the night."""
    if not result.left.standing:
        return
    keys = {entity: house.source.shape.entities[entity] for entity in house.view.entities}
    totals = as_table(result.left.standing, house.view.ages, keys)
    remembered = result.left.remembered
    mine = _seal(house, plan, REMEMBERED, remembered, seals.Counted(source_rows=remembered.num_rows))
    known = (*result.made_of, *(seal.seal_id for seal in result.remembered), mine.seal_id)
    figures = {SINCE: float(result.since.day.toordinal())}
    _seal(house, plan, TOTALS, totals, seals.Counted(source_rows=totals.num_rows, figures=figures, inputs=known))


def _seal(house: House, plan: Plan, what: str, rows: pa.Table, counted: seals.Counted) -> seals.Seal:
    """Write and enter."""
    return _record(house, plan, what, house.lake.write_table(partition(what, plan.night, house.view.fingerprint), rows), counted)


def _record(house: House, plan: Plan, what: str, stored: Stored, counted: seals.Counted) -> seals.Seal:
    with house.warehouse.begin() as connection:
        return seals.record(connection, plan.run_id, plan.night, what, stored, counted, house.view.fingerprint)


def _rows(of: Sequence[seals.Seal]) -> int:
    return sum(seal.row_count for seal in of)
