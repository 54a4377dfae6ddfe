"""A profile equals that of a plain loop, whatever the batches, and its parts add up."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.hashing import WORD
from pipeline.evaluation.buckets import RELATIVE_ERROR, histogram
from pipeline.evaluation.distinct import LIMIT
from pipeline.evaluation.profile import NO_KEYS, NO_ROWS, Profile, as_floats, profiles
from pipeline.evaluation.uniqueness import duplicate_rows
from tests.oracles import figures as slow_figures
from tests.oracles import profile as slow

quick = settings(max_examples=80, deadline=None)  # the first example also pays for imports

SHARES = (0.0, 0.01, 0.5, 0.99, 1.0)
EDGES = (-1e9, -100.0, -1.0, 0.0, 0.5, 1.0, 3.0, 1e9)
odd = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-300, 5e-324, 255.0, 257.0])
columns = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-300, 300).map(float), odd), max_size=40)
cuts = st.lists(st.integers(0, 40), max_size=4).map(sorted)
huge = st.lists(st.sampled_from([1e39, -1e39, 1e308, -1e308, 1.7e308, 1.0]), min_size=1, max_size=6)


def floats(values: Sequence[float | None]) -> pa.Array:
    return pa.array(values, pa.float64())


def parts(column: pa.Array, cut_at: Sequence[int]) -> list[pa.Array]:
    """The column cut at these places; parts may be empty."""
    places = [0, *(min(place, len(column)) for place in cut_at), len(column)]
    return [column.slice(begin, end - begin) for begin, end in pairwise(places)]


def told(profile: Profile) -> dict[str, float]:
    return {name: getattr(profile, name) for name in slow.column([])}


def agree(found: Profile, values: Sequence[float | None]) -> None:
    """Counts, extremes and quantiles to the bit; mean and deviation up to rounding."""
    rounded = ("mean", "std")
    expected, named = slow.column(values), told(found)
    assert {name: repr(float(value)) for name, value in named.items() if name not in (*rounded, "min", "max")} == {
        name: repr(float(value)) for name, value in expected.items() if name not in (*rounded, "min", "max")
    }
    for name, tolerance in (("min", 0.0), ("max", 0.0), ("mean", 1e-6), ("std", 1e-6)):
        assert named[name] == pytest.approx(expected[name], rel=1e-9 if tolerance else 0.0, abs=tolerance, nan_ok=True)
    for share in SHARES:
        assert found.quantile(share) == pytest.approx(slow.quantile(values, share), rel=0, abs=0, nan_ok=True)
    assert histogram(found.counts, EDGES).tolist() == slow.histogram(values, EDGES)


@quick
@given(columns, cuts)
def test_a_profile_equals_a_plain_loop_whatever_the_batches(values: list[float | None], cut_at: list[int]) -> None:
    batches = [pa.RecordBatch.from_arrays([part], ["amount"]) for part in parts(floats(values), cut_at)]
    agree(profiles(batches, ["amount"])["amount"], values)


@quick
@given(columns, columns, columns)
def test_profiles_of_parts_add_up_to_the_profile_of_the_whole(first: list[float], second: list[float], third: list[float]) -> None:
    one, two, three = (NO_ROWS.with_batch(floats(values)) for values in (first, second, third))
    agree((one + two) + three, [*first, *second, *third])
    agree(one + (two + three), [*first, *second, *third])
    agree(NO_ROWS + one + NO_ROWS, first)


@quick
@given(st.lists(st.one_of(st.none(), st.booleans()), max_size=20))
def test_a_flag_is_a_number_of_0_or_1(flags: list[bool | None]) -> None:
    agree(NO_ROWS.with_batch(pa.array(flags, pa.bool_())), [None if flag is None else float(flag) for flag in flags])


@quick
@given(st.lists(st.integers(-(10**12), 10**12), max_size=20), st.sampled_from(["s", "ms", "us", "ns"]), st.sampled_from([None, "UTC"]))
def test_instants_are_measured_in_microseconds_from_their_origin(seconds: list[int], unit: str, zone: str | None) -> None:
    origin = 1_800_000_000_000_000
    units = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    near = [second % 10**9 for second in seconds]  # nanoseconds since 1970 end in the year 2262
    instants = pa.array([second * units for second in near], pa.int64()).cast(pa.timestamp(unit, zone))
    agree(NO_ROWS.with_batch(instants, origin), [float(second * 1_000_000 - origin) for second in near])


def test_a_quantile_of_instants_is_as_fine_as_their_distance_from_the_origin() -> None:
    start = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    hours = pa.array([start + dt.timedelta(hours=hour) for hour in range(24)], pa.timestamp("us", "UTC"))
    noon = NO_ROWS.with_batch(hours, origin=int(start.timestamp()) * 1_000_000).quantile(0.5)
    assert noon == pytest.approx(11 * 3_600e6, rel=RELATIVE_ERROR)


@quick
@given(huge)
def test_numbers_beyond_32_bits_stay_finite_and_their_quantiles_within_the_extremes(values: list[float]) -> None:
    found = NO_ROWS.with_batch(floats(values))
    assert (found.infinite, found.finite, found.min, found.max) == (0, len(values), min(values), max(values))
    assert [found.quantile(share) for share in SHARES] == [slow.quantile(values, share) for share in SHARES]


@quick
@given(st.lists(st.floats(1e-30, 1e30) | st.floats(-1e30, -1e-30), min_size=1, max_size=40), st.floats(0, 1))
def test_a_quantile_is_at_most_one_part_in_128_nearer_to_zero_than_the_value_at_its_place(values: list[float], share: float) -> None:
    exact = sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
    found = NO_ROWS.with_batch(floats(values)).quantile(share)
    assert abs(exact) * (1 - RELATIVE_ERROR) <= abs(found) <= abs(exact) * (1 + 2**-24)
    assert math.copysign(1, found) == math.copysign(1, exact)


@pytest.mark.parametrize("values", [[], [math.nan] * 3, [None] * 3, [math.inf, -math.inf]])
def test_a_column_without_a_finite_number_has_no_statistic_of_them(values: list[float | None]) -> None:
    found = NO_ROWS.with_batch(floats(values))
    statistics = [found.min, found.max, found.mean, found.std, found.constant_rows, found.quantile(0.5)]
    assert all(math.isnan(statistic) for statistic in statistics)
    assert found.distinct == 0


def test_a_column_that_the_batches_lack_has_no_profile() -> None:
    assert profiles([pa.table({"amount": [1.0]})], ["amount", "customer_count_1d"]).keys() == {"amount"}


def test_integers_keep_their_value_to_two_to_the_53() -> None:
    assert as_floats(pa.array([2**53, None, -1], pa.int64())).tolist()[::2] == [2.0**53, -1.0]


@pytest.mark.parametrize("different", [LIMIT - 1, LIMIT, 3 * LIMIT, 200_000])
def test_different_values_are_counted_exactly_below_the_limit_and_within_five_standard_errors_above(different: int) -> None:
    values = np.tile(np.random.default_rng(different).permutation(different) / 7.0, 2)
    numbers, texts = pa.array(values), pa.array([f"customer-{value}" for value in values.tolist()])
    for found in (
        NO_ROWS.with_batch(numbers).distinct,
        (NO_ROWS.with_batch(numbers[: different // 2]) + NO_ROWS.with_batch(numbers[different // 2 :])).distinct,
        NO_KEYS.with_batch(texts).distinct,
    ):
        assert found == pytest.approx(different, rel=5 / math.sqrt(LIMIT - 2) if different >= LIMIT else 0)


@quick
@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=30), cuts)
def test_keys_are_counted_and_no_key_is_kept(keys: list[str | None], cut_at: list[int]) -> None:
    profile = NO_KEYS
    for part in parts(pa.array(keys, pa.string()), cut_at):
        profile = profile.with_batch(part)
    assert (profile.rows, profile.nulls, profile.distinct) == (len(keys), keys.count(None), len(set(keys) - {None}))
    assert profile.different.smallest.dtype == np.uint64


Ids = tuple[list[int | str | None], pa.DataType]

integers = st.one_of(st.none(), st.integers(-5, 5), st.sampled_from([-(2**63), 2**63 - 1]))
texts = st.one_of(st.none(), st.text("ab\0", max_size=3))
ids = st.tuples(st.lists(integers, max_size=30), st.just(pa.int64())) | st.tuples(st.lists(texts, max_size=30), st.just(pa.string()))


@quick
@given(ids, cuts)
def test_repeated_ids_are_counted_exactly_in_any_order_and_chunks(drawn: Ids, cut_at: list[int]) -> None:
    values, kind = drawn
    column = pa.chunked_array(parts(pa.array(values, kind), cut_at), kind)
    assert duplicate_rows(column) == slow_figures.duplicates(values)


def test_ids_whose_hashes_collide_are_no_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.evaluation.uniqueness.key_hashes", lambda keys, _: np.zeros(len(keys), np.uint64))
    assert duplicate_rows(pa.array(["a", "b", "c", "b", "x" * WORD])) == 1
