"""Rows sent by binary COPY stand in the table as rows that are inserted one by one."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data import server
from pipeline.data.copying import copy_into
from pipeline.data.database import Database
from pipeline.data.names import INSTANT

COLUMNS = "day date, number bigint, small integer, moment timestamptz, score double precision, flag boolean, word text"
SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("number", pa.int64()),
        ("small", pa.int32()),
        ("moment", INSTANT),
        ("score", pa.float64()),
        ("flag", pa.bool_()),
        ("word", pa.string()),
    ]
)
MOMENTS = st.integers(-(2**51), 2**54).map(
    lambda microseconds: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "day": st.dates(dt.date(1900, 1, 1), dt.date(2900, 1, 1)),
    "number": st.integers(-(2**63), 2**63 - 1),
    "small": st.integers(-(2**31), 2**31 - 1),
    "moment": MOMENTS,
    "score": st.floats(allow_nan=False) | st.sampled_from([-0.0, 5e-324, math.nan]),
    "flag": st.booleans(),
    "word": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
}
AS_BITS = "SELECT day, number, small, moment, encode(float8send(score), 'hex'), flag, word FROM {} ORDER BY number NULLS FIRST, ctid"


@pytest.fixture(scope="module")
def database(postgres: server.Embedded) -> Iterator[Database]:
    database = Database(server.create_database(postgres, "copying"), "warehouse")
    yield database
    database.engine.dispose()


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Up to twelve rows; each column whole, with gaps, or missing altogether."""
    gaps = {name: draw(st.sampled_from([st.nothing(), st.none()])) for name in VALUES}
    row = st.fixed_dictionaries({name: st.one_of(values, gaps[name]) for name, values in VALUES.items()})
    return pa.Table.from_pylist(draw(st.lists(row, max_size=12)), SCHEMA)


@settings(max_examples=30)
@given(table=tables(), batch=st.integers(1, 12))
def test_copied_rows_are_bit_for_bit_those_inserted_one_by_one(database: Database, table: pa.Table, batch: int) -> None:
    with database.begin() as connection:
        for name in ("copied", "inserted"):
            connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ({COLUMNS}) ON COMMIT DROP")
        copy_into(connection, "copied", table.to_reader(max_chunksize=batch))
        places = ", ".join(f":{name}" for name in VALUES)
        for row in table.to_pylist():
            connection.execute(sa.text(f"INSERT INTO inserted VALUES ({places})"), row)
        copied, inserted = (connection.exec_driver_sql(AS_BITS.format(name)).fetchall() for name in ("copied", "inserted"))
    assert [tuple(row) for row in copied] == [tuple(row) for row in inserted]


def test_what_the_table_refuses_is_refused_by_its_constraint_and_nothing_is_kept(database: Database) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE refusing (number bigint CHECK (number > 0))")
    rows = pa.table({"number": [1, 2, -3]})
    with pytest.raises(psycopg.errors.CheckViolation), database.engine.begin() as connection:
        copy_into(connection, "refusing", rows.to_reader())
    with database.begin() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM refusing")) == 0


def test_a_type_that_no_table_of_ours_has_is_refused_before_anything_is_sent() -> None:
    from pipeline.data.copying import encoded

    with pytest.raises(TypeError, match="no way to send decimal128"):
        encoded(pa.record_batch({"amount": pa.array([None], pa.decimal128(9, 2))}))
