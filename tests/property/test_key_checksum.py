"""The checksum that keys give is the one that the source says of them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data import server
from pipeline.data.checksums import KeyChecksum

TOLD = "SELECT count(*), sum(hashint8extended(key, 0)) FROM unnest(%s::bigint[]) AS key"
KEYS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), max_size=30)


@pytest.fixture(scope="module")
def connection(postgres: server.Embedded) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connected:
        yield connected


@given(KEYS, st.integers(0, 30))
def test_keys_in_any_parts_give_the_checksum_of_the_source(connection: psycopg.Connection, keys: list[int | None], cut: int) -> None:
    ours = KeyChecksum()
    for part in (keys[:cut], keys[cut:]):
        ours.add(pa.array(part, pa.int64()))
    assert ours.text == " ".join(map(str, connection.execute(TOLD, [keys]).fetchone() or ()))
