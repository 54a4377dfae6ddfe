"""The feature kernel against its slow twin, and what no order, split or future may change."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.features.view import FeatureView
from tests.oracles.drawn import Past, crowded, pasts, views
from tests.oracles.windows import slow_features


def computed(view: FeatureView, past: Past) -> pa.Table:
    return view.compute(past.history, past.arrived, past.labels)


def shuffled(data: st.DataObject, table: pa.Table) -> pa.Table:
    """The same rows in a drawn order and in drawn chunks."""
    order = data.draw(st.permutations(range(table.num_rows)))
    cut = data.draw(st.integers(0, table.num_rows))
    mixed = table.take(pa.array(order, type=pa.int64()))
    return pa.concat_tables([mixed.slice(0, cut), mixed.slice(cut)])


def by_id(features: pa.Table) -> pa.Table:
    return features.sort_by("transaction_id").combine_chunks()


@settings(max_examples=150, deadline=None)
@given(pasts(), views())
def test_the_kernel_computes_what_its_slow_twin_computes(past: Past, view: FeatureView) -> None:
    features = computed(view, past)
    assert features["transaction_id"].equals(past.arrived["transaction_id"])
    assert features.select(view.columns).to_pylist() == slow_features(view, past.history, past.arrived, past.labels)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), views())
def test_the_kernel_and_its_slow_twin_agree_where_tables_are_crowded(seed: int, view: FeatureView) -> None:
    past = crowded(seed)
    assert computed(view, past).select(view.columns).to_pylist() == slow_features(view, past.history, past.arrived, past.labels)


@settings(max_examples=60, deadline=None)
@given(pasts(), views(), st.data())
def test_no_later_transaction_or_label_changes_an_earlier_feature(past: Past, view: FeatureView, data: st.DataObject) -> None:
    everything = pa.concat_tables([past.history, past.arrived])
    nothing = everything.slice(0, 0)
    order = sorted((row["occurred_at"], row["transaction_id"]) for row in everything.to_pylist())
    if order:
        now = data.draw(st.sampled_from(order))
        earlier = pa.array([(row["occurred_at"], row["transaction_id"]) <= now for row in everything.to_pylist()])
        known = pa.array([row["known_at"] <= now[0] for row in past.labels.to_pylist()], type=pa.bool_())
        as_now = view.compute(nothing, everything, past.labels)
        as_then = view.compute(nothing, everything.filter(earlier), past.labels.filter(known))
        assert as_now.filter(earlier).combine_chunks().equals(as_then.combine_chunks())


@settings(max_examples=60, deadline=None)
@given(pasts(), views(), st.data())
def test_no_order_and_no_chunking_of_the_rows_changes_a_bit(past: Past, view: FeatureView, data: st.DataObject) -> None:
    mixed = Past(*(shuffled(data, table) for table in (past.history, past.arrived, past.labels)))
    assert by_id(computed(view, mixed)).equals(by_id(computed(view, past)))


@settings(max_examples=60, deadline=None)
@given(pasts(), views())
def test_rows_that_the_view_does_not_reach_change_nothing(past: Past, view: FeatureView) -> None:
    if past.arrived.num_rows:
        earliest = min(past.arrived["occurred_at"].to_pylist()) - view.reach
        within = [row["occurred_at"] > earliest for row in past.history.to_pylist()]
        short = past.history.filter(pa.array(within, type=pa.bool_()))
        assert view.compute(short, past.arrived, past.labels).equals(computed(view, past))
