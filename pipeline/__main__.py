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
from pipeline.core.plan import MODES, Asked
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
RULE_HELP = (
    "When it expires, for example: 'average_precision < 0.55 or age > 60d'. Figures: average_precision, fraud_ratio (predicted over "
    "observed), mean_score, matured_frauds, all on what matured since it was trained, and age. A night in which the rule fires is "
    "published all the same; night_summary.event tells it."
)
RETRAIN_HELP = 'A night in which the rule fires trains a challenger, also with retraining = "off".'
REASON_HELP = "Why; it stands in the registry for ever."
Mode = Annotated[str, typer.Option("--mode", metavar="MODE", help="; ".join(f"{name}: {told}" for name, told in MODES.items()) + ".")]
ModelVersion = Annotated[
    str | None, typer.Option("--model", metavar="VERSION", help="A model instead of the champion ('nightshift models' lists them).")
]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; needed in the modes corrected and what-if, and new.")]
From = Annotated[str, typer.Argument(metavar="FROM", help="First night, as YYYY-MM-DD.")]
To = Annotated[str, typer.Argument(metavar="TO", help="Last night, included.")]
DATA_DOCS_HELP = (
    "Draw Great Expectations' own pages of the night's gates into this empty folder too, and print their index. The report needs no "
    "network; these pages fetch their styles from the web when they are opened."
)
Day = Annotated[str, typer.Argument(metavar="DAY", help="The night, as YYYY-MM-DD (a UTC day of arrivals).")]


@app.command()
def init(embedded: Annotated[bool, typer.Option("--embedded", help="Make a PostgreSQL of our own under the home folder.")] = False) -> None:
    """Set up the warehouse: schema, views, roles and the signing key. Safe to repeat.

    The roles are nightshift_loader (extract, build_features), nightshift_scorer (score, judge, publish, monitor), nightshift_trainer
    (retrain, train, promote, rollback) and nightshift_analyst (asks the views). GRANT them to logins; whoever set up is the owner.

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


@app.command()
def backfill(first: From, last: To, mode: Mode = "as-of", model: ModelVersion = None, reason: Reason = None) -> None:
    """Run a range of past nights in order; it stops at the first one that does not pass. 'nightshift plan' tells first what it would do."""
    nights = nights_of(first, last)
    from pipeline import commands

    commands.run_nights(terminal(), nights, requested_by(), Asked(mode, model, reason))


@app.command()
def plan(first: From, last: To, mode: Mode = "as-of", model: ModelVersion = None) -> None:
    """Say what a backfill would do before it does it: night by night, why, with which model, what it supersedes and how long it takes."""
    nights = nights_of(first, last)
    from pipeline import planning_commands

    planning_commands.plan(terminal(), nights, Asked(mode, model, planning_commands.ANY_REASON))


@app.command()
def gaps() -> None:
    """List the nights that lack something: never run, stopped, not published, not trained; ends with 3 if there are any."""
    from pipeline import planning_commands

    planning_commands.gaps(terminal())


@app.command()
def doctor(repair: Annotated[bool, typer.Option("--repair", help="Mend what is safe to mend: leavings of runs cut off.")] = False) -> None:
    """Look whether everything is in order, a line each, and say what to do where it is not; ends with 3 if anything is wrong.

    Settings, key, view, lake, warehouse, source, schema, rights, clocks; every sealed file is hashed again and every model loaded.
    """
    from pipeline import doctor_commands

    doctor_commands.doctor(terminal(), repair=repair)


@app.command()
def prune(dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be dropped, and drop nothing.")] = False) -> None:
    """Drop runs that were superseded, kept beside or never published for longer than the setting keep_superseded (90d).

    What is published now is never dropped, and no reader waits for long. 'prediction_as_of' reaches back to the last publication dropped.
    """
    from pipeline import pruning_commands

    pruning_commands.prune(terminal(), dry_run=dry_run)


@app.command()
def train(
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Learn from what was known at the end of this night, which was run before.")
    ] = None,
    nights: Annotated[
        int | None,
        typer.Option("--nights", metavar="N", min=1, help="Only the newest N matured nights (else the setting reservoir_nights)."),
    ] = None,
    learner: Annotated[
        str | None, typer.Option("--learner", metavar="NAME", help="boosted_trees or linear_sgd (else the setting learner).")
    ] = None,
    push: Annotated[bool, typer.Option("--promote", help="Make it champion from now on, unless the comparison calls it WORSE.")] = False,
    expires_when: Annotated[str | None, typer.Option("--expires-when", metavar="RULE", help=RULE_HELP)] = None,
    retrain: Annotated[bool, typer.Option("--retrain-when-expired", help=RETRAIN_HELP)] = False,
    rebuild: Annotated[
        str | None, typer.Option("--rebuild", metavar="VERSION", help="Train a version again: the same file, or what differs.")
    ] = None,
    exclude: Annotated[
        str | None, typer.Option("--exclude", metavar="NIGHT", help="Learn nothing from this night from now on; models that did stay.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; needed with --promote and --exclude.")] = None,
) -> None:
    """Train a model on request (--until), rebuild one from its manifest (--rebuild), or keep a poisoned night out (--exclude).

    The nightly runs train by themselves; this is for a model beside their chain, or in its place with retraining = "off".

    \b
    nightshift train --until 2026-11-22
    nightshift train --until 2026-11-22 --promote --reason "new terminals" --expires-when "age > 60d"
    nightshift train --rebuild 2026-11-22-boosted_trees-1a2b3c4d
    nightshift train --exclude 2026-11-20 --reason "labels of a test"
    """
    if sum(asked is not None for asked in (until, rebuild, exclude)) != 1:
        raise UsageError("say what to train: one of --until DAY, --rebuild VERSION, --exclude NIGHT")
    if until is None and (push or nights or learner or expires_when or retrain):
        raise UsageError("--nights, --learner, --promote, --expires-when and --retrain-when-expired belong to --until DAY: leave them out")
    from pipeline import model_commands as models
    from pipeline.one_off import Assignment

    if rebuild is not None:
        models.rebuild(terminal(), rebuild)
    elif exclude is not None:
        models.exclude(terminal(), Night.parse(exclude), requested_by(), needed(reason, "--exclude"))
    elif until is not None:
        if not push and (expires_when or retrain):
            raise UsageError("a rule of expiry belongs to a promotion: add --promote, or say it to 'nightshift promote'")
        assignment = Assignment(requested_by(), needed(reason, "--promote"), expires_when, retrain) if push else None
        models.train(terminal(), Night.parse(until), nights, learner, assignment)


@app.command()
def models() -> None:
    """List the models, newest first: who is champion, who was, who is withdrawn, and what the training cost."""
    from pipeline import model_commands

    model_commands.models(terminal())


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="The model that is asked about, as 'nightshift models' lists it.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The model that it is held against.")],
    nights: Annotated[
        str | None, typer.Option("--nights", metavar="FROM..TO", help="Matured nights to compare on (else the newest 14), or one night.")
    ] = None,
    also_learned: Annotated[
        bool,
        typer.Option("--also-learned", help="Use nights too that a model learned from: it looks better there than it is."),
    ] = False,
) -> None:
    """Is A as good as B? Both score the same sealed nights, and the labels known by now decide.

    The verdict comes first: EQUIVALENT or BETTER (a loss of more than promotion_margin is ruled out), WORSE (one is shown, in all or
    within a slice), or NOT ENOUGH DATA, with how many more frauds it would take. Then measures with intervals, slices, what changes at
    the alert line, and the largest changes. Nothing is promoted, published or entered. docs/training.md tells how it is decided.

    \b
    nightshift compare 2026-11-22-boosted_trees-1a2b3c4d 2026-11-08-boosted_trees-5e6f7a8b
    nightshift compare 2026-11-08-linear_sgd-9c0d1e2f 2026-11-08-boosted_trees-5e6f7a8b --nights 2026-11-09..2026-11-15
    """
    from pipeline.comparison_basis import Asked

    asked = Asked.parse(nights, also_learned=also_learned)
    from pipeline import comparison_commands

    comparison_commands.compare_models(terminal(), first, second, asked)


@app.command()
def promote(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="A model that 'nightshift models' lists.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=REASON_HELP)],
    expires_when: Annotated[str | None, typer.Option("--expires-when", metavar="RULE", help=RULE_HELP)] = None,
    retrain: Annotated[bool, typer.Option("--retrain-when-expired", help=RETRAIN_HELP)] = False,
) -> None:
    """Make a model champion from now on: of the night that is under way, and of those after it.

    Published nights keep their model. With retraining = "nightly" the next challenger that passes replaces it.
    'nightshift rollback' undoes it.
    """
    from pipeline import model_commands
    from pipeline.one_off import Assignment

    model_commands.promote(terminal(), version, Assignment(requested_by(), needed(reason, "promote"), expires_when, retrain))


@app.command()
def rollback(reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=REASON_HELP)]) -> None:
    """Withdraw the champion: the one before it is champion again, from the night that is under way on.

    A scheduled night that is not published yet takes it, too; an earlier night by hand is scored as it was known at its end. What the
    withdrawn model had published stands, and is listed. 'nightshift promote VERSION' undoes it.
    """
    from pipeline import model_commands

    model_commands.rollback(terminal(), requested_by(), needed(reason, "rollback"))


@app.command()
def report(day: Day, data_docs: Annotated[Path | None, typer.Option("--data-docs", metavar="DIR", help=DATA_DOCS_HELP)] = None) -> None:
    """Write the report of a night anew and print where it lies."""
    from pipeline import commands

    commands.report(terminal(), Night.parse(day), data_docs)


@app.command()
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
