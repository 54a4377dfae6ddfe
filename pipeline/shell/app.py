"""What all commands share: the application, who asks, where answers go, and words that several take."""

from __future__ import annotations

import getpass
import os
from typing import Annotated

import typer
from rich.console import Console

from pipeline.core.errors import UsageError
from pipeline.core.night import Night, nights_between
from pipeline.terminal import Terminal

app = typer.Typer(
    name="nightshift",
    help="Score every transaction that reached the warehouse since the night before. A night is a UTC day of arrivals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Day = Annotated[str, typer.Argument(metavar="DAY", help="The night, as YYYY-MM-DD (a UTC day of arrivals).")]


def nights_of(first: str, last: str) -> list[Night]:
    """The nights of a range, which holds at least one."""
    nights = list(nights_between(Night.parse(first), Night.parse(last)))
    if not nights:
        raise UsageError(f"the range is empty: {first} comes after {last}, write the earlier night first")
    return nights


def needed(reason: str | None, option: str) -> str:
    """A reason that was given."""
    if not reason or reason.isspace():
        raise UsageError(f"{option} needs a --reason: it stands in the warehouse for whoever asks later")
    return reason


def terminal() -> Terminal:
    """Where this process speaks: answers on standard output, progress and log lines on standard error."""
    return Terminal(Console(), Console(stderr=True))


def requested_by() -> str:
    """Who asked, for the record of the run; a container may run under a number that has no name."""
    try:
        return f"{getpass.getuser()} (shell)"
    except (KeyError, OSError):
        return f"user {os.getuid()} (shell)"
