"""Who answers at a port: whether the embedded PostgreSQL is up is decided by a connection that answers with our data folder.

Never by a process id: ids are reused, and a killed server leaves its own behind.
"""

from __future__ import annotations

import enum
import secrets
import socket
import time
from pathlib import Path
from typing import TypeAlias

import psycopg

from pipeline.core.errors import WorldError

ADDRESS = "127.0.0.1"
SUPERUSER = "nightshift"
PORTS = range(20000, 32000)  # below the ports that Linux hands to outgoing connections (32768 and up)
NAP = 0.05  # seconds between two looks

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]


class Answer(enum.Enum):
    """What a port says to our name and password."""

    OURS = "our server"
    SOON = "a server that is starting or stopping"
    FULL = "a server without a free connection"
    REFUSED = "a server that does not take our password"
    OTHER = "nobody, or somebody else"


REFUSALS = {
    "the database system is": Answer.SOON,
    "too many clients": Answer.FULL,
    "remaining connection slots": Answer.FULL,
    "password authentication failed": Answer.REFUSED,
}


def connect(port: int, password: str, user: str = SUPERUSER) -> Connection:
    """A connection in autocommit, as superuser where no other user is named.

    A stranger on the port cannot ask for the password in clear (`require_auth`).
    """
    return psycopg.connect(
        host=ADDRESS,
        hostaddr=ADDRESS,
        port=port,
        user=user,
        password=password,
        dbname="postgres",
        require_auth="scram-sha-256",
        sslmode="disable",
        gssencmode="disable",
        options="",
        connect_timeout=5,
        application_name="nightshift supervisor",
        autocommit=True,
    )


def ask(port: int, data: Path, password: str) -> Answer:
    """Who answers at `port`; ours is the server that runs on the folder `data`."""
    try:
        with connect(port, password) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError as error:
        return next((answer for words, answer in REFUSALS.items() if words in str(error)), Answer.OTHER)
    return Answer.OURS if row is not None and Path(str(row[0])) == data else Answer.OTHER


def is_free(port: int) -> bool:
    """Whether nobody listens at `port` of this machine's loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of `PORTS` at which nobody listens, drawn by chance."""
    for _ in range(200):
        port = PORTS[secrets.randbelow(len(PORTS))]
        if is_free(port):
            return port
    raise WorldError(f"no free port between {PORTS.start} and {PORTS.stop} for the embedded PostgreSQL: free one and try again")


def nap(deadline: float, failure: str) -> None:
    """Wait a moment; past `deadline` (of `time.monotonic`) raise `WorldError(failure)`."""
    if time.monotonic() > deadline:
        raise WorldError(failure)
    time.sleep(NAP)
