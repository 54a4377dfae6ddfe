"""The schema grows by numbered migrations: each once, in order, one process at a time, and none edited afterwards."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.errors import SourceContractError, UsageError
from pipeline.data.database import Database
from pipeline.data.migrations import Migration, migrate, read_migrations, schema_is_current

APPLIED = "SELECT number, name FROM scoring.migration ORDER BY applied_at"


@pytest.fixture
def warehouse(database_url: str) -> Database:
    return Database(database_url, "warehouse")


def applied(warehouse: Database) -> list[tuple[object, ...]]:
    with warehouse.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(APPLIED)]


def test_migrations_are_applied_in_order_and_once(warehouse: Database) -> None:
    names = [migration.name for migration in read_migrations()]
    assert not schema_is_current(warehouse)
    assert migrate(warehouse, pa.int64()) == names
    assert schema_is_current(warehouse)
    assert migrate(warehouse, pa.int64()) == []
    assert applied(warehouse) == list(enumerate(names, start=1))


def test_of_three_that_set_up_at_once_one_applies_and_the_others_find_it_done(database_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: migrate(Database(database_url, "warehouse"), pa.int64()), range(3)))
    names = [migration.name for migration in read_migrations()]
    assert sorted(done) == [[], [], names]


def test_an_edited_migration_is_refused_and_nothing_is_changed(warehouse: Database) -> None:
    migrate(warehouse, pa.int64())
    first, *rest = read_migrations()
    edited = dataclasses.replace(first, statements=first.statements + "\n-- one word more")
    newer = Migration(len(rest) + 2, "9999_new", "CREATE TABLE scoring.new (n int)")
    with pytest.raises(UsageError, match=rf"{first.name}\.sql was edited after it was applied") as caught:
        migrate(warehouse, pa.int64(), [edited, *rest, newer])
    assert caught.value.exit_code == 2
    assert len(applied(warehouse)) == len(rest) + 1


def test_a_migration_that_fails_leaves_the_schema_as_it_was(warehouse: Database) -> None:
    migrate(warehouse, pa.int64())
    before = applied(warehouse)
    broken = Migration(len(before) + 1, "9999_broken", "CREATE TABLE scoring.half (n int); SELECT 1 / 0")
    with pytest.raises(UsageError, match="22012"):
        migrate(warehouse, pa.int64(), [*read_migrations(), broken])
    assert applied(warehouse) == before
    with warehouse.begin() as connection:
        assert connection.exec_driver_sql("SELECT to_regclass('scoring.half')").scalar() is None


def test_a_new_migration_is_applied_after_the_old_ones(warehouse: Database) -> None:
    migrate(warehouse, pa.int64())
    newer = Migration(len(applied(warehouse)) + 1, "9999_new", "CREATE TABLE scoring.new (n int)")
    assert migrate(warehouse, pa.int64(), [*read_migrations(), newer]) == ["9999_new"]


@pytest.mark.parametrize(("first", "second"), [(pa.int64(), pa.string()), (pa.string(), pa.int64())])
def test_a_source_whose_keys_changed_type_is_refused(warehouse: Database, first: pa.DataType, second: pa.DataType) -> None:
    migrate(warehouse, first)
    with pytest.raises(SourceContractError, match=r"this warehouse was set up for (bigint|text)") as caught:
        migrate(warehouse, second)
    assert caught.value.exit_code == 4


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    for name in ("0001_first.sql", "0003_third.sql"):
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(UsageError, match=r"without a gap, but holds 0001_first\.sql, 0003_third\.sql"):
        read_migrations(tmp_path)
