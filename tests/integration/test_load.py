"""Files into the source's tables: Parquet and CSV, PostgreSQL and another dialect, and everything that is refused."""

from __future__ import annotations

import datetime as dt
import gzip
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from pyarrow import csv

from pipeline.core.errors import SourceContractError, UsageError
from pipeline.core.settings import LabelsSource, Source, TransactionsSource
from pipeline.data import server
from pipeline.data.database import Database
from pipeline.data.load import load
from pipeline.data.load_tables import Existing
from pipeline.simulator import Simulation, simulate

ENTITIES = {"customer": "customer_id", "terminal": "terminal_id"}
SOURCE = Source(transactions=TransactionsSource(recorded_at="recorded_at", entities=ENTITIES, minor_units=2))
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
INSTANT = pa.timestamp("us", "UTC")


@pytest.fixture(scope="module")
def url(postgres: server.Embedded) -> str:
    """One database for this file, emptied between tests: making one for each is slow."""
    return server.create_database(postgres, "test_load")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url, "source")
    with database.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA IF EXISTS payments CASCADE"))
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    yield database
    database.engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'source.db'}", "source")
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    source = simulate(Simulation(dt.date(2026, 11, 22), days=10).scaled(0.05))
    pq.write_table(source.transactions, folder / "transactions.parquet")
    pq.write_table(source.labels, folder / "labels.parquet")
    return folder


def quietly(*_: object) -> None:
    """Progress that nobody watches."""


def rows(database: Database, question: str) -> list[tuple[object, ...]]:
    with database.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.text(question))]


def table(**columns: object) -> pa.Table:
    """Two good rows, with some columns replaced, added, or (None) left out."""
    good: dict[str, object] = {
        "transaction_id": pa.array([1, 2]),
        "occurred_at": pa.array([NOON, NOON], INSTANT),
        "recorded_at": pa.array([NOON, NOON], INSTANT),
        "customer_id": pa.array([7, 8]),
        "terminal_id": pa.array([70, 80]),
        "amount": pa.array([Decimal("1.50"), Decimal("2.25")]),
    }
    return pa.table({name: column for name, column in {**good, **columns}.items() if column is not None})


def written(folder: Path, transactions: pa.Table, labels: pa.Table | None = None) -> Path:
    pq.write_table(transactions, folder / "transactions.parquet")
    if labels is not None:
        pq.write_table(labels, folder / "labels.parquet")
    return folder


def refused(database: Database, folder: Path, kind: type[Exception], sentence: str, source: Source = SOURCE) -> None:
    """The load fails with one line that says `sentence`, and leaves no table behind."""
    with pytest.raises(kind, match=sentence) as caught:
        load(database, source, folder, quietly)
    assert "\n" not in str(caught.value)
    assert not sa.inspect(database.engine).get_table_names()


def test_every_row_arrives_to_the_cent_and_the_microsecond(database: Database, simulated: Path) -> None:
    counts = load(database, SOURCE, simulated, quietly)
    transactions, labels = pq.read_table(simulated / "transactions.parquet"), pq.read_table(simulated / "labels.parquet")
    assert (counts.transactions, counts.labels) == (transactions.num_rows, labels.num_rows)
    assert rows(database, "SELECT * FROM transactions ORDER BY transaction_id") == [
        tuple(row.values()) for row in transactions.sort_by("transaction_id").to_pylist()
    ]
    assert rows(database, "SELECT * FROM labels ORDER BY known_at, transaction_id") == [
        tuple(row.values()) for row in labels.sort_by([("known_at", "ascending"), ("transaction_id", "ascending")]).to_pylist()
    ]


def test_tables_have_proper_types_and_an_index_on_arrival(database: Database, simulated: Path) -> None:
    load(database, SOURCE, simulated, quietly)
    types = """SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
        WHERE a.attrelid = CAST(:name AS regclass) AND a.attnum > 0 ORDER BY a.attnum"""
    with database.begin() as connection:
        found = {name: [kind for _, kind in connection.execute(sa.text(types), {"name": name})] for name in ("transactions", "labels")}
    zoned = "timestamp with time zone"
    assert found["transactions"] == ["bigint", zoned, zoned, "bigint", "bigint", "numeric(18,2)"]
    assert found["labels"] == ["bigint", "boolean", zoned]
    inspector = sa.inspect(database.engine)
    assert [index["column_names"] for index in inspector.get_indexes("transactions")] == [["recorded_at"]]
    assert [index["column_names"] for index in inspector.get_indexes("labels")] == [["known_at"]]


def test_progress_is_told_with_the_number_of_rows_in_all(database: Database, simulated: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    counts = load(database, SOURCE, simulated, lambda *step: told.append(step))
    assert told[-1] == ("labels", counts.labels, counts.labels)
    assert ("transactions", counts.transactions, counts.transactions) in told


def test_csv_and_parquet_bring_the_same_rows(database: Database, simulated: Path, tmp_path: Path) -> None:
    load(database, SOURCE, simulated, quietly)
    before = rows(database, "SELECT * FROM transactions ORDER BY 1"), rows(database, "SELECT * FROM labels ORDER BY 1, 3")
    csv.write_csv(pq.read_table(simulated / "transactions.parquet"), tmp_path / "transactions.csv")
    with gzip.open(tmp_path / "labels.csv.gz", "wb") as file:
        csv.write_csv(pq.read_table(simulated / "labels.parquet"), file)
    load(database, SOURCE, tmp_path, quietly, Existing.REPLACE)
    assert (rows(database, "SELECT * FROM transactions ORDER BY 1"), rows(database, "SELECT * FROM labels ORDER BY 1, 3")) == before


def test_another_dialect_takes_the_same_rows(sqlite: Database, simulated: Path) -> None:
    counts = load(sqlite, SOURCE, simulated, quietly)
    transactions = pq.read_table(simulated / "transactions.parquet")
    assert rows(sqlite, "SELECT count(*), sum(amount * 100) FROM transactions") == [
        (counts.transactions, pytest.approx(float(sum(transactions["amount"].to_pylist())) * 100, abs=0.5))
    ]
    assert rows(sqlite, "SELECT count(*), sum(is_fraud) FROM labels")[0][0] == counts.labels


def test_the_users_own_names_schema_and_text_keys_are_kept(database: Database, tmp_path: Path) -> None:
    names = TransactionsSource(
        table="payments.Sales", transaction_id="Line No", occurred_at="At", amount="Net", entities={"product": "Item"}, minor_units=3
    )
    source = Source(transactions=names, labels=LabelsSource(table="payments.returns", transaction_id="Line No", is_fraud="Back"))
    sales = pa.table({"Line No": ["007", "x\"'\n,"], "At": pa.array([NOON, NOON], INSTANT), "Net": [1.125, -3.0], "Item": ["", None]})
    returns = pa.table(
        {"Line No": ["007"], "Back": pa.array([1], pa.int8()), "known_at": pa.array([NOON], pa.timestamp("ns", "Europe/Brussels"))}
    )
    load(database, source, written(tmp_path, sales, returns), quietly)
    assert rows(database, 'SELECT * FROM payments."Sales" ORDER BY 1') == [
        ("007", NOON, Decimal("1.125"), ""),
        ("x\"'\n,", NOON, Decimal("-3.000"), None),
    ]
    assert rows(database, "SELECT * FROM payments.returns") == [("007", True, NOON)]


def test_csv_keys_are_integers_only_where_every_one_is_written_as_one(database: Database, tmp_path: Path) -> None:
    header = "transaction_id,occurred_at,recorded_at,customer_id,terminal_id,amount,note\n"
    lines = '007,{0},{0},1,A,1.5,\n9,{0},{0},,B,NaN,""\n'.format("2026-11-22T13:00:00+01:00")
    (tmp_path / "transactions.csv").write_text(header + lines)
    load(database, SOURCE, tmp_path, quietly)
    assert rows(database, "SELECT * FROM transactions WHERE transaction_id = '007'") == [("007", NOON, NOON, 1, "A", Decimal("1.50"), None)]
    (other,) = rows(database, "SELECT customer_id, terminal_id, amount::text, note FROM transactions WHERE transaction_id = '9'")
    assert other == (None, "B", "NaN", "")


def test_extra_columns_of_simple_types_are_kept_and_others_named(database: Database, tmp_path: Path) -> None:
    extras = {"risk": pa.array([0.5, None]), "country": pa.array(["GB", None]).dictionary_encode(), "tags": pa.array([["a"], ["b"]])}
    counts = load(database, SOURCE, written(tmp_path, table(**extras)), quietly)
    assert counts.left_out == ("tags",)
    assert rows(database, "SELECT risk, country FROM transactions ORDER BY transaction_id") == [(0.5, "GB"), (None, None)]


def test_without_labels_yet_an_empty_table_is_made_for_them(database: Database, tmp_path: Path) -> None:
    assert load(database, SOURCE, written(tmp_path, table()), quietly).labels == 0
    assert rows(database, "SELECT transaction_id, is_fraud, known_at FROM labels") == []


def test_a_file_of_labels_alone_adds_to_what_is_there(database: Database, simulated: Path) -> None:
    load(database, SOURCE, simulated, quietly)
    (before,) = rows(database, "SELECT count(*) FROM labels")
    counts = load(database, SOURCE, simulated / "labels.parquet", quietly, Existing.APPEND)
    assert counts.transactions == 0
    assert rows(database, "SELECT count(*) FROM labels") == [(2 * counts.labels,)] == [(2 * before[0],)]


@pytest.mark.parametrize("kind", ["database", "sqlite"])
def test_the_same_file_is_not_loaded_twice_by_mistake(kind: str, request: pytest.FixtureRequest, simulated: Path) -> None:
    database: Database = request.getfixturevalue(kind)
    load(database, SOURCE, simulated, quietly)
    once = rows(database, "SELECT count(*) FROM transactions")
    with pytest.raises(UsageError, match="transactions holds rows already: say --append to add to them or --replace to start anew"):
        load(database, SOURCE, simulated, quietly)
    assert rows(database, "SELECT count(*) FROM transactions") == once
    load(database, SOURCE, simulated, quietly, Existing.REPLACE)
    assert rows(database, "SELECT count(*) FROM transactions") == once


def test_of_two_loaders_at_once_one_is_refused(database: Database, simulated: Path) -> None:
    load(database, SOURCE, simulated, quietly)
    with database.begin() as connection:
        connection.execute(sa.text("TRUNCATE transactions, labels"))
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            outcomes.append(f"{load(database, SOURCE, simulated, quietly).transactions} loaded")
        except UsageError:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = pq.read_metadata(simulated / "transactions.parquet").num_rows
    assert sorted(outcomes) == sorted([f"{count} loaded", "refused", "refused"])
    assert rows(database, "SELECT count(*) FROM transactions") == [(count,)]


@pytest.mark.parametrize("column", ["transaction_id", "occurred_at", "recorded_at", "customer_id", "amount"])
def test_a_missing_column_is_named(database: Database, tmp_path: Path, column: str) -> None:
    refused(database, written(tmp_path, table(**{column: None})), SourceContractError, f"transactions.parquet: no column '{column}' among ")


@pytest.mark.parametrize("kind", [pa.timestamp("us"), pa.date32(), pa.string()])
def test_an_instant_without_a_zone_is_refused(database: Database, tmp_path: Path, kind: pa.DataType) -> None:
    naive = pa.array([dt.datetime(2026, 11, 22)] * 2, pa.timestamp("us")).cast(kind)  # noqa: DTZ001  # the mistake under test
    sentence = "column 'recorded_at' is .*must be an instant with a time zone"
    refused(database, written(tmp_path, table(recorded_at=naive)), SourceContractError, sentence)


@pytest.mark.parametrize("text", ["2026-11-22 12:00:00", "22.11.2026", "yesterday"])
def test_an_instant_of_a_csv_without_a_zone_is_refused(database: Database, tmp_path: Path, text: str) -> None:
    csv.write_csv(table(occurred_at=pa.array(["2026-11-22T12:00:00Z", text])), tmp_path / "transactions.csv")
    refused(database, tmp_path, SourceContractError, "transactions.csv: column 'occurred_at' holds a value that is not an instant")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"customer_id": pa.array([1.0, None])}, "column 'customer_id' is of type double, but must be a key: .*Int64"),
        ({"amount": pa.array([1.0, float("inf")])}, "column 'amount' .*: 1 of 2 rows, an infinite amount cannot be stored"),
        ({"amount": pa.array([1.0, 2.345])}, "column 'amount' .*: 1 of 2 rows, minor_units = 2 allows no more"),
        ({"amount": pa.array([True, False])}, "column 'amount' is of type bool"),
        ({"transaction_id": pa.array([1, 2**63], pa.uint64())}, "column 'transaction_id' holds a value that is not a key"),
    ],
)
def test_a_column_that_breaks_the_contract_is_named(
    database: Database, tmp_path: Path, columns: dict[str, pa.Array], sentence: str
) -> None:
    refused(database, written(tmp_path, table(**columns)), SourceContractError, f"transactions.parquet: {sentence}")


def test_labels_that_break_the_contract_keep_the_transactions_out_too(database: Database, tmp_path: Path) -> None:
    labels = pa.table({"transaction_id": [1, 2], "is_fraud": [1, 7], "known_at": pa.array([NOON, NOON], INSTANT)})
    refused(
        database, written(tmp_path, table(), labels), SourceContractError, "labels.parquet: column 'is_fraud' .*: 1 of 2 rows, true, false"
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "transactions.csv cannot be read"),
        (b"transaction_id,amount\n1\n", "transactions.csv"),
        (b"\xff\xfe,\x00\n", "transactions.csv"),
    ],
)
def test_a_broken_csv_is_one_line(database: Database, tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "transactions.csv").write_bytes(content)
    refused(database, tmp_path, SourceContractError, sentence)


def test_a_truncated_parquet_is_one_line(database: Database, simulated: Path, tmp_path: Path) -> None:
    (tmp_path / "transactions.parquet").write_bytes((simulated / "transactions.parquet").read_bytes()[:-100])
    refused(database, tmp_path, SourceContractError, "transactions.parquet cannot be read")


def test_a_row_of_a_csv_with_too_few_fields_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    csv.write_csv(table(), tmp_path / "transactions.csv")
    with (tmp_path / "transactions.csv").open("a") as file:
        file.write("3,2026-11-22T12:00:00Z\n")
    refused(database, tmp_path, SourceContractError, "transactions.csv cannot be read")


def test_a_path_that_holds_nothing_to_load_says_what_would_be_right(database: Database, tmp_path: Path) -> None:
    refused(database, tmp_path / "nowhere", UsageError, "does not exist: name a folder with transactions.parquet")
    refused(database, tmp_path, UsageError, "holds neither transactions.parquet nor transactions.csv")
    (tmp_path / "sales.parquet").touch()
    refused(database, tmp_path / "sales.parquet", UsageError, "call the file transactions.parquet")
    written(tmp_path, table())
    (tmp_path / "transactions.csv").touch()
    refused(database, tmp_path, UsageError, "holds transactions.parquet and transactions.csv: keep one")


def test_a_table_that_differs_from_the_file_is_named(database: Database, tmp_path: Path) -> None:
    load(database, SOURCE, written(tmp_path, table()), quietly)
    with pytest.raises(SourceContractError, match="table transactions has no column 'note': add it"):
        load(database, SOURCE, written(tmp_path, table(note=pa.array(["a", "b"]))), quietly, Existing.APPEND)
    with pytest.raises(SourceContractError, match="column 'customer_id' is BIGINT in transactions, but in the file a key"):
        load(database, SOURCE, written(tmp_path, table(customer_id=pa.array(["a", "b"]))), quietly, Existing.APPEND)
    with database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE transactions ALTER COLUMN recorded_at TYPE timestamp"))
    with pytest.raises(SourceContractError, match="column 'recorded_at' is TIMESTAMP in transactions, but in the file an instant with"):
        load(database, SOURCE, written(tmp_path, table()), quietly, Existing.APPEND)


def test_a_row_that_the_table_refuses_is_named_by_table_and_constraint(database: Database, tmp_path: Path) -> None:
    load(database, SOURCE, written(tmp_path, table()), quietly)
    with database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE transactions ADD CONSTRAINT dear CHECK (amount > 1000000) NOT VALID"))
    with pytest.raises(SourceContractError, match="SQLSTATE 23514, table transactions, constraint dear: mend the values"):
        load(database, SOURCE, tmp_path, quietly, Existing.APPEND)


def test_a_view_is_not_loaded_into(database: Database, tmp_path: Path) -> None:
    load(database, SOURCE, written(tmp_path, table()), quietly)
    with database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE transactions RENAME TO kept"))
        connection.execute(sa.text("CREATE VIEW transactions AS SELECT * FROM kept"))
    with pytest.raises(UsageError, match="transactions is a view: load into the tables beneath it"):
        load(database, SOURCE, tmp_path, quietly)
