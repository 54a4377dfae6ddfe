"""Commands about models."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.shell.app import needed, requested_by, terminal

shell = typer.Typer(rich_markup_mode=None)
RULE_HELP = (
    "When it expires, for example: 'average_precision < 0.55 or age > 60d'. Figures: average_precision, fraud_ratio (predicted over "
    "observed), mean_score, matured_frauds, all on what matured since it was trained, and age. A night in which the rule fires is "
    "published all the same; night_summary.event tells it."
)
RETRAIN_HELP = 'A night in which the rule fires trains a challenger, also with retraining = "off".'
REASON_HELP = "Why; it stands in the registry for ever."


@shell.command()
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


@shell.command()
def models() -> None:
    """List the models, newest first: who is champion, who was, who is withdrawn, and what the training cost."""
    from pipeline import model_commands

    model_commands.models(terminal())


@shell.command()
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


@shell.command()
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


@shell.command()
def rollback(reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=REASON_HELP)]) -> None:
    """Withdraw the champion: the one before it is champion again, from the night that is under way on.

    A scheduled night that is not published yet takes it, too; an earlier night by hand is scored as it was known at its end. What the
    withdrawn model had published stands, and is listed. 'nightshift promote VERSION' undoes it.
    """
    from pipeline import model_commands

    model_commands.rollback(terminal(), requested_by(), needed(reason, "rollback"))
