"""A night computed from what the night before left has the bits that all its history would give it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.features.declarations import Count, FraudRate
from pipeline.features.totals import Standing
from pipeline.features.view import FeatureView
from tests.oracles.drawn import CUSTOMERS, MONDAY, labels, transactions, views
from tests.oracles.shelves import Chain, Sealed

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def drawn(seed: int, nights: int, dense: bool) -> list[Sealed]:
    """Nights in a row, on coarse instants, so that rows tie with rows and with labels.

    Rows may be late by days or occur just after their night; labels are told at once, later, twice, back and forth, of rows that come
    later or never, and long after they were known.
    """
    chance = random.Random(seed)
    key, entity = chance.choice([pa.int64(), pa.string()]), chance.choice([pa.int64(), pa.string()])
    ids: list[int | str] = list(range(400)) if key == pa.int64() else [f"t{number}" for number in range(400)]
    chance.shuffle(ids)
    customers = [None, *CUSTOMERS[entity]]
    lateness = chance.choice([[0], [0, 0, 0, 1, 30], [0, 0, 0, 0, 0, 3, 26, 80], [0] * 40 + [150]])
    made, sealed = 0, []
    for place in range(nights):
        night = Night.of(MONDAY + place * 24 * HOUR)
        rows, told = [], []
        for _ in range(chance.randrange(0, 14 if dense else 7)):
            occurred = (
                night.start
                + chance.randrange(24) * HOUR
                - chance.choice(lateness) * HOUR
                + chance.choice([0, 0, 0, -1, 1]) * dt.timedelta.resolution
            )
            if chance.random() < 0.05:
                occurred = night.end + chance.choice([0, 3]) * HOUR / 60
            rows.append((ids[made], occurred, chance.randrange(-500, 10**6), chance.choice(customers), chance.choice([None, 1, 2])))
            made += 1
        for _ in range(chance.randrange(0, 10)):
            known = night.start + chance.randrange(24) * HOUR - chance.choice([0, 0, 0, 0, 24, 60]) * HOUR
            told.append((ids[chance.randrange(max(1, made - 40), made + 6)], chance.random() < 0.6, known))
        sealed.append(Sealed(night, transactions(key, entity, sorted(rows, key=lambda row: row[0])), labels(key, told)))
    return sealed


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 9), st.booleans(), views())
def test_every_night_has_the_bits_of_its_whole_history(seed: int, nights: int, dense: bool, view: FeatureView) -> None:
    chain = Chain(view)
    for sealed in drawn(seed, nights, dense=dense):
        assert chain.recomputed(sealed).equals(chain.run(sealed))


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 9), st.booleans(), views(), st.integers(0, 2**9))
def test_a_night_whose_eve_left_nothing_adds_up_what_it_would_have_left(
    seed: int, nights: int, dense: bool, view: FeatureView, forgotten: int
) -> None:
    chain = Chain(view, catches_up=True)
    for place, sealed in enumerate(drawn(seed, nights, dense=dense)):
        if forgotten >> place & 1:
            chain.forget()
        assert chain.recomputed(sealed).equals(chain.run(sealed))


def test_what_is_added_up_batch_by_batch_is_what_an_eve_leaves_that_computes_all_at_once() -> None:
    view = FeatureView("days", (Count("customer", (3 * DAY,)), FraudRate("terminal", (DAY,), DAY)))
    compared = 0
    for seed in range(20):
        *before, eve, last = drawn(seed, 6, dense=True)
        chain = Chain(view, nights=before)
        chain.run(eve)
        within = [sealed for sealed in chain.nights if sealed.night >= chain.begins(eve)]
        added_up = chain.caught_up(last, chain.begins(eve), within)
        assert chain.left is not None
        assert as_rows(added_up.standing) == as_rows(chain.left.standing)
        assert in_any_order(added_up.memory.rows) == in_any_order(chain.left.remembered)
        compared += len(as_rows(added_up.standing))
    assert compared > 40


def as_rows(standing: Mapping[str, Standing]) -> dict[object, list[list[int]]]:
    """Count, cents and frauds by kind and key."""
    return {
        (entity, key): [part[place].tolist() for part in (each.totals.count, each.totals.cents, each.totals.frauds)]
        for entity, each in standing.items()
        for place, key in enumerate(each.keys.to_pylist())
    }


def in_any_order(table: pa.Table) -> list[str]:
    return sorted(map(str, table.to_pylist()))


def test_most_drawn_nights_are_carried_on() -> None:
    view, carried, nights = FeatureView("days", (Count("customer", (3 * DAY,)), FraudRate("terminal", (DAY,), DAY))), 0, 0
    for seed in range(20):
        chain = Chain(view)
        for sealed in drawn(seed, 8, dense=True):
            chain.run(sealed)
        carried, nights = carried + chain.carried, nights + 8
    assert carried > nights / 2
