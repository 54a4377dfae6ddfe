"""Queries with named parameters, and the files that hold them: a header of comments, then one statement with `:name` for each value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import UsageError

ANALYSIS = Path(__file__).resolve().parents[2] / "sql" / "analysis"
SKIPPED = r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|::|%"
PIECE = re.compile(rf"(?P<skipped>{SKIPPED})|(?<![\w:]):(?P<name>[a-z_][a-z0-9_]*)", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """A statement as the driver takes it (`%(name)s`), and the value of each name; without names it is sent as it was written."""

    statement: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, query: str, values: Mapping[str, str]) -> Question:
        """The query with its values beside it, never in it; a name without a value, or a value without a name, is a `UsageError`.

        >>> Question.of("SELECT score FROM t WHERE night = :night AND phrase <> ':x %'", {"night": "2026-11-22"}).statement
        "SELECT score FROM t WHERE night = %(night)s AND phrase <> ':x %%'"
        """
        wanted = dict.fromkeys(piece["name"] for piece in PIECE.finditer(query) if piece["name"])
        _require(wanted, values)
        return cls(PIECE.sub(_placed, query) if wanted else query, values)


def _placed(piece: re.Match[str]) -> str:
    return f"%({piece['name']})s" if piece["name"] else piece["skipped"].replace("%", "%%")


def _require(wanted: Iterable[str], values: Mapping[str, str]) -> None:
    missing, unknown = [name for name in wanted if name not in values], [name for name in values if name not in wanted]
    if missing:
        raise UsageError(f"the query asks for {', '.join(missing)}: add {' '.join(f'--set {name}=VALUE' for name in missing)}")
    if unknown:
        raise UsageError(f"the query asks for no {', '.join(map(repr, unknown))}: it asks for {', '.join(wanted) or 'nothing'}")


def settings_of(words: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE by name; a word of another form, and a name that is set twice, is a `UsageError`.

    >>> settings_of(["night=2026-11-22", "note=a=b"])
    {'night': '2026-11-22', 'note': 'a=b'}
    """
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise UsageError(f"--set takes NAME=VALUE, for example --set night=2026-11-22, not {word!r}")
        if "\0" in value:
            raise UsageError(f"--set {name}: a value cannot hold the character NUL")
        if name in values:
            raise UsageError(f"--set {name} is given twice: say one of them")
        values[name] = value
    return values


def read_query(path: Path) -> str:
    """The text of a file of SQL; one that cannot be read is a `UsageError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise UsageError(f"cannot read {str(path)!r} ({told}): 'nightshift sql --list' shows the queries that are here") from None


@dataclass(frozen=True)
class Listed:
    """A ready query: where it lies, the first line of its header, and the names it asks for."""

    path: Path
    title: str
    names: tuple[str, ...]


def listed(folder: Path = ANALYSIS) -> list[Listed]:
    """The ready queries, by name."""
    texts = [(path, read_query(path)) for path in sorted(folder.glob("*.sql"))]
    return [Listed(path, text.splitlines()[0].removeprefix("-- "), _names(text)) for path, text in texts]


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece["name"] for piece in PIECE.finditer(text) if piece["name"]))
