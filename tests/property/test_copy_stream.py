"""Rows copied out by blocks are those that the server tells one by one."""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data import copy_stream, server
from pipeline.data.copy_stream import CopyStream

COLUMNS = "number bigint, middle integer, small smallint, moment timestamptz, score double precision, flag boolean, amount numeric"
NAMES = [column.split()[0] for column in COLUMNS.split(", ")]
KEPT = f"SELECT {', '.join(NAMES)} FROM kept ORDER BY place"
TOLD = """SELECT number, middle, small, (extract(epoch FROM moment) * 1000000)::numeric::bigint, encode(float8send(score), 'hex'), flag,
    encode(float8send(amount::double precision), 'hex') FROM kept ORDER BY place"""
AMOUNTS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9),
    st.builds(lambda digits, places: Decimal(digits).scaleb(places), st.integers(-(10**25), 10**25), st.integers(-290, 280)),
    st.sampled_from(["9007199254740992", "9007199254740993", "9007199254740993.01", "0.1", "1e22", "1e23", "-0.00", "NaN"]).map(Decimal),
    st.sampled_from(["Infinity", "-Infinity"]).map(Decimal),
)  # fmt: skip
VALUES: list[st.SearchStrategy[object]] = [
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**15), 2**15 - 1),
    st.integers(-(2**50), 2**55),
    st.floats(allow_nan=False) | st.just(math.nan),
    st.booleans(),
    AMOUNTS,
]
ROWS = st.lists(st.tuples(*(st.none() | values for values in VALUES)), max_size=40)
INSERT = """INSERT INTO kept (number, middle, small, moment, score, flag, amount) VALUES
    (%s, %s, %s, timestamptz '1970-01-01 00:00+00' + %s * interval '1 microsecond', %s, %s, %s)"""


@pytest.fixture(scope="module")
def connection(postgres: server.Embedded) -> Iterator[psycopg.Connection]:
    url = server.create_database(postgres, "copy_stream").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connected:
        connected.execute(f"CREATE TABLE kept (place serial, {COLUMNS})")
        yield connected


def copied(connection: psycopg.Connection, select: str) -> pa.Table:
    columns = {column.name: column.type_code for column in connection.execute(f"{select} LIMIT 0").description or ()}
    return pa.Table.from_batches(CopyStream(connection, columns).batches(f"COPY ({select}) TO STDOUT (FORMAT binary)"))


def as_told(table: pa.Table) -> list[tuple[object, ...]]:
    """The rows as `TOLD` has them: instants in microseconds, doubles by their bits."""
    columns = [table[name].cast(pa.int64()) if pa.types.is_timestamp(table[name].type) else table[name] for name in table.column_names]
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    return [tuple(_bits(value) if isinstance(value, float) else value for value in row) for row in rows]


def _bits(value: float) -> str:
    return struct.pack("!d", math.nan if math.isnan(value) else value).hex()


@given(ROWS, st.sampled_from([64, 200, 1 << 19]), st.sampled_from([1, 3, 65_536]))
@settings(max_examples=40)
def test_rows_by_blocks_of_any_size_are_the_rows_one_by_one(
    connection: psycopg.Connection, rows: list[tuple[object, ...]], block: int, room: int
) -> None:
    connection.execute("TRUNCATE kept")
    connection.cursor().executemany(INSERT, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copy_stream, "BLOCK", block)
        patch.setattr(copy_stream, "ROOM", room)
        assert as_told(copied(connection, KEPT)) == connection.execute(TOLD).fetchall()
    assert connection.execute("SELECT count(*) FROM kept").fetchone() == (len(rows),)  # the connection may be asked again


def test_instants_without_end_wrap_as_they_do_elsewhere(connection: psycopg.Connection) -> None:
    moments = copied(
        connection, "SELECT moment FROM (VALUES (timestamptz 'infinity'), ('-infinity'), ('1970-01-01 00:00+00')) AS _ (moment)"
    )
    assert moments["moment"].cast(pa.int64()).to_pylist() == [
        2**63 - 1 + copy_stream.EPOCH - 2**64,
        -(2**63) + copy_stream.EPOCH,
        0,
    ]


@pytest.mark.parametrize("number", ["1e309", "-1e400", "1e-400"])
def test_a_number_that_no_double_holds_is_refused_as_by_the_server(connection: psycopg.Connection, number: str) -> None:
    with pytest.raises(psycopg.Error) as told:
        connection.execute(f"SELECT ({number}::numeric)::double precision")
    with pytest.raises(psycopg.Error) as ours:
        copied(connection, f"SELECT {number}::numeric AS amount")
    assert ours.value.sqlstate == told.value.sqlstate == "22003"


def test_an_error_halfway_has_the_state_that_the_server_gave_it(postgres: server.Embedded) -> None:
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        with pytest.raises(psycopg.Error, match="division by zero") as told:
            copied(connection, "SELECT 1 / (100000 - n) AS share FROM generate_series(1, 200000) AS n")
        assert told.value.sqlstate == "22012"
        connection.close()


def test_a_lost_server_is_a_lost_connection(postgres: server.Embedded) -> None:
    url = postgres.url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection, psycopg.connect(url, autocommit=True) as other:
        batches = CopyStream(connection, {"n": copy_stream.INTEGER}).batches(
            "COPY (SELECT generate_series(1, 10000000) AS n) TO STDOUT (FORMAT binary)"
        )
        assert next(batches).num_rows == copy_stream.ROOM
        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(psycopg.Error) as told:
            list(batches)
        assert told.value.sqlstate in {None, "57P01"}
        connection.close()


@pytest.mark.parametrize("cut", range(1, 8))
def test_the_end_may_come_in_two_parts(cut: int) -> None:
    """What a server ends with, cut anywhere: whoever waited for more of it would wait for ever."""
    row = b"d" + struct.pack("!ihi", 4 + 2 + 4 + 4, 1, 4) + struct.pack("!i", 7)
    first = b"d" + struct.pack("!i", 4 + 19) + copy_stream.SIGNATURE + bytes(8)
    answer = first + row + b"C\0\0\0\5\0" + copy_stream.READY + b"I"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(20)
        stream = CopyStream(Connected(ours), {"n": copy_stream.INTEGER})  # type: ignore[arg-type]  # of a connection it asks for its socket
        batches = stream.batches("COPY")
        sender = threading.Thread(target=send_in_two, args=(theirs, answer, cut))
        sender.start()
        assert [batch["n"].to_pylist() for batch in batches] == [[7]]
        sender.join()


class Connected:
    """Has a socket."""

    def __init__(self, link: socket.socket) -> None:
        self.fileno = link.fileno


def send_in_two(link: socket.socket, answer: bytes, cut: int) -> None:
    link.recv(1_000)
    link.sendall(answer[:-cut])
    time.sleep(0.05)
    link.sendall(answer[-cut:])
