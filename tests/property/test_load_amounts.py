"""Amounts keep their value to the last cent on the way from a file into the source."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.load_columns import amount_texts
from tests.oracles.amounts import amount_text

minor_units = st.integers(0, 4)
whole = st.integers(-(10**11), 10**11)


@given(st.lists(st.one_of(st.none(), st.just(float("nan")), whole), max_size=20), minor_units)
def test_a_float_stands_for_the_decimal_that_a_person_would_write(units: list[float | None], minor: int) -> None:
    floats = [value if value is None or value != value else value / 10**minor for value in units]  # noqa: PLR0124  # NaN
    assert amount_texts(pa.array(floats, pa.float64()), minor).to_pylist() == [amount_text(value, minor) for value in floats]


@given(st.lists(st.one_of(st.none(), whole), max_size=20), minor_units)
def test_a_decimal_and_its_text_are_the_same_amount(units: list[int | None], minor: int) -> None:
    decimals = [None if value is None else Decimal(value).scaleb(-minor) for value in units]
    typed = amount_texts(pa.array(decimals, pa.decimal128(20, minor)), minor).to_pylist()
    written = amount_texts(pa.array([None if value is None else f"{value:f}" for value in decimals], pa.string()), minor).to_pylist()
    assert typed == written == [amount_text(value, minor) for value in decimals]


@given(st.integers(0, 10**6))
def test_single_precision_is_taken_for_the_decimal_it_came_from(cents: int) -> None:
    single = pa.array([cents / 100], pa.float64()).cast(pa.float32())
    assert amount_texts(single, 2).to_pylist() == [amount_text(Decimal(cents).scaleb(-2), 2)]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (pa.array([1.0, float("inf"), float("-inf")]), "2 of 3 rows, an infinite amount"),
        (pa.array([1.005, 1.0]), "1 of 2 rows, minor_units = 2"),
        (pa.array([1e15]), "not exact: use a decimal type"),
        (pa.array(["1,50", "2.50", "1e3", "-", "inf"]), "4 of 5 rows, a plain decimal number"),
        (pa.array([Decimal("1.005")]), "cannot hold it"),
        (pa.array([10**17]), "cannot hold it"),
    ],
)
def test_an_amount_that_would_change_is_refused(values: pa.Array, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        amount_texts(values, 2)


def test_trailing_zeros_are_no_further_decimals() -> None:
    assert amount_texts(pa.array(["1.500", "7", "3."]), 2).to_pylist() == ["1.500", "7", "3."]
