"""What tests ask of an embedded PostgreSQL from outside."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import sqlalchemy as sa

from pipeline.data.embedded_place import Place
from pipeline.data.embedded_process import recorded


def ask(url: str, question: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(question))
        return result.scalar() if result.returns_rows else None


def forget_power_cuts(url: str) -> None:
    """From now on the server leaves it to the kernel when its files reach the disk."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()"):
            connection.exec_driver_sql(statement)


def abandon(data: Path) -> None:
    """Stop the server of `data` without writing anything out, and wait until it is gone."""
    for pid in postmasters(data):
        os.kill(pid, signal.SIGQUIT)
    while postmasters(data):
        time.sleep(0.05)


def postmasters(data: Path) -> list[int]:
    """Process ids that were started on `data` (children of a postmaster show another command line)."""
    mine = b"\0-D\0" + bytes(data) + b"\0"
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and mine in _command_line(entry)]


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def postmaster(place: Place) -> int:
    record = recorded(place)
    assert record is not None
    return record.pid
