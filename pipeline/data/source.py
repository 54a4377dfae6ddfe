"""The source as its user mapped it: its shape is checked once, then a night is a `select()` carried as Arrow."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchTableError

from pipeline.core.errors import SourceContractError
from pipeline.core.night import Night
from pipeline.core.settings import Source as SourceSettings
from pipeline.data.contract import AMOUNT, EARLIEST, LATEST, MISSING, OUTSIDE, REASON
from pipeline.data.database import Database
from pipeline.data.names import INSTANT, IS_FRAUD, KNOWN_AT, OCCURRED_AT, RECORDED_AT, TRANSACTION_ID

Query = sa.Select[*tuple[Any, ...]]
KEY_TYPES = (sa.Integer, sa.String)
WORDS = {
    sa.Integer: "an integer",
    sa.String: "text",
    sa.Numeric: "a decimal",
    sa.Float: "a floating-point number",
    sa.DateTime: "a timestamp with time zone",
    sa.Boolean: "a boolean",
}


class UtcTimestamp(sa.TypeDecorator[dt.datetime]):
    """A TIMESTAMP of a session whose clock is UTC's (`Database.engine`), as the instant that it is."""

    impl = sa.TIMESTAMP
    cache_ok = True

    def process_result_value(self, value: object, _: sa.Dialect) -> Any:
        return value.replace(tzinfo=dt.UTC) if isinstance(value, dt.datetime) else value


@dataclass(frozen=True)
class Shape:
    """What the source turned out to be: the Arrow types of its keys, and whether it records arrivals."""

    transactions: sa.Table
    labels: sa.Table
    key: pa.DataType
    entities: dict[str, pa.DataType]


class Source:
    """Reads transactions and labels by arrival; never writes."""

    def __init__(self, database: Database, settings: SourceSettings) -> None:
        self.database = database
        self.settings = settings

    @property
    def has_arrivals(self) -> bool:
        """Whether rows carry the instant at which they arrived; without it nights are not fit for a backtest."""
        return self.settings.transactions.recorded_at is not None

    @cached_property
    def shape(self) -> Shape:
        """Look at both tables; a table, column or type that breaks the contract is a `SourceContractError` that names it."""
        ours = self.settings.transactions
        transactions, labels = self._reflect(ours.table, "transactions"), self._reflect(self.settings.labels.table, "labels")
        for name in (ours.occurred_at, *([ours.recorded_at] if ours.recorded_at else [])):
            self._column(transactions, name, (sa.DateTime,))
        self._column(transactions, ours.amount, (sa.Numeric, sa.Float, sa.Integer))
        self._column(labels, self.settings.labels.known_at, (sa.DateTime,))
        self._column(labels, self.settings.labels.is_fraud, (sa.Boolean, sa.Integer))
        key = self._key(transactions, ours.transaction_id)
        if self._key(labels, self.settings.labels.transaction_id) != key:
            theirs = f"{labels.fullname}.{self.settings.labels.transaction_id}"
            raise SourceContractError(f"{theirs} and {transactions.fullname}.{ours.transaction_id} must be of one type")
        return Shape(transactions, labels, key, {name: self._key(transactions, column) for name, column in ours.entities.items()})

    def has_tables(self) -> bool:
        """Whether both tables are there at all."""
        with self.database.in_words():
            inspector = sa.inspect(self.database.engine)
            return all(_exists(inspector, name) for name in (self.settings.transactions.table, self.settings.labels.table))

    def _reflect(self, name: str, kind: str) -> sa.Table:
        schema, _, table = name.rpartition(".")
        with self.database.in_words(name):
            try:
                return sa.Table(table, sa.MetaData(), schema=schema or None, autoload_with=self.database.engine, resolve_fks=False)
            except NoSuchTableError:
                inspector = sa.inspect(self.database.engine)
                known = inspector.get_table_names(schema or None) + inspector.get_view_names(schema or None)
        near = difflib.get_close_matches(table, known, 1)
        hint = f", did you mean '{near[0]}'?" if near else f"; it has {', '.join(sorted(known)) or 'no tables'}"
        raise SourceContractError(f"the source has no table '{name}' (source.{kind}.table){hint}")

    def _column(self, table: sa.Table, name: str, allowed: tuple[type[sa.types.TypeEngine[Any]], ...]) -> sa.Column[object]:
        if name not in table.c:
            near = difflib.get_close_matches(name, list(table.c.keys()), 1)
            hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(table.c.keys())}"
            raise SourceContractError(f"{table.fullname} has no column '{name}': {hint}")
        column = table.c[name]
        if not isinstance(column.type, allowed):
            *others, last = (WORDS[kind] for kind in allowed)
            wanted = f"{', '.join(others)} or {last}" if others else last
            raise SourceContractError(f"{table.fullname}.{name} is {column.type}: it must be {wanted}")
        if isinstance(column.type, sa.DateTime) and self.database.is_postgresql and not column.type.timezone:
            raise SourceContractError(
                f"{table.fullname}.{name} is a timestamp without time zone: make it timestamptz, or a view with (… AT TIME ZONE 'UTC')"
            )
        if isinstance(column.type, sa.DateTime) and self.database.is_mysql and not isinstance(column.type, sa.TIMESTAMP):
            raise SourceContractError(
                f"{table.fullname}.{name} is a timestamp without time zone: make it TIMESTAMP, or a view with CONVERT_TZ(…) in one"
            )
        return column

    def _key(self, table: sa.Table, name: str) -> pa.DataType:
        return pa.int64() if isinstance(self._column(table, name, KEY_TYPES).type, sa.Integer) else pa.string()

    def transactions(self, night: Night) -> Query:
        """Rows that arrived in the night; one without an arrival time is taken in the night in which it occurred, to be rejected there."""
        arrived = self._arrived(night)
        return sa.select(*self._transaction_columns()).where(arrived)

    def transaction_ids(self, night: Night) -> Query:
        """Only the keys of the night, for the comparison with its seal."""
        return sa.select(self._id().label(TRANSACTION_ID)).where(self._arrived(night))

    def labels(self, night: Night) -> Query:
        """Labels that became known in the night."""
        ours, table = self.settings.labels, self.shape.labels
        known_at = table.c[ours.known_at]
        columns = (table.c[ours.transaction_id].label(TRANSACTION_ID), table.c[ours.is_fraud].label(IS_FRAUD))
        return sa.select(*columns, self._as_given(known_at).label(KNOWN_AT)).where(known_at >= night.start, known_at < night.end)

    def undated_transactions(self) -> Query:
        """Ids of transactions that belong to no night, each with the reason: their time of arrival, or else of occurrence, says none."""
        arrival, occurred_at = self._arrival(), self.shape.transactions.c[self.settings.transactions.occurred_at]
        lost = (arrival.is_not(None), OUTSIDE.format(RECORDED_AT if self.has_arrivals else OCCURRED_AT))
        reason = sa.case(lost, (occurred_at.is_not(None), OUTSIDE.format(OCCURRED_AT)), else_=MISSING.format(OCCURRED_AT))
        never_occurred = sa.or_(occurred_at.is_(None), _outside(occurred_at))
        undated = sa.or_(_outside(arrival), sa.and_(arrival.is_(None), never_occurred))
        return sa.select(self._id().label(TRANSACTION_ID), reason.label(REASON)).where(undated)

    def undated_labels(self) -> Query:
        """Ids of labels that became known in no night, each with the reason."""
        table, known_at = self.shape.labels, self.shape.labels.c[self.settings.labels.known_at]
        reason = sa.case((known_at.is_not(None), f"label: {OUTSIDE.format(KNOWN_AT)}"), else_=f"label: {MISSING.format(KNOWN_AT)}")
        undated = sa.or_(known_at.is_(None), _outside(known_at))
        return sa.select(table.c[self.settings.labels.transaction_id].label(TRANSACTION_ID), reason.label(REASON)).where(undated)

    def checksum(self, rows: Query) -> Query:
        """Count and, where the dialect can, an order-free sum over the keys of `rows`: equal sums mean equal keys."""
        inner = rows.subquery()
        key = inner.c[TRANSACTION_ID]
        total: sa.ColumnElement[object] = sa.literal(None)
        if self.database.is_postgresql and pa.types.is_integer(self.shape.key):
            total = sa.func.sum(sa.func.hashint8extended(key, 0))  # exact: the sum of bigint is numeric
        elif self.database.is_postgresql:
            total = sa.func.sum(sa.func.hashtextextended(sa.cast(key, sa.Text), 0))
        elif pa.types.is_integer(self.shape.key):
            total = sa.func.sum(key)
        return sa.select(sa.func.count().label("rows"), sa.cast(total, sa.Text).label("total")).select_from(inner)

    def not_tables(self) -> Query:
        """Of PostgreSQL: how many of the two are no tables of its own. What is none may answer otherwise each time it is asked."""
        known = sa.table("pg_class", sa.column("oid"), sa.column("relkind"), schema="pg_catalog")
        names = {
            self.database.engine.dialect.identifier_preparer.format_table(table) for table in (self.shape.transactions, self.shape.labels)
        }
        ours = known.c.oid.in_([sa.func.to_regclass(name) for name in sorted(names)])
        return sa.select(len(names) - sa.func.count()).select_from(known).where(ours, known.c.relkind.in_(["r", "p"]))

    def begins(self) -> Night | None:
        """The night of the first arrival that a calendar holds; None where the source holds nothing."""
        arrival = self._arrival()
        first_arrival = sa.select(self._as_given(sa.func.min(arrival))).where(arrival >= EARLIEST, arrival <= LATEST)
        with self.database.begin() as connection, self.database.in_words(self.shape.transactions.fullname):
            first = connection.scalar(first_arrival)
        return None if first is None else Night.of(as_instant(first, "the first arrival"))

    def _as_given(self, instant: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """An instant as the driver gives it: SQLAlchemy reads SQLite's text without its zone, or not at all. MySQL's are of UTC."""
        if self.database.is_mysql:
            return sa.type_coerce(instant, UtcTimestamp)
        return instant if self.database.is_postgresql else sa.type_coerce(instant, sa.String)

    def _as_number(self, amount: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """An amount as a double; SQLite would cast the word 'nine' to 0.0, so there it comes as it is and is refused."""
        cast = sa.type_coerce if self.database.url.get_backend_name() == "sqlite" else sa.cast
        return cast(amount, sa.Double)

    def _id(self) -> sa.Column[object]:
        return self.shape.transactions.c[self.settings.transactions.transaction_id]

    def _arrival(self) -> sa.Column[Any]:
        ours = self.settings.transactions
        return self.shape.transactions.c[ours.recorded_at or ours.occurred_at]

    def _arrived(self, night: Night) -> sa.ColumnElement[bool]:
        arrival = self._arrival()
        within = sa.and_(arrival >= night.start, arrival < night.end)
        if not self.has_arrivals:
            return within
        occurred_at = self.shape.transactions.c[self.settings.transactions.occurred_at]
        return sa.or_(within, sa.and_(arrival.is_(None), occurred_at >= night.start, occurred_at < night.end))

    def _transaction_columns(self) -> Iterator[sa.ColumnElement[object]]:
        ours, table = self.settings.transactions, self.shape.transactions
        yield self._id().label(TRANSACTION_ID)
        yield self._as_given(table.c[ours.occurred_at]).label(OCCURRED_AT)
        yield self._as_given(self._arrival()).label(RECORDED_AT)
        yield self._as_number(table.c[ours.amount]).label(AMOUNT)
        for name, column in ours.entities.items():
            yield table.c[column].label(name)

    @property
    def transactions_fetched(self) -> pa.Schema:
        """Arrow schema of what `transactions` brings, before the contract is checked."""
        fixed = [(TRANSACTION_ID, self.shape.key), (OCCURRED_AT, INSTANT), (RECORDED_AT, INSTANT), (AMOUNT, pa.float64())]
        return pa.schema([*fixed, *self.shape.entities.items()])

    @property
    def undated_fetched(self) -> pa.Schema:
        """Arrow schema of what `undated_transactions` and `undated_labels` bring."""
        return pa.schema([(TRANSACTION_ID, self.shape.key), (REASON, pa.string())])

    @property
    def labels_fetched(self) -> pa.Schema:
        """Arrow schema of what `labels` brings."""
        return pa.schema([(TRANSACTION_ID, self.shape.key), (IS_FRAUD, pa.bool_()), (KNOWN_AT, INSTANT)])


def _outside(instant: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Whether the instant is one that no calendar holds; null is none at all."""
    return sa.or_(instant < EARLIEST, instant > LATEST)


def _exists(inspector: sa.Inspector, name: str) -> bool:
    schema, _, table = name.rpartition(".")
    return inspector.has_table(table, schema or None)


def as_instant(value: object, where: str) -> dt.datetime:
    """An instant needs a time zone: a naive one could mean any of two dozen nights.

    Text is read as ISO 8601. Such a source compares it as text too, so an offset other than UTC's would fall into the wrong night.
    """
    instant = _from_text(value, where) if isinstance(value, str) else value
    if not isinstance(instant, dt.datetime):
        raise SourceContractError(f"{where} holds {type(value).__name__} where a timestamp is wanted: was the column retyped?")
    if instant.tzinfo is None:
        raise SourceContractError(
            f"{where} is a timestamp without time zone: the source must give one, for example 2026-11-22 10:30:00+00:00"
        )
    return instant


def _from_text(text: str, where: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        raise SourceContractError(f"{where} holds text that is no timestamp: write it as 2026-11-22 10:30:00+00:00") from None
    if instant.utcoffset():
        raise SourceContractError(f"{where} holds a timestamp with offset {instant:%z}: as text it must be UTC, 2026-11-22 10:30:00+00:00")
    return instant
