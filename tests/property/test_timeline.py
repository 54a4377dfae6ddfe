"""Rows in the order of their entities, instants and ids, whatever order they come in; the machine code does what its Python does."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.features.entity_sort import ENTITY_SORT
from pipeline.features.entity_sweep import ENTITY_SWEEP
from pipeline.features.labels import NO_TURNS
from pipeline.features.rows import NOBODY, Rows
from pipeline.features.timeline import Timeline
from pipeline.features.totals import stood

BEFORE_ALL = -(10**6)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Rows, np.ndarray]:
    """Up to 400 rows of few entities, or of none: in order, nearly so, backwards or mixed, with few instants or many."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 400))
    instant = rng.integers(-5, draw(st.sampled_from([10, 1_000, 2**40])), count)
    order = draw(st.sampled_from(["mixed", "ascending", "descending", "nearly"]))
    if order != "mixed":
        instant.sort()
    if order == "descending":
        instant = instant[::-1].copy()
    if order == "nearly":
        instant[:: max(1, count // 5)] = instant[0]
    code = rng.integers(NOBODY, draw(st.integers(1, 5)), count).astype(np.int32)
    code[0] = 0
    ids = rng.permutation(count)
    key = pa.array(ids) if draw(st.booleans()) else pa.array([f"t{one}" for one in ids])
    cents = rng.integers(-(10**4), 10**6, count)
    return Rows(pa.chunked_array([key]), instant, cents, {}, draw(st.integers(0, count))), code


@settings(max_examples=200, deadline=None)
@given(lives(), st.integers(-7, 1_000))
def test_rows_stand_by_entity_instant_and_id(lived: tuple[Rows, np.ndarray], after: int) -> None:
    rows, code = lived
    timeline = Timeline.of(rows, code, after)
    ids = rows.transaction_id.to_pylist()
    asked = [place for place in range(len(code)) if code[place] != NOBODY and rows.occurred_at[place] > after]
    expected = sorted(asked, key=lambda place: (code[place], rows.occurred_at[place], ids[place]))
    assert timeline.row.tolist() == expected
    assert timeline.instant.tolist() == rows.occurred_at[expected].tolist()
    assert np.diff(timeline.starts).tolist() == [sum(code[asked] == entity) for entity in range(timeline.entities)]


@settings(max_examples=40, deadline=None)
@given(lives())
def test_the_machine_code_of_the_sort_does_what_its_python_does(lived: tuple[Rows, np.ndarray]) -> None:
    rows, code = lived
    sides = [[np.zeros(code.max() + 2, np.int64), *(np.zeros(len(code), kind) for kind in (np.int64, np.int32) * 2)] for _ in range(2)]
    for side, run in zip(sides, (ENTITY_SORT, ENTITY_SORT.python), strict=True):
        run(code, rows.occurred_at, len(code), BEFORE_ALL, int(code.max()) + 1, *side)
    assert [part.tolist() for part in sides[0][:3]] == [part.tolist() for part in sides[1][:3]]


@settings(max_examples=40, deadline=None)
@given(lives(), st.data())
def test_the_machine_code_of_the_sweep_does_what_its_python_does(lived: tuple[Rows, np.ndarray], data: st.DataObject) -> None:
    rows, code = lived
    timeline = Timeline.of(rows, code, BEFORE_ALL)
    ages = np.array(data.draw(st.lists(st.integers(0, 1_000), min_size=1, max_size=3, unique=True)))
    turning = np.array(sorted(data.draw(st.lists(st.integers(0, timeline.entities - 1), max_size=9))), np.int32)
    low = np.array([data.draw(st.integers(int(timeline.starts[entity]), int(timeline.starts[entity + 1]))) for entity in turning], np.int64)
    turned_at, known_at, step = (
        np.array([data.draw(numbers) for _ in turning], np.int64)
        for numbers in (st.integers(-5, 1_000), st.integers(-5, 1_000), st.sampled_from([-1, 1]))
    )
    before = [np.array([data.draw(st.integers(-9, 9)) for _ in range(timeline.entities * len(ages))], np.int64) for _ in range(3)]
    sides = [[np.zeros(rows.own * len(ages), np.int64) for _ in range(3)] for _ in range(2)]
    for side, run in zip(sides, (ENTITY_SWEEP, ENTITY_SWEEP.python), strict=True):
        room = [np.zeros(timeline.largest + 1, np.int64) for _ in range(2)]
        sorted_rows = (timeline.starts, timeline.entities, timeline.instant, timeline.row, rows.amount_cents, rows.own_from)
        turns = (turning, low, turned_at, known_at, step, len(turning))
        run(*sorted_rows, ages, len(ages), *turns, *before, *room, *side)
    assert [part.tolist() for part in sides[0]] == [part.tolist() for part in sides[1]]


@settings(max_examples=40, deadline=None)
@given(lives(), st.lists(st.integers(0, 1_000), min_size=1, max_size=3, unique=True), st.integers(-7, 1_000))
def test_what_stands_at_an_instant_is_counted_row_by_row(lived: tuple[Rows, np.ndarray], ages: list[int], at: int) -> None:
    rows, code = lived
    edges, entities = np.array(sorted(ages)), int(code.max()) + 1
    totals = stood(at, edges, entities, code, rows.occurred_at, rows.amount_cents, NO_TURNS)
    for entity in range(entities):
        for edge, age in enumerate(edges):
            there = [place for place in range(len(code)) if code[place] == entity and rows.occurred_at[place] <= at - age]
            assert totals.count[entity, edge] == len(there)
            assert totals.cents[entity, edge] == sum(int(rows.amount_cents[place]) for place in there)
