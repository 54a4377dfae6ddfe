"""The reservoir, grown night by night, is at every night the training set that one would compute from scratch."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.data.names import reservoir_schema
from pipeline.scoring import reservoir
from pipeline.scoring.reservoir import Bounds
from pipeline.scoring.training import TrainingSet
from tests.oracles import reservoir as oracle
from tests.oracles.drawn_reservoir import (
    BOUNDS,
    FIRST,
    NIGHTS,
    PLENTY,
    Walk,
    entries_of,
    features_of,
    labels_of,
    nth,
    partitions,
    shuffled,
    table_of,
    walks,
)
from tests.oracles.reservoir import Entry

MATURITY = 2  # nights
SEEDS = st.integers(0, 2**32 - 1)


def learned(training: TrainingSet) -> list[tuple[float, bool]]:
    return list(zip(training.rows[:, 0].tolist(), training.is_fraud.tolist(), strict=True))


def entering(walk: Walk, tonight: Night) -> list[pa.Table]:
    """What enters the reservoir at the end of a night: the night that matures, and what changed in those that matured earlier."""
    before, labels = (labels_of(walk.key, oracle.known(walk.told, night)) for night in (tonight.back(1), tonight))
    ripe = tonight.back(MATURITY)
    features = {night: features_of(walk.key, seen) for night, seen in walk.nights.items() if night <= ripe}
    changed = [reservoir.changed_rows(rows, night, before, labels, tonight) for night, rows in features.items() if night < ripe]
    return [*changed, *(reservoir.matured_rows(features[ripe], ripe, labels, tonight, walk.share) for _ in range(ripe in features))]


@settings(deadline=None)
@given(walks(), SEEDS)
def test_grown_night_by_night_it_is_at_every_night_the_training_set_computed_from_scratch(walk: Walk, seed: int) -> None:
    """However often labels are taken back and come again, early or late, and in whatever order partitions and rows are read."""
    grown: list[pa.Table] = []
    for tonight in map(nth, range(MATURITY, NIGHTS + 3)):
        grown += entering(walk, tonight)
        rows = reservoir.standing(shuffled(pa.concat_tables(grown), seed))
        training = reservoir.drawn(rows, ("amount",), Bounds(FIRST, walk.share, PLENTY))
        scratch = oracle.from_scratch(walk.nights, walk.told, tonight, MATURITY, walk.share)
        assert learned(training) == [(row.amount, row.is_fraud) for row in scratch]
        assert training.share == walk.share


@settings(deadline=None)
@given(walks(), st.integers(MATURITY, NIGHTS + 3))
def test_what_enters_at_the_end_of_a_night_is_what_the_slow_twins_let_in(walk: Walk, number: int) -> None:
    tonight = nth(number)
    before, labels = (oracle.known(walk.told, night) for night in (tonight.back(1), tonight))
    for night, seen in walk.nights.items():
        features = features_of(walk.key, seen)
        matured = reservoir.matured_rows(features, night, labels_of(walk.key, labels), tonight, walk.share)
        changed = reservoir.changed_rows(features, night, labels_of(walk.key, before), labels_of(walk.key, labels), tonight)
        assert matured.schema == changed.schema == reservoir_schema(features.schema)
        assert entries_of(matured) == oracle.matured_rows(seen, night, labels, tonight, walk.share)
        assert entries_of(changed) == oracle.changed_rows(seen, night, before, labels, tonight)


@settings(deadline=None)
@given(partitions(), SEEDS)
def test_of_each_transaction_the_row_that_entered_last_stands(drawn: tuple[pa.DataType, list[Entry]], seed: int) -> None:
    key, entries = drawn
    assert entries_of(reservoir.standing(shuffled(table_of(key, entries), seed))) == oracle.standing(entries)


@settings(deadline=None)
@given(partitions(), BOUNDS, st.integers(-1, NIGHTS + 4))
def test_a_training_set_is_what_the_slow_twin_draws_within_the_bounds(
    drawn: tuple[pa.DataType, list[Entry]], bounds: Bounds, fresh_after: int
) -> None:
    key, entries = drawn
    rows = oracle.standing(entries)
    training = reservoir.drawn(table_of(key, rows), ("amount",), bounds, nth(fresh_after))
    kept, share = oracle.drawn(rows, bounds)
    assert learned(training) == [(row.amount, row.is_fraud) for row in kept]
    assert training.fresh.tolist() == [row.entered > nth(fresh_after) for row in kept]
    assert training.share == share


@settings(deadline=None)
@given(partitions(), BOUNDS)
@example((pa.int64(), [Entry(one, FIRST, FIRST.next(), one < 2, float(one)) for one in range(6)]), Bounds(FIRST, 1.0, 5))
def test_no_bound_is_ever_broken(drawn: tuple[pa.DataType, list[Entry]], bounds: Bounds) -> None:
    key, entries = drawn
    rows = reservoir.standing(table_of(key, entries))
    training = reservoir.drawn(rows, ("amount",), bounds)
    outside = [row.amount for row in oracle.standing(entries) if row.night < bounds.first or row.night in bounds.excluded]
    assert len(training.rows) <= bounds.rows
    assert training.frauds <= bounds.rows // 2
    assert training.share <= bounds.share
    assert not np.isin(training.rows, outside).any()


def test_a_cap_lowers_the_share_and_its_rows_are_part_of_those_without_it() -> None:
    entries = [Entry(one, FIRST, FIRST.next(), one % 10 == 0, float(one)) for one in range(1000)]
    rows = table_of(pa.int64(), entries)
    free, capped = (reservoir.drawn(rows, ("amount",), Bounds(FIRST, 0.8, most)) for most in (PLENTY, 400))
    assert free.share == 0.8
    assert (capped.frauds, capped.genuine) == (100, 300)
    assert 0.25 < capped.share < 0.42, "300 of 900"
    assert set(learned(capped)) < set(learned(free))
    assert capped.weight.sum() == 100 + 300 / capped.share


def test_where_frauds_fill_more_than_half_of_the_cap_the_oldest_nights_go() -> None:
    entries = [Entry(one, nth(one // 10), nth(9), one % 2 == 0, float(one)) for one in range(40)]
    training = reservoir.drawn(table_of(pa.int64(), entries), ("amount",), Bounds(FIRST, 1.0, 21))
    assert training.frauds == 10, "five a night, of two nights: with those of a third they would be 15 of 21"
    assert training.rows.min() >= 20
    assert len(training.rows) == 20


@settings(deadline=None)
@given(partitions(), BOUNDS, st.integers(0, NIGHTS), st.integers(0, NIGHTS))
def test_the_rows_between_two_nights_are_those_of_the_slow_twin(
    drawn: tuple[pa.DataType, list[Entry]], bounds: Bounds, first: int, last: int
) -> None:
    key, entries = drawn
    rows = oracle.standing(entries)
    assert entries_of(reservoir.between(table_of(key, rows), nth(first), nth(last), bounds)) == oracle.between(
        rows, nth(first), nth(last), bounds
    )


def test_an_excluded_night_leaves_and_comes_back_when_it_is_no_longer_excluded() -> None:
    rows = table_of(pa.string(), [Entry(f"t{one}", nth(one % 3), nth(5), one % 2 == 0, float(one)) for one in range(12)])
    without = reservoir.drawn(rows, ("amount",), Bounds(FIRST, 1.0, PLENTY, frozenset([nth(1)])))
    assert sorted(without.rows[:, 0].tolist()) == [one for one in range(12) if one % 3 != 1]
    assert len(reservoir.drawn(rows, ("amount",), Bounds(FIRST, 1.0, PLENTY)).rows) == 12
