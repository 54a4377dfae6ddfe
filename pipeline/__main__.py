"""`nightshift`: the steps of the night from a shell."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline import commands
from pipeline.core.errors import NightshiftError
from pipeline.core.night import Night, nights_between
from pipeline.data.load_tables import Existing
from pipeline.terminal import Terminal, follow_log_lines

app = typer.Typer(
    name="nightshift",
    help="Score every transaction that reached the warehouse since the night before. A night is a UTC day of arrivals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Day = Annotated[str, typer.Argument(metavar="DAY", help="The night, as YYYY-MM-DD (a UTC day of arrivals).")]


@app.command()
def init(embedded: Annotated[bool, typer.Option("--embedded", help="Make a PostgreSQL of our own under the home folder.")] = False) -> None:
    """Set up the warehouse: schema, views, roles and the signing key. Safe to repeat.

    With --embedded a settings file is written where there is none, and a PostgreSQL is started that lives in its home folder.
    """
    commands.init(terminal(), embedded=embedded)


@app.command()
def load(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder with transactions and labels (Parquet or CSV), or one such file.")],
    append: Annotated[bool, typer.Option("--append", help="Add to what the tables hold.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the tables first.")] = False,
) -> None:
    """Load files of the source contract into the source tables, making these where they are absent."""
    if append and replace:
        raise typer.BadParameter("--append and --replace exclude each other")
    commands.load(terminal(), path, Existing.APPEND if append else Existing.REPLACE if replace else Existing.REFUSE)


@app.command()
def night(day: Day) -> None:
    """Run one night: extract, build features, score, judge, publish, monitor, retrain. Running it again is the normal repair."""
    only = Night.parse(day)
    commands.run_nights(terminal(), [only], requested_by())


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(metavar="FROM", help="First night, as YYYY-MM-DD.")],
    last: Annotated[str, typer.Argument(metavar="TO", help="Last night, included.")],
) -> None:
    """Run a range of past nights in order; it stops at the first one that does not pass."""
    nights = list(nights_between(Night.parse(first), Night.parse(last)))
    if not nights:
        raise typer.BadParameter(f"the range is empty: {first} comes after {last}")
    commands.run_nights(terminal(), nights, requested_by())


@app.command()
def report(day: Day) -> None:
    """Write the report of a night anew and print where it lies."""
    commands.report(terminal(), Night.parse(day))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help='For example "SELECT * FROM scoring.night_summary".')],
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values instead of a table.")] = False,
) -> None:
    """Ask the prediction tables as an analyst: read-only, with the rights of the role nightshift_analyst."""
    commands.sql(terminal(), query, as_csv=csv)


def terminal() -> Terminal:
    """Where this process speaks: answers on standard output, progress and log lines on standard error."""
    return Terminal(Console(), Console(stderr=True))


def requested_by() -> str:
    return f"{getpass.getuser()} (shell)"


def main() -> None:
    """Run the command; an error raised on purpose is one line and its exit code."""
    follow_log_lines()
    try:
        app()
    except NightshiftError as error:
        print(f"nightshift: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
