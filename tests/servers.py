"""What tests ask of an embedded PostgreSQL from outside."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from pipeline.data.embedded_place import Place
from pipeline.data.embedded_process import recorded


def ask(url: str, question: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(question))
        return result.scalar() if result.returns_rows else None


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
