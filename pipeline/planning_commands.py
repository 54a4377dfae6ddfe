"""What the commands `plan` and `gaps` say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipeline.core.errors import GateError
from pipeline.core.night import ONE_DAY, Night
from pipeline.core.plan import Asked
from pipeline.data import chain, ledger
from pipeline.house import open_house
from pipeline.planning import gaps as gaps_of
from pipeline.planning import outlook
from pipeline.terminal import Terminal

ANY_REASON = "a plan"  # a plan is not carried out, so it needs no reason of its own
PLANNED = ("night", "now", "the run would", "with the model", "rows", "in place of")
LACKING = ("night", "lacks", "run")


def plan(terminal: Terminal, nights: Sequence[Night], asked: Asked) -> None:
    """The table of what each night would do, and how long all take."""
    with open_house() as house:
        told = outlook(house, nights, asked)
    terminal.table(PLANNED, [tuple(vars(night).values()) for night in told.nights])
    if told.usual is None:
        terminal.say(f"{len(nights)} nights; no run has ended yet that would tell how long one takes")
        return
    seconds, runs = told.usual
    total = dt.timedelta(seconds=round(seconds * len(nights)))
    terminal.say(f"{len(nights)} nights, about {total} (h:mm:ss): the last {runs} runs took {seconds:.1f} s each")


def gaps(terminal: Terminal) -> None:
    """The table of nights that lack something; a `GateError` where there are any, so that a watch may call it."""
    with open_house() as house, house.warehouse.begin() as connection:
        begins = ledger.begins_with(connection)
        last = Night.of(house.clock() - house.settings.settle - ONE_DAY)
        links = chain.links(connection, begins, last, house.view.fingerprint) if begins else []
    if begins is None:
        terminal.say("no night was ever run")
        return
    found = gaps_of(links, begins)
    if not found:
        terminal.say(f"nothing is missing in the {len(links)} nights from {begins} to {last}")
        return
    terminal.table(LACKING, [tuple(vars(gap).values()) for gap in found])
    raise GateError(
        f"{len(found)} of the {len(links)} nights from {begins} to {last} lack something: mend them in this order, or all at once with "
        f"'nightshift backfill {found[0].night} {found[-1].night}'"
    )
