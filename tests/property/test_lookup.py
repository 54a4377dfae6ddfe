"""What is looked up in a table is what hashing finds, and what a loop finds."""

from __future__ import annotations

from unittest.mock import patch  # a smaller limit; nothing of ours is replaced

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.features import lookup
from pipeline.features.direct_lookup import DIRECT_LOOKUP
from pipeline.features.lookup import places_in

NUMBERS = st.one_of(st.integers(-20, 20), st.sampled_from([-(2**63), 2**63 - 1, -(2**40), 0]))
CHUNKS = st.lists(st.lists(st.none() | NUMBERS, max_size=20), max_size=4)


@given(st.lists(NUMBERS, unique=True, max_size=20), CHUNKS, st.sampled_from([0, 4, 2**60]), st.booleans())
def test_a_value_is_found_at_its_place_or_not_at_all(keys: list[int], chunks: list[list[int | None]], room: int, text: bool) -> None:
    if max(keys, default=0) - min(keys, default=0) > 1_000:
        room = 0  # a table of 2^64 numbers
    told = (lambda value: value if value is None else f"k{value}") if text else (lambda value: value)
    kind = pa.string() if text else pa.int64()
    column = pa.chunked_array([pa.array([told(value) for value in chunk], kind) for chunk in chunks], kind)
    with patch.object(lookup, "ROOM", room):
        found = places_in(pa.array([told(key) for key in keys], kind), column)
    assert found.tolist() == [keys.index(value) if value in keys else -1 for chunk in chunks for value in chunk]


def test_the_machine_code_does_what_its_python_does() -> None:
    values, table = np.array([-(2**63), 4, 5, 6, 7, 2**63 - 1]), np.array([1, -1, 0], np.int32)
    sides = [np.zeros(6, np.int32) for _ in range(2)]
    DIRECT_LOOKUP(values, 6, 5, 7, table, sides[0])
    DIRECT_LOOKUP.python(values.tolist(), 6, 5, 7, table, sides[1])
    assert sides[0].tolist() == sides[1].tolist() == [-1, -1, 1, -1, 0, -1]
