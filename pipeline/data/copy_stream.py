"""What PostgreSQL sends in answer to a COPY, read from the socket of a connection by blocks, and decoded by columns.

libpq logs in and hands COPY out a row at a time, which alone costs more than all else that is done with a row. Protocol 3 is read here
instead, as far as it can come: one message a row (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa

from pipeline.data.copied_rows import AT, COPIED_ROWS, DOUBLE, FULL, NUMERIC, ODD, OTHER, ROWS, UNFINISHED, UNFIT, WHOLE, WHY
from pipeline.data.names import INSTANT

BLOCK = 1 << 19  # bytes read at a time: a processor's cache holds it
ENOUGH = 1 << 17  # bytes that are worth looking at: a socket gives less at a time than a look at them costs
READY = b"Z\0\0\0\5"  # what a server that wants another question ends with, but for one byte
ROOM = 65_536  # rows of a batch
SILENCE = 3 * 3_600.0  # seconds that a server may think; as long as Airflow lets a step run
POWERS = np.array([10.0**place for place in range(23)])  # each exact, and no further one is
BOOLEAN, BIGINT, SMALLINT, INTEGER, FLOAT8, TIMESTAMPTZ, NUMBER = 16, 20, 21, 23, 701, 1184, 1700  # types as PostgreSQL numbers them
KINDS = {BOOLEAN: WHOLE, BIGINT: WHOLE, SMALLINT: WHOLE, INTEGER: WHOLE, FLOAT8: DOUBLE, TIMESTAMPTZ: WHOLE, NUMBER: NUMERIC}
ARROW = {FLOAT8: pa.float64(), NUMBER: pa.float64(), TIMESTAMPTZ: INSTANT}  # the others are whole numbers
MINUS, NAMED = 0x4000, {0xC000: np.nan, 0xD000: np.inf, 0xF000: -np.inf}  # a numeric's sign, which can be instead of digits
EPOCH = 946_684_800_000_000  # microseconds from 1970 to 2000, where PostgreSQL begins to count
SIGNATURE = b"PGCOPY\n\xff\r\n\0"
EXTENSION = struct.Struct("!ii")  # flags, and how many bytes more stand before the first row
HEAD = struct.Struct("!ci")  # of a message: its kind, and its length without the kind


class CopyStream:
    """Rows of one COPY over a connection that has nothing else to say; `columns` are names and types, as PostgreSQL numbers them.

    Whoever does not read it to the end must give the connection up: the rest would be taken for the answer to the next question.
    """

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]], columns: Mapping[str, int]) -> None:
        self.connection = connection
        self.columns = columns
        self._block = bytearray(BLOCK)
        self._end = 0
        self._state = np.zeros(4, np.int64)

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """The rows that the statement copies out in binary; an error of the server is a `psycopg.Error` with its SQLSTATE."""
        query = statement.encode() + b"\0"
        with closing(socket.socket(fileno=os.dup(self.connection.fileno()))) as link:
            link.settimeout(SILENCE)
            with _broken():
                link.sendall(HEAD.pack(b"Q", 4 + len(query)) + query)
            self._pass_signature(link)
            yield from self._rows(link)

    def _rows(self, link: socket.socket) -> Iterator[pa.RecordBatch]:
        filling = Columns(self.columns)
        while True:
            why = filling.take(self._block, self._end, self._state)
            if why == UNFIT:
                raise psycopg.InterfaceError("the server copied out a row that is not of the columns that it announced")
            if why == UNFINISHED:
                self._receive(link)
            elif why == OTHER and self._message(link) == b"Z":
                break
            elif why == FULL:
                yield filling.batch(int(self._state[ROWS]))
                filling = Columns(self.columns)
                self._state[ROWS] = 0
        yield filling.batch(int(self._state[ROWS]))

    def _pass_signature(self, link: socket.socket) -> None:
        """Go to the first row, which stands in one message with what all rows begin with."""
        while self._message(link, until=b"d") != b"d":
            pass
        at = int(self._state[AT])
        while self._end < at + HEAD.size + len(SIGNATURE) + EXTENSION.size:
            self._receive(link)
            at = int(self._state[AT])
        start = at + HEAD.size
        if self._block[start : start + len(SIGNATURE)] != SIGNATURE:
            raise psycopg.InterfaceError("the server's COPY is not in binary")
        begins = len(SIGNATURE) + EXTENSION.size + EXTENSION.unpack_from(self._block, start + len(SIGNATURE))[1]
        (_, length) = HEAD.unpack_from(self._block, at)
        HEAD.pack_into(self._block, at + begins, b"d", length - begins)
        self._state[AT] = at + begins + (HEAD.size if length == begins + 4 else 0)  # nothing else in the message

    def _message(self, link: socket.socket, until: bytes = b"") -> bytes:
        """Pass over a message that holds no row, and tell its kind; one of the kind `until` is only looked at."""
        while self._end - self._state[AT] < HEAD.size:
            self._receive(link)
        kind, length = HEAD.unpack_from(self._block, int(self._state[AT]))
        if kind == until:
            return bytes(kind)
        if kind not in b"HcCZNSAE":
            raise psycopg.InterfaceError(f"the server sent a message of the kind {kind!r} within a COPY")
        while self._end - self._state[AT] < 1 + length:
            self._receive(link)
        at = int(self._state[AT])
        if kind == b"E":
            raise _error(bytes(self._block[at + HEAD.size : at + 1 + length]))
        self._state[AT] = at + 1 + length
        return bytes(kind)

    def _receive(self, link: socket.socket) -> None:
        """More of what the server sends, behind what is not read yet of it: so much that it pays to look, or the end."""
        rest = self._block[int(self._state[AT]) : self._end]
        if len(rest) > BLOCK // 2:  # one row of this size
            self._block = bytearray(2 * len(rest))
        self._block[: len(rest)] = rest
        self._state[AT], self._end = 0, len(rest)
        while True:
            with _broken(), memoryview(self._block) as block:
                more = link.recv_into(block[self._end :])
            self._end += more
            if not more and self._end == len(rest):
                raise psycopg.OperationalError("the server closed the connection")
            is_enough = self._end >= min(len(rest) + ENOUGH, len(self._block))
            if is_enough or not more or self._block.endswith(READY, 0, self._end - 1):  # READY may have begun in the rest
                break  # a server that closed may have said why


class Columns:
    """Room for the rows of one batch, column by column."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self.columns = columns
        self._kinds = np.array([KINDS[number] for number in columns.values()], np.int32)
        self._cells = np.empty(len(columns) * ROOM, np.int64)
        self._numbers = self._cells.view(np.float64)
        self._missing = np.empty(len(columns) * ROOM, np.uint8)
        self._odd = np.empty(2 * len(columns) * ROOM, np.int64)

    def take(self, block: bytearray, end: int, state: npt.NDArray[np.int64]) -> int:
        """Fill in the rows of a block, as far as it goes, and say why no further."""
        state[ODD] = 0
        filled = (self._cells, self._numbers, self._missing, self._odd)
        COPIED_ROWS(np.frombuffer(block, np.uint8), end, self._kinds, len(self.columns), ROOM, POWERS, *filled, state)
        for cell, place in self._odd[: 2 * state[ODD]].reshape(-1, 2).tolist():
            self._numbers[cell] = _odd_number(block, place)
        return int(state[WHY])

    def batch(self, rows: int) -> pa.RecordBatch:
        """The first rows, under PostgreSQL's own types."""
        arrays = [self._array(place * ROOM, rows, number) for place, number in enumerate(self.columns.values())]
        return pa.RecordBatch.from_arrays(arrays, names=list(self.columns))

    def _array(self, first: int, rows: int, number: int) -> pa.Array:
        cells, missing = self._cells[first : first + rows], self._missing[first : first + rows]
        nulls = int(missing.sum(dtype=np.int64))
        held = pa.py_buffer(np.packbits(missing == 0, bitorder="little")) if nulls else None
        if number == BOOLEAN:
            return pa.Array.from_buffers(pa.bool_(), rows, [held, pa.py_buffer(np.packbits(cells != 0, bitorder="little"))], nulls)
        if number == TIMESTAMPTZ:
            cells += EPOCH
        return pa.Array.from_buffers(ARROW.get(number, pa.int64()), rows, [held, pa.py_buffer(cells)], nulls)


def _odd_number(block: bytearray, place: int) -> float:
    """A numeric of more digits than a double holds, or of none, as its text would be read."""
    groups, weight, sign, _ = struct.unpack_from("!hhHH", block, place)
    if sign in NAMED:
        return NAMED[sign]
    digits = "".join(f"{group:04}" for group in struct.unpack_from(f"!{groups}H", block, place + 8))
    number = float(f"{digits}e{4 * (weight - groups + 1)}")
    if np.isinf(number) or (number == 0.0 and int(digits)):
        raise psycopg.errors.NumericValueOutOfRange("a numeric is out of the range of doubles")
    return -number if sign == MINUS else number


def _error(fields: bytes) -> psycopg.Error:
    """What the server says, under its own SQLSTATE."""
    told = {field[:1]: field[1:].decode(errors="replace") for field in fields.split(b"\0") if field}
    error = psycopg.DatabaseError(told.get(b"M", ""))
    error.sqlstate = told.get(b"C")
    return error


@contextmanager
def _broken() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise psycopg.OperationalError(f"the connection broke: {error.strerror or error}") from None
