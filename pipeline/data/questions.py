"""A question to the warehouse, asked as an analyst asks: one statement, read-only, with the analysts' rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa

from pipeline.core.errors import UsageError
from pipeline.data.database import INSUFFICIENT_PRIVILEGE, Database
from pipeline.data.named import Question


@dataclass(frozen=True)
class Answer:
    """Names of the columns, and the rows."""

    names: Sequence[str]
    rows: Sequence[Sequence[object]]


def ask(warehouse: Database, question: Question | str) -> Answer:
    """The rows of one query; anything that gives no rows, wants to write, or is no SQL is a `UsageError`."""
    query = question if isinstance(question, Question) else Question(question, {})
    with warehouse.begin() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        _become_analyst(connection, warehouse)
        return _asked(connection, query)


def _become_analyst(connection: sa.Connection, warehouse: Database) -> None:
    """Take the analysts' rights until the transaction ends; who was never granted them is told what to grant (`UsageError`)."""
    try:
        # a query, not SET ROLE: after the first query of a transaction nothing can make it writable again
        connection.execute(sa.text("SELECT set_config('role', 'nightshift_analyst', true)"))
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        user = warehouse.url.username or "the warehouse's user"
        raise UsageError(f"{user} may not ask as an analyst: let an administrator GRANT nightshift_analyst TO {user}") from None


def _asked(connection: sa.Connection, query: Question) -> Answer:
    driver: psycopg.Connection[tuple[object, ...]] = connection.connection.driver_connection  # type: ignore[assignment]  # SQLAlchemy does not know its type
    try:
        with driver.cursor() as cursor:
            cursor.execute(
                query.statement.encode(), query.values or None, prepare=True
            )  # the server prepares one statement only: no second one can leave the transaction
            if cursor.description is None:
                raise UsageError("only queries that give rows can be asked, for example: SELECT * FROM scoring.night_summary")
            return Answer([column.name for column in cursor.description], cursor.fetchall())
    except psycopg.Error as error:
        connection.invalidate()  # a refused COPY leaves a connection behind that nobody can use
        raise UsageError(f"the query was refused: {_first_line(error)}") from None


def _first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
