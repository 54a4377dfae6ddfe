"""What a model may learn from, against plain loops over the labels."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data.names import INSTANT, IS_FRAUD, OCCURRED_AT, TRANSACTION_ID, labels_schema
from pipeline.scoring.tails import weighted_quantiles
from pipeline.scoring.training import matured, sampled
from tests.oracles import scoring as oracle

CUTOFF = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
MATURITY = dt.timedelta(days=7)
HOURS = st.integers(-3, 3).map(lambda hours: dt.timedelta(hours=hours))
LABELS = st.lists(st.tuples(st.integers(0, 12), st.booleans(), HOURS.map(lambda away: CUTOFF + away)))
FEATURES = st.lists(HOURS.map(lambda away: CUTOFF - MATURITY + away), max_size=10)


def table_of(occurred_at: list[dt.datetime]) -> pa.Table:
    ids = pa.array(range(len(occurred_at)), pa.int64())
    return pa.table({TRANSACTION_ID: ids, OCCURRED_AT: pa.array(occurred_at, INSTANT), "amount": ids.cast(pa.float64())})


def labels_of(labels: list[oracle.Label]) -> pa.Table:
    columns = [list(column) for column in zip(*labels, strict=True)] or [[], [], []]
    return pa.table(dict(zip(labels_schema(pa.int64()).names, columns, strict=True)), schema=labels_schema(pa.int64()))


@settings(deadline=None)
@given(FEATURES, LABELS)
def test_matured_rows_and_their_labels_are_those_of_the_slow_twin(occurred_at: list[dt.datetime], labels: list[oracle.Label]) -> None:
    rows = matured(table_of(occurred_at), labels_of(labels), CUTOFF, MATURITY)
    old_enough = [one for one, at in enumerate(occurred_at) if at + MATURITY <= CUTOFF]
    assert rows[TRANSACTION_ID].to_pylist() == old_enough
    assert rows[IS_FRAUD].to_pylist() == [oracle.is_fraud(one, labels, CUTOFF) for one in old_enough]


def test_a_label_that_becomes_known_at_the_cutoff_is_not_known_yet() -> None:
    occurred_at = [CUTOFF - MATURITY] * 2
    labels = labels_of([(0, True, CUTOFF), (1, True, CUTOFF - dt.timedelta(microseconds=1))])
    assert matured(table_of(occurred_at), labels, CUTOFF, MATURITY)[IS_FRAUD].to_pylist() == [False, True]


def test_a_fraud_that_was_taken_back_is_genuine() -> None:
    hour = dt.timedelta(hours=1)
    labels = labels_of([(0, False, CUTOFF - hour), (0, True, CUTOFF - 2 * hour)])
    assert matured(table_of([CUTOFF - MATURITY]), labels, CUTOFF, MATURITY)[IS_FRAUD].to_pylist() == [False]


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=60), st.floats(0.01, 1))
def test_the_sample_is_all_frauds_and_the_chosen_genuine_in_order_of_id(frauds: list[bool], share: float) -> None:
    rows = pa.table(
        {
            TRANSACTION_ID: pa.array(range(len(frauds)), pa.int64()),
            "x": pa.array(map(float, range(len(frauds)))),
            IS_FRAUD: pa.array(frauds, pa.bool_()),
        }
    )
    order = np.random.default_rng(len(frauds)).permutation(len(frauds))
    training = sampled(rows.take(order), ("x",), share)
    kept = [one for one, fraud in enumerate(frauds) if fraud or oracle.unit_hash(one) < share]
    assert training.rows[:, 0].tolist() == kept
    assert training.is_fraud.tolist() == [frauds[one] for one in kept]
    assert (training.frauds, training.genuine) == (sum(frauds), len(kept) - sum(frauds))


def test_each_row_stands_for_as_many_transactions_as_its_share_says() -> None:
    ids = pa.array(range(4000))
    rows = pa.table({TRANSACTION_ID: ids, "x": ids.cast(pa.float64()), IS_FRAUD: [one % 100 == 0 for one in range(4000)]})
    training = sampled(rows, ("x",), 0.1)
    kept = sum(oracle.unit_hash(one) < 0.1 for one in range(4000) if one % 100)
    assert training.weight.sum() == pytest.approx(40 + 10 * kept)


WEIGHTED = st.lists(st.tuples(st.integers(-3, 3).map(float), st.integers(1, 4).map(float)), min_size=1)


@settings(deadline=None)
@given(WEIGHTED, st.integers(0, 8))
def test_a_weighted_quantile_is_found_by_walking_up_the_sorted_values(pairs: list[tuple[float, float]], eighths: int) -> None:
    values, weights = (list(column) for column in zip(*pairs, strict=True))
    with_a_missing_one = np.array([*values, np.nan]), np.array([*weights, 5.0])
    assert weighted_quantiles(*with_a_missing_one, np.array([eighths / 8])) == [oracle.quantile(values, weights, eighths / 8)]
