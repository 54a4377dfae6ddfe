"""`nightshift`: the steps of the night from a shell."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from typer.exceptions import TyperException

from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.night import Night, nights_between
from pipeline.terminal import Terminal, follow_log_lines

app = typer.Typer(
    name="nightshift",
    help="Score every transaction that reached the warehouse since the night before. A night is a UTC day of arrivals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
INTERRUPTED = 130  # 128 + SIGINT, as shells count
READER_GONE = 141  # 128 + SIGPIPE
Day = Annotated[str, typer.Argument(metavar="DAY", help="The night, as YYYY-MM-DD (a UTC day of arrivals).")]


@app.command()
def init(embedded: Annotated[bool, typer.Option("--embedded", help="Make a PostgreSQL of our own under the home folder.")] = False) -> None:
    """Set up the warehouse: schema, views, roles and the signing key. Safe to repeat.

    With --embedded a settings file is written where there is none, and a PostgreSQL is started that lives in its home folder.
    """
    from pipeline import commands

    commands.init(terminal(), embedded=embedded)


@app.command()
def load(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder with transactions and labels (Parquet or CSV), or one such file.")],
    append: Annotated[bool, typer.Option("--append", help="Add to what the tables hold.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the tables first.")] = False,
) -> None:
    """Load files of the source contract into the source tables, making these where they are absent."""
    if append and replace:
        raise UsageError("--append and --replace exclude each other: say one of them")
    from pipeline import commands
    from pipeline.data.load_tables import Existing

    commands.load(terminal(), path, Existing.APPEND if append else Existing.REPLACE if replace else Existing.REFUSE)


@app.command()
def night(day: Day) -> None:
    """Run one night: extract, build features, score, judge, publish, monitor, retrain. Running it again is the normal repair."""
    only = Night.parse(day)
    from pipeline import commands

    commands.run_nights(terminal(), [only], requested_by())


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(metavar="FROM", help="First night, as YYYY-MM-DD.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="Last night, included.")],
) -> None:
    """Run a range of past nights in order; it stops at the first one that does not pass."""
    nights = list(nights_between(Night.parse(first), Night.parse(last)))
    if not nights:
        raise UsageError(f"the range is empty: {first} comes after {last}, write the earlier night first")
    from pipeline import commands

    commands.run_nights(terminal(), nights, requested_by())


@app.command()
def report(day: Day) -> None:
    """Write the report of a night anew and print where it lies."""
    from pipeline import commands

    commands.report(terminal(), Night.parse(day))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help='For example "SELECT * FROM scoring.night_summary".')],
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values instead of a table.")] = False,
) -> None:
    """Ask the prediction tables as an analyst: read-only, with the rights of the role nightshift_analyst."""
    from pipeline import commands

    commands.sql(terminal(), query, as_csv=csv)


def terminal() -> Terminal:
    """Where this process speaks: answers on standard output, progress and log lines on standard error."""
    return Terminal(Console(), Console(stderr=True))


def requested_by() -> str:
    """Who asked, for the record of the run; a container may run under a number that has no name."""
    try:
        return f"{getpass.getuser()} (shell)"
    except (KeyError, OSError):
        return f"user {os.getuid()} (shell)"


def main() -> None:
    """Run the command; an error raised on purpose, wrong use and Ctrl-C are one line and an exit code."""
    follow_log_lines()
    try:
        ended = app(prog_name="nightshift", standalone_mode=False)  # typer answers Ctrl-C with this code instead of raising
        sys.stdout.flush()
    except (NightshiftError, TyperException) as error:
        _say_and_exit(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader left (| head): what is still buffered has nowhere to go
        raise SystemExit(READER_GONE) from None
    if ended == INTERRUPTED:
        print("nightshift: interrupted; nothing is half-published, and running the same command again is the repair", file=sys.stderr)
        raise SystemExit(INTERRUPTED)


def _say_and_exit(error: NightshiftError | TyperException) -> NoReturn:
    """One line and the exit code; without any argument the help itself."""
    if isinstance(error, NightshiftError):
        print(f"nightshift: {error}", file=sys.stderr)
    elif len(sys.argv) == 1:
        print(error, file=sys.stderr)
    else:
        print(f"nightshift: {error.format_message()} See 'nightshift --help', or --help behind a command.", file=sys.stderr)
    raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
