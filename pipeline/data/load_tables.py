"""Tables that files are loaded into: made where they are missing, checked where they are not."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from pipeline.core.errors import SourceContractError, UsageError
from pipeline.core.settings import Source
from pipeline.data.load_columns import AMOUNT_DIGITS, Column, Role
from pipeline.data.load_files import SourceFile

Kind = sa.types.TypeEngine[Any]
Family = tuple[type[Kind], ...]
FAMILIES: dict[Role, Family] = {Role.INSTANT: (sa.DateTime,), Role.AMOUNT: (sa.Numeric, sa.Integer), Role.FLAG: (sa.Boolean,)}


class Existing(enum.Enum):
    """What to do with rows that a table already holds."""

    REFUSE = "refuse"
    APPEND = "append"
    REPLACE = "replace"


@dataclass(frozen=True)
class Loading:
    """One file on its way into one table."""

    file: SourceFile
    table: sa.Table


def prepare(connection: sa.Connection, source: Source, name: str, file: SourceFile, existing: Existing) -> Loading:
    """Make or check the table, lock it against a second loader, and see to the rows that it holds."""
    where = source.transactions.table if name == "transactions" else source.labels.table
    arrival = source.labels.known_at if name == "labels" else source.transactions.recorded_at or source.transactions.occurred_at
    schema, _, bare = where.rpartition(".")
    table = sa.Table(bare, sa.MetaData(), *(sa.Column(column.name, _sql_type(column)) for column in file.columns), schema=schema or None)
    if sa.inspect(connection).has_table(bare, schema=schema or None):
        _check_table(connection, table, file)
    else:
        _make_table(connection, table, arrival)
    _make_room(connection, table, existing)
    return Loading(file, table)


def _make_table(connection: sa.Connection, table: sa.Table, arrival: str) -> None:
    if table.schema and connection.dialect.name == "postgresql":
        connection.execute(sa.schema.CreateSchema(table.schema, if_not_exists=True))
    sa.Index(f"{table.name}_{arrival}", table.c[arrival])
    table.create(connection)


def _check_table(connection: sa.Connection, table: sa.Table, file: SourceFile) -> None:
    """Refuse a view, and a table that lacks a column or has it in another type."""
    inspector = sa.inspect(connection)
    if table.name in inspector.get_view_names(table.schema):
        raise UsageError(f"{table.fullname} is a view: load into the tables beneath it, or name another table in nightshift.toml")
    there = {column["name"]: column["type"] for column in inspector.get_columns(table.name, table.schema)}
    for column in file.columns:
        if column.name not in there:
            raise SourceContractError(
                f"{file.path.name}: table {table.fullname} has no column '{column.name}': add it, or leave it out of the file"
            )
        if not _fits(column, there[column.name], connection.dialect.name):
            found = f"{there[column.name]} in {table.fullname}"
            raise SourceContractError(f"{file.path.name}: column '{column.name}' is {found}, but in the file {column.role.value}")


def _fits(column: Column, there: Kind, dialect: str) -> bool:
    """Whether a column of a table takes the values as they are: PostgreSQL would drop the zone of an instant without a word."""
    if column.role is Role.KEY:
        return isinstance(there, sa.Integer if pa.types.is_integer(column.kind) else sa.String)
    if column.role is Role.INSTANT and dialect == "postgresql":
        return isinstance(there, sa.DateTime) and there.timezone
    return isinstance(there, FAMILIES.get(column.role, (sa.types.TypeEngine,)))


def _make_room(connection: sa.Connection, table: sa.Table, existing: Existing) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {_quoted(connection, table)} IN SHARE ROW EXCLUSIVE MODE")
    if existing is Existing.REPLACE:
        connection.execute(sa.delete(table))
    elif existing is Existing.REFUSE and connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table)))):
        raise UsageError(f"table {table.fullname} holds rows already: say --append to add to them or --replace to start anew")


def refresh_statistics(connection: sa.Connection, table: sa.Table) -> None:
    """A night asks for one day of many: without fresh statistics the server may read the whole table for it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {_quoted(connection, table)}")


def _quoted(connection: sa.Connection, table: sa.Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def make_empty_labels(connection: sa.Connection, source: Source, transactions: Loading) -> None:
    """A source without labels yet still has the table that nights ask."""
    schema, _, bare = source.labels.table.rpartition(".")
    if sa.inspect(connection).has_table(bare, schema=schema or None):
        return
    key = transactions.table.c[source.transactions.transaction_id].type
    columns = (
        (source.labels.transaction_id, key),
        (source.labels.is_fraud, sa.Boolean()),
        (source.labels.known_at, sa.DateTime(timezone=True)),
    )
    table = sa.Table(bare, sa.MetaData(), *(sa.Column(name, kind) for name, kind in columns), schema=schema or None)
    _make_table(connection, table, source.labels.known_at)


def _sql_type(column: Column) -> Kind:
    """The column that holds a travelling type for good."""
    if column.role is Role.AMOUNT:
        return sa.Numeric(AMOUNT_DIGITS, column.minor_units)
    kind = column.kind
    if pa.types.is_timestamp(kind):
        return sa.DateTime(timezone=kind.tz is not None)
    if pa.types.is_decimal(kind):
        return sa.Numeric(kind.precision, kind.scale)
    plain: dict[pa.DataType, Kind] = {
        pa.int64(): sa.BigInteger(),
        pa.float64(): sa.Double(),
        pa.bool_(): sa.Boolean(),
        pa.date32(): sa.Date(),
    }
    return plain.get(kind, sa.Text())
