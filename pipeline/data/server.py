"""An embedded PostgreSQL under a home folder: a server for a machine that has none.

It listens on 127.0.0.1 alone, with a generated password, and outlives whoever started it; any number of processes may ask for it at
once and find one server. As root it runs under an unprivileged account, and where that account cannot enter the home, its data lie
under /var/lib/nightshift (`Embedded.data` says where).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from pipeline.core.errors import UsageError, WorldError
from pipeline.data.embedded_life import come_up, locked, running, shut_down
from pipeline.data.embedded_place import data_of, place_of
from pipeline.data.embedded_probe import ADDRESS, SUPERUSER, Connection, connect
from pipeline.data.embedded_process import make_data


@dataclass(frozen=True)
class Embedded:
    """A running server. `url` is SQLAlchemy's and holds the superuser's password, so it is not shown."""

    url: str = field(repr=False)
    data: Path
    port: int


def start(home: Path, database: str = SUPERUSER) -> Embedded:
    """The server of `home` with `database` in it, both made if need be; `UsageError`, or `WorldError` where it does not come up."""
    place = place_of(home)
    with locked(place):
        password = place.password()
        if not place.data.is_dir():
            make_data(place, password)
        port = running(place, password) or come_up(place, password)
    server = Embedded(_url(SUPERUSER, password, port, database), place.data, port)
    create_database(server, database)
    return server


def existing(home: Path, database: str = SUPERUSER) -> Embedded | None:
    """The server of `home`, started if it is down; None where none was ever made there."""
    return start(home, database) if data_of(home).is_dir() else None


def stop(home: Path) -> bool:
    """Stop the server of `home` and wait until it is gone; False where none was running."""
    if not data_of(home).is_dir():
        return False
    place = place_of(home)
    with locked(place):
        if running(place, place.password()) is None:
            return False
        shut_down(place)
    return True


def create_database(server: Embedded, name: str, owner: str | None = None) -> str:
    """The SQLAlchemy URL of database `name`, made if it is absent.

    With `owner`, a role of that name is made too: it may log in, owns the database, and shares it with nobody (PUBLIC may not connect).
    Its password is derived from the superuser's, so a second call gives the same URL.
    """
    if owner == SUPERUSER:
        raise UsageError(f"'{owner}' is the server's own role: choose another owner for database '{name}'")
    with _errors_in_words(f"make database '{name}'"), connect(server.port, _password(server)) as connection:
        if owner is None:
            _make_database(connection, name, SUPERUSER)
            return _url(SUPERUSER, _password(server), server.port, name)
        password = role_password(server, owner)
        _make_role(connection, owner, password)
        _make_database(connection, name, owner)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        return _url(owner, password, server.port, name)


def role_password(server: Embedded, role: str) -> str:
    """The password of a role of this server: a keyed hash of its name, so that there is no further secret to keep."""
    return hmac.new(_password(server).encode(), role.encode(), hashlib.sha256).hexdigest()


def _password(server: Embedded) -> str:
    return str(make_url(server.url).password)


def _make_role(connection: Connection, role: str, password: str) -> None:
    """A role that may log in with this password: one that has another was made before the superuser's, whose hash it is, was changed."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    if known is None:
        with contextlib.suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateObject):  # another process was quicker
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        return
    try:
        connect(connection.info.port, password, role).close()
    except psycopg.OperationalError:
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))


def _make_database(connection: Connection, name: str, owner: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if known is None:
        with contextlib.suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateDatabase):  # another process was quicker
            made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(owner)))


@contextlib.contextmanager
def _errors_in_words(what: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise WorldError(f"could not {what} in the embedded PostgreSQL: {str(error).splitlines()[0]}") from None


def _url(user: str, password: str, port: int, database: str) -> str:
    return URL.create("postgresql+psycopg", user, password, ADDRESS, port, database).render_as_string(hide_password=False)
