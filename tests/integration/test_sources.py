"""Sources of many shapes: quoted names, a view, no arrivals, whole amounts, SQLite."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from pipeline.data.database import Database
from pipeline.data.server import Embedded
from pipeline.house import open_house
from tests.commanding import FIRST, nightshift, says
from tests.worlds import SMALL, World, at, transaction

NOON = at(f"{FIRST} 12:00")
ONE_ROW = "1 rows in = 0 scored + 0 rejected + 0 collapsed + 1 unscored"


# sources of many shapes


@pytest.fixture
def fresh(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A warehouse without anything."""
    world = World.make(database_url, tmp_path, monkeypatch)
    yield world
    world.database.engine.dispose()


def runs(world: World) -> None:
    """`init` and one night with its single row."""
    outcome = nightshift("init")
    assert outcome.code == 0, outcome
    outcome = nightshift("night", FIRST)
    assert outcome.code == 0, outcome
    assert ONE_ROW in outcome.out


def test_names_that_need_quoting_are_quoted(fresh: World) -> None:
    names = {"id": 'Order "No"', "moment": "occurred at", "arrival": "100 % arrived", "amount": "amount:net", "customer": "Customer"}
    quoted = {ours: '"' + name.replace('"', '""') + '"' for ours, name in names.items()}
    fresh.change(
        'CREATE SCHEMA "Our Shop"',
        f"""CREATE TABLE "Our Shop"."Sales %" ({quoted["id"]} bigint, {quoted["moment"]} timestamptz, {quoted["arrival"]} timestamptz,
            {quoted["amount"]} numeric, {quoted["customer"]} text)""",
        f"""INSERT INTO "Our Shop"."Sales %" VALUES (1, '{NOON}', '{NOON}', 9.99, 'c')""",
        "CREATE TABLE labels (transaction_id bigint, is_fraud boolean, known_at timestamptz)",
    )
    table = {"table": "Our Shop.Sales %", "transaction_id": names["id"], "occurred_at": names["moment"], "recorded_at": names["arrival"]}
    fresh.configure(
        **SMALL | {"view": "tests.commanding:CUSTOMERS"},
        transactions=table | {"amount": names["amount"], "entities": {"customer": "Customer"}},
    )
    runs(fresh)


@pytest.mark.parametrize("kind", ["double precision", "real", "numeric(12, 2)", "integer", "smallint"])
def test_amounts_of_any_type_of_numbers_are_sealed_to_the_minor_unit(fresh: World, kind: str) -> None:
    fresh.configure(**SMALL)
    fresh.make_tables()
    fresh.change(f"ALTER TABLE transactions ALTER amount TYPE {kind}")
    whole = kind in {"integer", "smallint"}
    fresh.change(f"INSERT INTO transactions VALUES (1, '{NOON}', '{NOON}', 7, 8, {12 if whole else 12.34})")
    assert nightshift("night", FIRST).code == 0
    (path,) = (fresh.home / ".nightshift" / "lake").rglob(f"transactions/night={FIRST}/*.parquet")
    assert pq.read_table(path)["amount_cents"].to_pylist() == [1200 if whole else 1234]


def test_a_view_without_arrivals_with_whole_amounts_and_numbers_for_verdicts_is_a_source(fresh: World) -> None:
    fresh.change(
        "CREATE TABLE sales (id int, moment timestamptz, cents int, customer smallint, terminal varchar(9))",
        f"INSERT INTO sales VALUES (1, '{NOON}', 250, 3, 't')",
        "CREATE SCHEMA shop",
        """CREATE VIEW shop.sale AS
        SELECT id AS transaction_id, moment AS occurred_at, cents AS amount, customer AS customer_id, terminal AS terminal_id FROM sales""",
        "CREATE TABLE labels (transaction_id int, is_fraud smallint, known_at timestamptz)",
        f"INSERT INTO labels VALUES (1, 1, '{NOON}'), (1, 0, '{NOON}')",
    )
    fresh.configure(**SMALL, transactions={"table": "shop.sale", "recorded_at": None, "minor_units": 0})
    runs(fresh)
    with open_house() as house, fresh.database.begin() as connection:
        paths = connection.execute(sa.text("SELECT what, path, sha256 FROM scoring.seal WHERE what <> 'features'"))
        sealed = {what: house.lake.read_table(path, sha256).to_pylist() for what, path, sha256 in paths}
    (sale,) = sealed["transactions"]
    assert (sale["amount_cents"], sale["recorded_at"], sale["customer"], sale["terminal"]) == (250, NOON, 3, "t")
    assert sorted(row["is_fraud"] for row in sealed["labels"]) == [False, True]


@pytest.fixture
def sqlite(fresh: World) -> Iterator[Database]:
    """A SQLite source of one transaction and one label, which readers and a writer may use at the same time."""
    source = Database(f"sqlite:///{fresh.home / 'source.db'}", "source")
    with source.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql(
            """CREATE TABLE transactions (transaction_id INTEGER, occurred_at DATETIME, recorded_at DATETIME, customer_id TEXT,
            terminal_id TEXT, amount NUMERIC(18, 2))"""
        )
        connection.exec_driver_sql("CREATE TABLE labels (transaction_id INTEGER, is_fraud BOOLEAN, known_at DATETIME)")
        arrive(connection, 1)
    fresh.configure(**SMALL, source_url=source.url.render_as_string())
    yield source
    source.engine.dispose()


def arrive(connection: sa.Connection, key: int) -> None:
    """A transaction and its label arrive in the first night."""
    connection.exec_driver_sql(f"INSERT INTO transactions VALUES ({key}, '{NOON}', '{NOON}', 'c', 't', 9.99)")
    connection.exec_driver_sql(f"INSERT INTO labels VALUES ({key}, 1, '{NOON}')")


@pytest.mark.parametrize("questions", [1, 2, 3, 4])
def test_a_row_that_arrives_while_a_source_without_snapshots_is_read_is_in_the_night_or_straggles(
    fresh: World, sqlite: Database, questions: int
) -> None:
    asked = []

    def watch(connection: sa.Connection, _cursor: object, _statement: str, parameters: object, *_: object) -> None:
        if connection.engine.url == sqlite.url and FIRST in str(parameters):
            asked.append(parameters)
            if len(asked) == questions:
                with sqlite.begin() as beside:
                    arrive(beside, 2)

    assert nightshift("init").code == 0
    sa.event.listen(sa.Engine, "after_cursor_execute", watch)
    try:
        assert nightshift("night", FIRST).code == 0
    finally:
        sa.event.remove(sa.Engine, "after_cursor_execute", watch)
    assert len(asked) == 4  # a checksum and the rows, of transactions and of labels
    assert nightshift("night", "2026-03-02").code == 0
    sealed = "SELECT what, sum(row_count) FROM scoring.seal WHERE what IN ('transactions', 'labels') GROUP BY what ORDER BY what"
    assert fresh.rows(sealed) == [
        ("labels", 2),
        ("transactions", 2),
    ]


def test_sqlite_is_a_source_where_its_text_says_utc_and_is_refused_where_it_does_not(fresh: World, sqlite: Database) -> None:
    with sqlite.begin() as connection:
        connection.exec_driver_sql("INSERT INTO labels VALUES (1, 1, NULL), (2, 0, '0001-01-01 00:00:00+00:00')")
    runs(fresh)
    assert fresh.rows("SELECT transaction_id, reason FROM scoring.rejected_transaction ORDER BY 1") == [
        ("1", "label: known_at is missing"),
        ("2", "label: known_at lies outside 1970 to 9999"),
    ]
    for text, sentence in (
        ("2026-03-02 12:00:00", "is a timestamp without time zone"),
        ("2026-03-02 12:00:00+02:00", "as text it must be UTC"),
        ("2026-03-02 noon", "holds text that is no timestamp"),
    ):
        with sqlite.begin() as connection:
            connection.execute(sa.text("UPDATE transactions SET occurred_at = :text, recorded_at = :text"), {"text": text})
        says(4, sentence, "night", "2026-03-02")


@pytest.mark.parametrize(("ruin", "sentence"), [
    ("INSERT INTO transactions SELECT transaction_id + 1, occurred_at, recorded_at, CAST(x'ff41' AS TEXT), 't', 1 FROM transactions",
     "answered with SQLSTATE 22000, table transactions: mend the values"),
    ("UPDATE transactions SET amount = 'nine'", "'amount' holds values that do not fit double"),
])  # fmt: skip
def test_values_that_sqlite_keeps_under_any_type_are_refused_as_what_they_are(
    fresh: World, sqlite: Database, ruin: str, sentence: str
) -> None:
    assert nightshift("init").code == 0
    with sqlite.begin() as connection:
        connection.exec_driver_sql(ruin)
    says(4, sentence, "night", FIRST)


@pytest.fixture
def bytes_for_text(fresh: World, postgres: Embedded) -> Iterator[World]:
    """A source in a database that takes any bytes for text."""
    name = f"bytes_{uuid.uuid4().hex[:12]}"
    with sa.create_engine(postgres.url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'")
    url = sa.make_url(postgres.url).set(database=name).render_as_string(hide_password=False)
    source = World(url, fresh.home, Database(url, "source"))
    source.change(
        "CREATE TABLE labels (transaction_id text, is_fraud boolean, known_at timestamptz)",
        """CREATE TABLE transactions
        (transaction_id text, occurred_at timestamptz, recorded_at timestamptz, customer_id text, terminal_id text, amount numeric)""",
        f"INSERT INTO transactions VALUES ('\u00e9', '{NOON}', '{NOON}', 'c', 't', 9.99)",
    )
    fresh.configure(**SMALL, source_url=url)
    yield source
    source.database.engine.dispose()


def test_a_database_that_takes_any_bytes_for_text_is_a_source_as_long_as_they_are_text(fresh: World, bytes_for_text: World) -> None:
    runs(fresh)
    bytes_for_text.change(
        f"INSERT INTO transactions SELECT E'\\xff', '{NOON}'::timestamptz + interval '1 day', '{NOON}'::timestamptz + interval '1 day', "
        "customer_id, terminal_id, amount FROM transactions"
    )
    says(4, "answered with SQLSTATE 22021, table transactions: mend the values", "night", "2026-03-02")


def test_a_key_that_no_index_holds_is_set_aside_and_the_night_goes_on(fresh: World) -> None:
    fresh.make_tables("text", "bigint")
    fresh.insert("transactions", [transaction("x" * 2_001, NOON), *(transaction(f"{n:04}" * 500, NOON) for n in range(20))])
    fresh.configure(**SMALL)
    outcome = nightshift("night", FIRST)
    assert "21 rows in = 0 scored + 1 rejected + 0 collapsed + 20 unscored" in outcome.out, outcome
    assert fresh.rows("SELECT reason FROM scoring.rejected_transaction") == [("transaction_id is longer than 2,000 bytes",)]
