"""The features of a night, from its seal, the history and the labels that were sealed by then."""

from __future__ import annotations

import pyarrow as pa

from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data import seals
from pipeline.data.intake import read_inputs
from pipeline.data.lake import partition
from pipeline.data.names import CORRECTED, FEATURES, LABELS, TRANSACTION_ID, TRANSACTIONS, labels_schema, transactions_schema
from pipeline.evaluation.figures import Figures
from pipeline.evaluation.night_figures import feature_figures
from pipeline.house import House
from pipeline.stepping import Done


def featured(house: House, plan: Plan, arrived: seals.Seal) -> Done:
    """Seal the features of the rows that `arrived`; where they are sealed and bind, they stay as they are."""
    with house.warehouse.begin() as connection:
        sealed = seals.of_plan(connection, plan, FEATURES, house.view.fingerprint)
        first = house.view_begins(arrived, plan.night)
        inputs = {what: seals.read_by(connection, plan, what, first) for what in (TRANSACTIONS, LABELS)}
        begins = seals.first_known(connection, plan.run_id)
    if sealed is not None and sealed.binds:
        return Done({"rows": sealed.row_count, "computed": 0}, Figures.from_json(sealed.figures))
    features = _compute(house, arrived, inputs)
    figures = feature_figures(features, arrived.row_count, house.view.columns)
    stored = house.lake.write_table(partition(CORRECTED if plan.knows_later else FEATURES, plan.night, house.view.fingerprint), features)
    counted = seals.Counted(
        source_rows=features.num_rows,
        first_key=_key(features, 0),
        last_key=_key(features, -1),
        complete=begins <= Night.of(plan.night.start - house.view.reach),
        figures=figures.to_json(),
        inputs=tuple(seal.seal_id for used in inputs.values() for seal in used),
    )
    with house.warehouse.begin() as connection:
        seals.record(connection, plan.run_id, plan.night, FEATURES, stored, counted, house.view.fingerprint)
    return Done(
        {
            "rows": features.num_rows,
            "computed": features.num_rows,
            "history_rows": sum(s.row_count for s in inputs[TRANSACTIONS]) - arrived.row_count,
        },
        figures,
    )


def _compute(house: House, arrived: seals.Seal, inputs: dict[str, list[seals.Seal]]) -> pa.Table:
    """Features of the arrived rows over the history and the labels that were sealed by then."""
    shape = house.source.shape
    schema = transactions_schema(shape.key, shape.entities)
    before = [seal for seal in inputs[TRANSACTIONS] if seal.seal_id != arrived.seal_id]
    history = read_inputs(house.lake, before, schema, house.columns_read)
    labels = read_inputs(house.lake, inputs[LABELS], labels_schema(shape.key))
    return house.view.compute(history, read_inputs(house.lake, [arrived], schema), labels)


def _key(rows: pa.Table, place: int) -> str | None:
    """The first or last id of rows in the order of their ids."""
    return str(rows[TRANSACTION_ID][place].as_py()) if rows.num_rows else None
