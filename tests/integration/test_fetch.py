"""A snapshot of the source: whatever carries its rows, they are the same ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pyarrow as pa
import pytest
import sqlalchemy as sa

from pipeline.core.errors import SourceContractError
from pipeline.data import server
from pipeline.data.database import Database
from pipeline.data.fetch import ArrowFetch, snapshot, whole
from pipeline.data.names import INSTANT
from pipeline.data.source import Query

SCHEMA = pa.schema([("id", pa.int64()), ("moment", INSTANT), ("amount", pa.float64()), ("flag", pa.bool_())])
FILL = """CREATE TABLE sale AS SELECT n::integer AS id, timestamptz '2026-03-01 00:00+00' + n * interval '1.000001 seconds' AS moment,
    CASE WHEN n % 7 > 0 THEN (n * 7919 % 100000) / 100.0 END AS amount, (n % 3)::smallint AS flag FROM generate_series(1, 100000) AS n"""


@pytest.fixture
def database(postgres: server.Embedded) -> Iterator[Database]:
    """A source of 100,000 rows."""
    database = Database(server.create_database(postgres, f"fetch_{uuid.uuid4().hex[:12]}"), "source")
    with database.begin() as connection:
        connection.exec_driver_sql(FILL, execution_options={"no_parameters": True})
    yield database
    database.engine.dispose()


def sales(database: Database) -> Query:
    table = sa.Table("sale", sa.MetaData(), autoload_with=database.engine)
    amount = sa.cast(table.c.amount, sa.Double).label("amount")
    return sa.select(table.c.id, table.c.moment, amount, table.c.flag)


def test_blocks_and_adbc_bring_the_same_rows(database: Database) -> None:
    select = sales(database)
    with snapshot(database) as fetch:
        assert isinstance(fetch, ArrowFetch)
        assert fetch.copying.blocks(select, SCHEMA) is not None
        by_blocks = whole(fetch, select, SCHEMA)
        fetch.copying.has_begun = False
        assert by_blocks.num_rows == 100_000
        assert by_blocks.equals(whole(fetch, select, SCHEMA))


def test_what_is_committed_later_is_in_no_answer(database: Database) -> None:
    with snapshot(database) as fetch:
        with database.begin() as connection:
            connection.exec_driver_sql("DELETE FROM sale WHERE id > 10")
        assert whole(fetch, sales(database), SCHEMA).num_rows == 100_000
        assert fetch.text(sa.select(sa.func.count()).select_from(sales(database).subquery())) == "100000"
    with snapshot(database) as fetch:
        assert whole(fetch, sales(database), SCHEMA).num_rows == 10


def test_a_server_that_does_not_know_the_snapshot_is_read_without_it(database: Database) -> None:
    with snapshot(database) as fetch:
        assert isinstance(fetch, ArrowFetch)
        fetch.copying.driver.execute("ROLLBACK")
        fetch.copying.has_begun = False
        fetch.copying.begin("00000099-00000099-9")
        assert fetch.copying.blocks(sales(database), SCHEMA) is None
        assert whole(fetch, sales(database), SCHEMA).num_rows == 100_000


def test_after_an_answer_that_was_not_read_to_its_end_the_next_one_is_its_own(database: Database) -> None:
    with pytest.raises(SourceContractError, match="gone"), snapshot(database) as fetch:
        next(fetch.batches(sales(database), SCHEMA))
        raise SourceContractError("gone")
    with database.begin() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM sale")) == 100_000


def test_a_value_that_stops_the_answer_halfway_breaks_the_contract(database: Database) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("INSERT INTO sale VALUES (0, now(), 1e400, 1)")
    with pytest.raises(SourceContractError, match="SQLSTATE 22003, table sale: mend the values"), snapshot(database) as fetch:
        whole(fetch, sales(database), SCHEMA)
