"""The hashes that we compute are those of the server, which needs no twin but itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data import server
from pipeline.data.database import Database
from pipeline.data.server_hashes import ROWS_AT_ONCE, of_doubles, of_numbers, of_texts, sum_of_rows

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
DOUBLES = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 5e-324, 1.0])


@pytest.fixture(scope="module")
def database(postgres: server.Embedded) -> Iterator[Database]:
    database = Database(server.create_database(postgres, "hashing"), "warehouse")
    yield database
    database.engine.dispose()


def told(database: Database, expression: str, **columns: Sequence[object]) -> list[int]:
    """What the server says of rows, as numbers without sign."""
    kinds = {int: "bigint", float: "double precision", str: "text"}
    unnested = ", ".join(f"CAST(:{name} AS {kinds[type(values[0])]}[])" for name, values in columns.items())
    statement = f"SELECT {expression} FROM unnest({unnested}) WITH ORDINALITY AS row({', '.join(columns)}, place) ORDER BY place"
    with database.begin() as connection:
        return [int(value) % 2**64 for value in connection.scalars(sa.text(statement), {k: list(v) for k, v in columns.items()})]


@settings(max_examples=40)
@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_numbers_are_hashed_as_the_server_hashes_them(database: Database, numbers: list[int]) -> None:
    assert of_numbers(np.array(numbers, np.int64)).tolist() == told(database, "hashint8extended(id, 0)", id=numbers)


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_texts_are_hashed_as_the_server_hashes_them(database: Database, texts: list[str]) -> None:
    assert of_texts(pa.array(texts, pa.string())).tolist() == told(database, "hashtextextended(id, 0)", id=texts)


@settings(max_examples=60)
@given(st.lists(st.tuples(DOUBLES, NUMBERS | st.just(0)), min_size=1, max_size=30))
def test_doubles_are_hashed_as_the_server_hashes_them_whatever_the_seed(database: Database, rows: list[tuple[float, int]]) -> None:
    doubles, seeds = zip(*rows, strict=True)
    ours = of_doubles(np.array(doubles), np.array(seeds, np.int64).view(np.uint64))
    assert ours.tolist() == told(database, "hashfloat8extended(score, seed)", score=doubles, seed=seeds)


@pytest.mark.parametrize("key", [pa.int64(), pa.string()])
def test_the_sum_of_many_rows_is_that_of_their_hashes_in_any_order_and_tells_the_last_bit(key: pa.DataType) -> None:
    rng = np.random.default_rng(1)
    rows = 2 * ROWS_AT_ONCE + 7
    ids, scores, order = pa.array(rng.permutation(rows)).cast(key), rng.random(rows), rng.permutation(rows)
    total = sum_of_rows(ids, scores)
    assert total == sum_of_rows(ids.take(pa.array(order)), scores[order])
    scores[rows // 2] = np.nextafter(scores[rows // 2], 1)
    assert total != sum_of_rows(ids, scores)
    assert sum_of_rows(ids.slice(0, 0), scores[:0]) == 0
