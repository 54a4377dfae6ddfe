"""Is everything in order? What a night relies on is looked at, thing by thing, and told in one line each with what to do."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, SecretStr

from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.progress import Progress
from pipeline.core.settings import Settings, config_path, load_settings
from pipeline.data.database import Database
from pipeline.data.lake import Lake
from pipeline.data.questions import ask
from pipeline.examining import Finding, inside
from pipeline.house import open_house, require_schema, source_of, view_of, warehouse_of
from pipeline.scoring.signing import KEY_BYTES

Answer = TypeVar("Answer")
QUESTION = "SELECT night FROM scoring.night_summary LIMIT 1"
OTHERS = 0o037  # all rights of others, and those to change it of the group, which may be that of the service
PARTS = {"extract": "scoring.rejected_transaction", "score": "scoring.publication", "train": "scoring.model_version"}
ADDRESSES = {"warehouse_url", "source_url", "lake_uri"}
PASSWORD = re.compile(r"//[^/@]*:[^/@]*@|password=|secret_key=")
MAY = "SELECT has_table_privilege(:table, 'INSERT')"


def examine(progress: Progress, *, repair: bool) -> Iterator[Finding]:
    """Look at everything, in the order in which one thing needs another; what cannot be looked at is left out.

    With `repair` what is safe to mend is mended: rights of the key, and, where all else is in order, leavings that no row names and that
    are older than a day.
    """
    settings = yield from _tried("settings", load_settings, lambda _: f"{config_path()} is read")
    if settings is None:
        return
    closed = yield from _tried("secrets", lambda: _closed(settings), str)
    key = yield from _tried("signing key", lambda: _key(settings, repair=repair), lambda path: f"{path} is its owner's alone")
    view = yield from _tried("view", lambda: view_of(settings), lambda view: f"{settings.view} gives {len(view.columns)} columns")
    lake = yield from _tried("lake", lambda: _written(Lake(settings.lake)), lambda lake: f"{lake.address('')} can be written and read")
    warehouse = yield from _tried("warehouse", lambda: _answering(warehouse_of(settings)), lambda found: f"{found.name} answers")
    if warehouse is None:
        return
    source = source_of(settings, warehouse)
    shape = yield from _tried(
        "source", lambda: source.shape, lambda found: f"{found.transactions.fullname} and {found.labels.fullname} fit"
    )
    current = yield from _tried("schema", lambda: _current(warehouse), lambda _: "every migration was applied")
    if None in {current, lake, view}:
        return
    asked = yield from _tried("rights", lambda: ask(warehouse, QUESTION), lambda _: f"analysts' questions are answered; {_may(warehouse)}")
    sound = None not in (closed, key, shape, asked)
    with open_house(progress=progress) as house:
        yield from inside(house, repair=repair, sound=sound)


def _tried(what: str, look: Callable[[], Answer], told: Callable[[Answer], str]) -> Generator[Finding, None, Answer | None]:
    """Look, and tell what was seen, or what an error of ours says; the answer comes back, None after an error."""
    try:
        answer = look()
    except NightshiftError as error:
        yield Finding(what, str(error), wrong=True)
        return None
    yield Finding(what, told(answer))
    return answer


def _key(settings: Settings, *, repair: bool) -> Path:
    """The signing key, where it can be read, is whole, and nobody but its owner may touch it."""
    path = settings.signing_key_path
    try:
        if len(path.read_bytes()) < KEY_BYTES:
            raise UsageError(f"{path} is shorter than {KEY_BYTES} bytes: put the right key back, models are signed with it")
        if path.stat().st_mode & OTHERS and repair:
            with suppress(PermissionError):  # of another's file only he changes the rights
                path.chmod(path.stat().st_mode & ~OTHERS)
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read ({error.strerror}): put the key back that signed the models, or set signing_key_file; where there are "
            "no models yet, 'nightshift init' makes one"
        ) from None
    if mode & OTHERS:
        raise UsageError(f"{path} can be touched by others than its owner and his group: chmod 600, or run 'nightshift doctor --repair'")
    return path


def _closed(settings: Settings) -> str:
    """Whether others can read a settings file that holds a secret."""
    path = config_path()
    try:
        text, mode = path.read_text(), path.stat().st_mode
    except OSError:
        return "there is no settings file that could hold any"  # all settings come from the environment
    held = [secret for secret in _secrets_in(settings) if secret in text]
    if held and mode & OTHERS:
        raise UsageError(f"{path} holds a secret and can be read by others: chmod 600 {path}, or put it into the environment")
    return f"{path} holds {'none' if not held else 'some, and is closed to others'}"


def _secrets_in(settings: BaseModel) -> list[str]:
    """Every secret of the settings, in the clear; an address of a database or of a lake is one where it holds a password."""
    found = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            found += _secrets_in(value)
        elif isinstance(value, SecretStr) and (name not in ADDRESSES or PASSWORD.search(value.get_secret_value())):
            found.append(value.get_secret_value())
    return found


def _may(warehouse: Database) -> str:
    """Which steps the login of the warehouse may run: they may be shared out among several."""
    with warehouse.begin() as connection:
        parts = [part for part, table in PARTS.items() if connection.scalar(sa.text(MAY), {"table": table})]
    return f"this login may {', '.join(parts)}" if parts else "this login may run no step"


def _written(lake: Lake) -> Lake:
    """The lake, after a file was written to it, read again and removed."""
    payload = uuid.uuid4().bytes + os.urandom(1)
    stored = lake.write_bytes("doctor", "probe", payload)
    lake.read_bytes(stored.path, stored.sha256)
    lake.delete(stored.path)
    return lake


def _current(warehouse: Database) -> Database:
    require_schema(warehouse)
    return warehouse


def _answering(warehouse: Database) -> Database:
    with warehouse.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
    return warehouse
