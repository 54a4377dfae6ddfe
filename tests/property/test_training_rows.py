"""What a model may learn from, against plain loops over the labels."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data.names import IS_FRAUD, TRANSACTION_ID, labels_schema
from pipeline.scoring.sampling import chosen
from pipeline.scoring.tails import weighted_quantiles
from pipeline.scoring.training import known_frauds, training_set
from tests.oracles import scoring as oracle

CUTOFF = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
LABELS = st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.integers(-3, 3).map(lambda hours: CUTOFF + hours * HOUR)))


def labels_of(labels: list[oracle.Label]) -> pa.Table:
    columns = [list(column) for column in zip(*labels, strict=True)] or [[], [], []]
    return pa.table(dict(zip(labels_schema(pa.int64()).names, columns, strict=True)), schema=labels_schema(pa.int64()))


def frauds(labels: list[oracle.Label]) -> list[int]:
    return known_frauds(labels_of(labels), CUTOFF).to_pylist()


@settings(deadline=None)
@given(LABELS)
def test_the_known_frauds_are_those_of_the_slow_twin(labels: list[oracle.Label]) -> None:
    assert sorted(frauds(labels)) == [one for one in range(13) if oracle.is_fraud(one, labels, CUTOFF)]


def test_a_label_that_becomes_known_at_the_cutoff_is_not_known_yet() -> None:
    assert frauds([(0, True, CUTOFF), (1, True, CUTOFF - dt.timedelta(microseconds=1))]) == [1]


def test_a_fraud_that_was_taken_back_is_genuine() -> None:
    assert frauds([(0, False, CUTOFF - HOUR), (0, True, CUTOFF - 2 * HOUR)]) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_a_training_set_is_in_order_of_id_and_each_row_keeps_what_is_known_of_it(rows: list[tuple[bool, bool]]) -> None:
    ids = pa.array(range(len(rows)), pa.int64())
    kept = pa.table({TRANSACTION_ID: ids, "x": ids.cast(pa.float64()), IS_FRAUD: pa.array([fraud for fraud, _ in rows], pa.bool_())})
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    fresh = np.array([new for _, new in rows], np.bool_)
    training = training_set(kept.take(order), ("x",), 0.5, fresh[order])
    assert training.rows[:, 0].tolist() == list(range(len(rows)))
    assert list(zip(training.is_fraud.tolist(), training.fresh.tolist(), strict=True)) == rows
    assert training.frauds + training.genuine == len(rows)
    assert training_set(kept.take(order), ("x",), 0.5).fresh.all(), "all of a first model's rows are new to it"


def test_each_row_stands_for_as_many_transactions_as_its_share_says() -> None:
    ids = pa.array(range(4000))
    rows = pa.table({TRANSACTION_ID: ids, "x": ids.cast(pa.float64()), IS_FRAUD: [one % 100 == 0 for one in range(4000)]})
    training = training_set(rows.filter(pa.array(rows[IS_FRAUD].to_numpy() | chosen(ids, 0.1))), ("x",), 0.1)
    kept = sum(oracle.unit_hash(one) < 0.1 for one in range(4000) if one % 100)
    assert training.weight.sum() == pytest.approx(40 + 10 * kept)


WEIGHTED = st.lists(st.tuples(st.integers(-3, 3).map(float), st.integers(1, 4).map(float)), min_size=1)


@settings(deadline=None)
@given(WEIGHTED, st.integers(0, 8))
def test_a_weighted_quantile_is_found_by_walking_up_the_sorted_values(pairs: list[tuple[float, float]], eighths: int) -> None:
    values, weights = (list(column) for column in zip(*pairs, strict=True))
    with_a_missing_one = np.array([*values, np.nan]), np.array([*weights, 5.0])
    assert weighted_quantiles(*with_a_missing_one, np.array([eighths / 8])) == [oracle.quantile(values, weights, eighths / 8)]
