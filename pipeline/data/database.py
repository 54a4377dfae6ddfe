"""Connections to a database, and its errors put in words: never a row value, never a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property

import adbc_driver_manager
import psycopg
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi as adbc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError

from pipeline.core.errors import BusyError, NightshiftError, SourceContractError, StaleRunError, UsageError, WorldError
from pipeline.core.faults import reached

WRONG_SETTINGS = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "unable to open database file",
    "Access denied for user",
    "Unknown database",
)
LOCK_NOT_AVAILABLE = "55P03"
INSUFFICIENT_PRIVILEGE = "42501"
STALE_RUN = "NS001"  # of our own functions: a run that may no longer do what it asked for, told in their words
UNREADABLE = "22000"  # a value that the driver cannot read, and to which the server therefore gave no state: data exception
UNDECODABLE = "Could not decode to UTF-8"  # of SQLite, which keeps any bytes as text and calls this an operational error
MYSQL_STATES = {1044: "3D000", 1045: "28000", 1049: "3D000", 1142: INSUFFICIENT_PRIVILEGE, 1143: INSUFFICIENT_PRIVILEGE, 1690: "22003"}
UTF8 = {"client_encoding": "utf8"}  # a database that keeps any bytes as text (SQL_ASCII) would give bytes
NEVER_BETTER = ("22", "23", "42")  # classes of SQLSTATE for values, constraints and names: the same statement fails again
LOCK_PATIENCE = "60s"  # another run's seal or publication takes seconds; longer means that it is stuck
CONNECT_PATIENCE = 10  # seconds; a host that drops packets would hold us for the system's limit, minutes
IDLE_PATIENCE = "10min"  # a frozen process must not hold its locks for ever
WORK_PATIENCE = (
    "3h"  # as long as Airflow lets a step run: no work of ours is silent for longer, and in the end a frozen process loses its locks
)


class Database:
    """One database, named by a SQLAlchemy URL; `kind` says in messages which setting it comes from."""

    def __init__(self, url: str, kind: str) -> None:
        self.kind = kind
        self.require: Callable[[sa.Connection], None] | None = None
        try:
            self.url = sa.make_url(url)
            self.url.get_dialect()
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise UsageError(f"{kind}_url is not a SQLAlchemy URL: write postgresql+psycopg://user:password@host:5432/database") from None
        if self.is_postgresql and self.url.get_dialect().driver != "psycopg":
            raise UsageError(
                f"{kind}_url names the driver {self.url.get_driver_name()}: write postgresql+psycopg://…, we speak through psycopg"
            )

    @property
    def is_postgresql(self) -> bool:
        return self.url.get_backend_name() == "postgresql"

    @property
    def is_mysql(self) -> bool:
        """MySQL or MariaDB."""
        return self.url.get_backend_name() in {"mysql", "mariadb"}

    @property
    def name(self) -> str:
        """Where the database is; no password, and none of the options behind `?`, which may hold one."""
        url = self.url
        return sa.URL.create(url.drivername, url.username, None, url.host, url.port, url.database).render_as_string()

    @cached_property
    def engine(self) -> sa.Engine:
        """The pool behind `begin`; made on first use."""
        try:
            if not self.is_postgresql:
                engine = sa.create_engine(self.url)
                if self.is_mysql:
                    sa.event.listen(engine, "connect", _in_utc)
                return engine
            options = f"-c lock_timeout={LOCK_PATIENCE} -c idle_in_transaction_session_timeout={IDLE_PATIENCE} -c TimeZone=UTC"
            arguments = {"options": options, "connect_timeout": CONNECT_PATIENCE, **UTF8}
            return sa.create_engine(self.url, pool_pre_ping=True, hide_parameters=True, connect_args=arguments)
        except ModuleNotFoundError as error:
            raise UsageError(
                f"{self.kind}_url asks for the driver '{error.name}', which is not installed: pip install it beside us"
            ) from None

    def fenced(self, require: Callable[[sa.Connection], None]) -> Database:
        """The same database over the same pool, where each transaction begins with `require`, which raises to keep it from happening."""
        self.engine  # noqa: B018  # made on first use: made now, it is shared
        fenced = copy(self)
        fenced.require = require
        return fenced

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction, committed at the end; whatever the database says becomes one of our errors."""
        with self.in_words(), self.engine.begin() as connection:
            if self.require is not None:
                self.require(connection)
            yield connection
            reached(f"{self.kind}.commit")
        reached(f"{self.kind}.committed")

    @contextmanager
    def begin_long(self, patience: str = WORK_PATIENCE) -> Iterator[sa.Connection]:
        """A transaction of PostgreSQL that keeps its locks while we work elsewhere, silent for `patience` at most."""
        with self.begin() as connection:
            connection.execute(sa.text("SELECT set_config('idle_in_transaction_session_timeout', :patience, true)"), {"patience": patience})
            yield connection

    @contextmanager
    def idle(self) -> Iterator[sa.Connection]:
        """A connection outside any transaction, which may rest as long as it likes."""
        with self.in_words(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @contextmanager
    def arrow(self) -> Iterator[adbc.Connection]:
        """A PostgreSQL connection that carries Arrow, in a transaction of its own that the caller commits."""
        uri = self.url.set(drivername="postgresql").update_query_dict(UTF8).render_as_string(hide_password=False)
        with self.in_words(), adbc.connect(uri) as connection:
            yield connection

    @contextmanager
    def in_words(self, source_table: str | None = None) -> Iterator[None]:
        """Turn driver errors into ours; what is refused while `source_table` is asked or filled breaks the contract of the source."""
        try:
            yield
        except DBAPIError as error:
            raise self._explain(error, source_table) from None
        except adbc_driver_manager.Error as error:
            raise self._explained(error.sqlstate, str(error), source_table) from None
        except psycopg.Error as error:  # of a COPY, which SQLAlchemy does not see
            raise self._explained(error.sqlstate, str(error), source_table, error.diag) from None

    def _explain(self, error: DBAPIError, source_table: str | None) -> NightshiftError:
        original = error.orig
        unreadable = isinstance(error, DataError) or UNDECODABLE in str(original)
        state = _state_of_mysql(original) or getattr(original, "sqlstate", None) or (UNREADABLE if unreadable else None)
        return self._explained(state, str(original), source_table, getattr(original, "diag", None))

    def _explained(self, state: str | None, message: str, source_table: str | None, diagnosis: object = None) -> NightshiftError:
        if state == LOCK_NOT_AVAILABLE:
            return BusyError(f"another run holds the lock for more than {LOCK_PATIENCE} in {self.name}: try again when it has ended")
        if state == INSUFFICIENT_PRIVILEGE:
            return UsageError(f"the user of {self.name} lacks a right that this needs (SQLSTATE {state}): grant it, or use the owner")
        if state == STALE_RUN:
            return StaleRunError(str(getattr(diagnosis, "message_primary", None) or message.splitlines()[0]))
        if state in {None, "28P01", "28000", "3D000"} and any(words in message for words in WRONG_SETTINGS):
            return UsageError(f"cannot log in to {self.name}: check user, password and database name in {self.kind}_url")
        if state is None:
            return WorldError(f"no connection to {self.name}: is the server up, and {self.kind}_url right?")
        table, constraint = getattr(diagnosis, "table_name", None) or source_table, getattr(diagnosis, "constraint_name", None)
        where = "".join(f", {what} {name}" for what, name in (("table", table), ("constraint", constraint)) if name)
        answer = f"{self.name} answered with SQLSTATE {state}{where}"
        return self._refused(answer, source_table) if state.startswith(NEVER_BETTER) else WorldError(answer)

    def _refused(self, answer: str, source_table: str | None) -> NightshiftError:
        """The database will never take this statement: the user's data or names are wrong, or ours are."""
        if source_table or self.kind == "source":
            return SourceContractError(f"{answer}: mend the values, or the table or view that refuses them")
        return UsageError(
            f"{answer}: its schema is not the one of this version; undo what was changed by hand, or run 'nightshift init', "
            "and if neither helps report it as a bug"
        )


def _in_utc(connection: DBAPIConnection, _: object) -> None:
    """MySQL gives and takes a TIMESTAMP, which is an instant, by the clock of the session."""
    cursor = connection.cursor()
    cursor.execute("SET time_zone = '+00:00'")
    cursor.close()


def _state_of_mysql(error: BaseException | None) -> str | None:
    """Its drivers tell a number, and if a state, then one that stands for many."""
    return MYSQL_STATES.get(error.args[0]) if error and error.args and isinstance(error.args[0], int) else None
