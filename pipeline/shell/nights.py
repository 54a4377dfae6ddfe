"""Commands that set up, run nights, and look after them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.core.plan import MODES, Asked
from pipeline.shell.app import Day, nights_of, requested_by, terminal

shell = typer.Typer(rich_markup_mode=None)
Mode = Annotated[str, typer.Option("--mode", metavar="MODE", help="; ".join(f"{name}: {told}" for name, told in MODES.items()) + ".")]
ModelVersion = Annotated[
    str | None, typer.Option("--model", metavar="VERSION", help="A model instead of the champion ('nightshift models' lists them).")
]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; needed in the modes corrected and what-if, and new.")]
From = Annotated[str, typer.Argument(metavar="FROM", help="First night, as YYYY-MM-DD.")]
To = Annotated[str, typer.Argument(metavar="TO", help="Last night, included.")]


@shell.command()
def init(embedded: Annotated[bool, typer.Option("--embedded", help="Make a PostgreSQL of our own under the home folder.")] = False) -> None:
    """Set up the warehouse: schema, views, roles and the signing key. Safe to repeat.

    The roles are nightshift_loader (extract, build_features), nightshift_scorer (score, judge, publish, monitor), nightshift_trainer
    (retrain, train, promote, rollback) and nightshift_analyst (asks the views). GRANT them to logins; whoever set up is the owner.

    With --embedded a settings file is written where there is none, and a PostgreSQL is started that lives in its home folder.
    """
    from pipeline import commands

    commands.init(terminal(), embedded=embedded)


@shell.command()
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


@shell.command()
def night(day: Day, mode: Mode = "as-of", model: ModelVersion = None, reason: Reason = None) -> None:
    """Run one night: extract, build features, score, judge, publish, monitor, retrain. Running it again is the normal repair.

    \b
    nightshift night 2026-11-22
    nightshift night 2026-11-22 --mode corrected --reason "labels of the test cards were reversed"
    nightshift night 2026-11-22 --mode what-if --model VERSION --reason "would the new one have seen it?"
    """
    only = Night.parse(day)
    from pipeline import commands

    commands.run_nights(terminal(), [only], requested_by(), Asked(mode, model, reason))


@shell.command()
def backfill(first: From, last: To, mode: Mode = "as-of", model: ModelVersion = None, reason: Reason = None) -> None:
    """Run a range of past nights in order; it stops at the first one that does not pass. 'nightshift plan' tells first what it would do."""
    nights = nights_of(first, last)
    from pipeline import commands

    commands.run_nights(terminal(), nights, requested_by(), Asked(mode, model, reason))


@shell.command()
def plan(first: From, last: To, mode: Mode = "as-of", model: ModelVersion = None) -> None:
    """Say what a backfill would do before it does it: night by night, why, with which model, what it supersedes and how long it takes."""
    nights = nights_of(first, last)
    from pipeline import planning_commands

    planning_commands.plan(terminal(), nights, Asked(mode, model, planning_commands.ANY_REASON))


@shell.command()
def gaps() -> None:
    """List the nights that lack something: never run, stopped, not published, not trained; ends with 3 if there are any."""
    from pipeline import planning_commands

    planning_commands.gaps(terminal())


@shell.command()
def doctor(repair: Annotated[bool, typer.Option("--repair", help="Mend what is safe to mend: leavings of runs cut off.")] = False) -> None:
    """Look whether everything is in order, a line each, and say what to do where it is not; ends with 3 if anything is wrong.

    Settings, key, view, lake, warehouse, source, schema, rights, clocks; every sealed file is hashed again and every model loaded.
    """
    from pipeline import doctor_commands

    doctor_commands.doctor(terminal(), repair=repair)


@shell.command()
def prune(dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be dropped, and drop nothing.")] = False) -> None:
    """Drop runs that were superseded, kept beside or never published for longer than the setting keep_superseded (90d).

    What is published now is never dropped, and no reader waits for long. 'prediction_as_of' reaches back to the last publication dropped.
    """
    from pipeline import pruning_commands

    pruning_commands.prune(terminal(), dry_run=dry_run)
