"""Commands that answer: the report of a night, and questions to the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.shell.app import Day, terminal

shell = typer.Typer(rich_markup_mode=None)
DATA_DOCS_HELP = (
    "Draw Great Expectations' own pages of the night's gates into this empty folder too, and print their index. The report needs no "
    "network; these pages fetch their styles from the web when they are opened."
)


@shell.command()
def report(day: Day, data_docs: Annotated[Path | None, typer.Option("--data-docs", metavar="DIR", help=DATA_DOCS_HELP)] = None) -> None:
    """Write the report of a night anew and print where it lies."""
    from pipeline import commands

    commands.report(terminal(), Night.parse(day), data_docs)


@shell.command()
def sql(
    query: Annotated[str | None, typer.Argument(metavar="[QUERY]", help='For example "SELECT * FROM scoring.night_summary".')] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="PATH", help="Ask the query of this file instead.")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="The value of :NAME in the query.")] = None,
    ready: Annotated[bool, typer.Option("--list", help="List the ready queries of sql/analysis and what they ask for.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values instead of a table.")] = False,
) -> None:
    """Ask the prediction tables as an analyst: read-only, with the rights of the role nightshift_analyst.

    \b
    nightshift sql "SELECT * FROM scoring.night_summary"
    nightshift sql --list
    nightshift sql --file sql/analysis/why_flagged.sql --set transaction_id=4711
    """
    if sum((query is not None, file is not None, ready)) != 1:
        raise UsageError("say one of QUERY, --file PATH and --list")
    from pipeline import commands
    from pipeline.data.named import Question, read_query, settings_of

    if ready:
        commands.sql_list(terminal())
        return
    text = query if file is None else read_query(file)
    commands.sql(terminal(), Question.of(text or "", settings_of(values or [])), as_csv=csv)
