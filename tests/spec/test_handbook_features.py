"""The default view computes the Fraud Detection Handbook's published features, all at once and night by night."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bench.parts import handbook
from pipeline.core.night import Night
from pipeline.data.names import INSTANT
from pipeline.features.handbook import VIEW

pytestmark = pytest.mark.published

FIRST, LAST = "2018-04-01", "2018-06-30"
CUSTOMER_COLUMNS = {column for column in VIEW.columns if column.startswith("customer_")}

# four customers made two transactions within one second; the book put the later id first, we put the earlier first
TIED = [121453, 121454, 163831, 163832, 174806, 174807, 619758, 619759]


@pytest.fixture(scope="module")
def transactions(published: Path) -> pa.Table:
    return handbook.between(handbook.transactions(published), FIRST, LAST)


@pytest.fixture(scope="module")
def labels(published: Path) -> pa.Table:
    return handbook.labels(published)


@pytest.fixture(scope="module")
def features(transactions: pa.Table, labels: pa.Table) -> pa.Table:
    """Every feature computed as if all transactions had arrived in one night."""
    return VIEW.compute(transactions.slice(0, 0), transactions, labels)


def test_the_view_has_the_books_fifteen_features_under_the_published_names(published: Path) -> None:
    names = handbook.published_features(published).column_names
    assert len(VIEW.columns) == 15
    assert set(VIEW.columns) == {*names, "amount"} - {"transaction_id"}


def test_every_feature_equals_the_published_one_but_for_customers_who_paid_twice_in_a_second(features: pa.Table, published: Path) -> None:
    theirs = handbook.published_features(published)
    ours = features.take(pc.index_in(theirs["transaction_id"], features["transaction_id"]))
    assert ours.num_rows == theirs.num_rows == 872_795
    differing = {column: _differing(ours, theirs, column) for column in VIEW.columns if column != "amount"}
    assert differing == {column: TIED if column in CUSTOMER_COLUMNS else [] for column in differing}


def test_the_amount_survives_its_way_through_cents(features: pa.Table, published: Path) -> None:
    amount = pq.read_table(published / "handbook" / "transactions.parquet", columns=["amount"])["amount"]
    assert np.max(np.abs(features["amount"].to_numpy() - amount.slice(0, features.num_rows).to_numpy())) <= 1e-9


def test_the_rows_that_differ_are_two_transactions_of_one_customer_in_one_second(transactions: pa.Table) -> None:
    tied = transactions.filter(pc.is_in(transactions["transaction_id"], pa.array(TIED))).sort_by("transaction_id").to_pylist()
    for first, second in zip(tied[::2], tied[1::2], strict=True):
        assert (first["customer"], first["occurred_at"]) == (second["customer"], second["occurred_at"])


@pytest.mark.parametrize("day", ["2018-04-01", "2018-04-09", "2018-05-08", "2018-06-02", "2018-06-30"])
def test_a_night_of_its_own_gives_the_very_bits_of_the_whole(
    day: str, features: pa.Table, transactions: pa.Table, labels: pa.Table
) -> None:
    night = Night.parse(day)
    history = handbook.between(transactions, str(night.back(VIEW.reach.days)), str(night.back(1)))
    known = labels.filter(pc.less(labels["known_at"], pa.scalar(night.end, INSTANT)))
    of_night = VIEW.compute(history, handbook.between(transactions, day, day), known)
    assert of_night.num_rows > 9_000
    assert of_night.combine_chunks().equals(handbook.between(features, day, day).combine_chunks())


def _differing(ours: pa.Table, theirs: pa.Table, column: str) -> list[int]:
    apart = np.abs(ours[column].to_numpy() - theirs[column].to_numpy())
    return sorted(theirs["transaction_id"].to_numpy()[~(apart <= 1e-9)].tolist())
