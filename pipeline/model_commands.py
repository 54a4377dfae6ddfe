"""What the commands about models do, once their arguments are read."""

from __future__ import annotations

from pipeline import one_off
from pipeline.core.night import Night
from pipeline.data import registry
from pipeline.house import open_house
from pipeline.one_off import Assignment
from pipeline.terminal import Terminal

HEADINGS = ("version", "night", "learner", "state", "promoted", "CPU seconds")


def train(terminal: Terminal, until: Night, nights: int | None, learner: str | None, assignment: Assignment | None) -> None:
    """Train up to a day, tell the comparison, and promote where that was asked."""
    if assignment is not None:
        assignment.rule  # noqa: B018  # a rule that cannot be read is told before anything is trained
    with open_house() as house:
        made = one_off.train_until(house, until, nights, learner or house.settings.learner)
        terminal.say(f"{made.version}: {made.rows:,} rows, {made.frauds:,} frauds, {made.seconds:.1f} CPU seconds")
        if made.ruling is None:
            terminal.say("nobody was champion then: there is nothing to compare with")
        else:
            terminal.say(f"{made.ruling.verdict}: {made.ruling.reason}")
        if assignment is None:
            terminal.say(f"it is not champion: 'nightshift promote {made.version} --reason …' makes it that")
            return
        one_off.push(house, made, assignment)
        terminal.say(f"{made.version} is champion from now on")


def rebuild(terminal: Terminal, version: str) -> None:
    """Train a version again and say that its hash is the same."""
    with open_house() as house:
        terminal.say(f"{version} rebuilt: the same hash, {one_off.rebuild(house, version)}")


def exclude(terminal: Terminal, night: Night, by: str, reason: str) -> None:
    """Keep a night out of training."""
    with open_house() as house:
        one_off.exclude(house, night, by, reason)
    terminal.say(f"night {night} is left out of every training from now on; models that learned from it stay as they are")


def models(terminal: Terminal) -> None:
    """The table of models."""
    with open_house() as house, house.warehouse.begin() as connection:
        listed = registry.listed(connection, house.clock())
    if not listed:
        terminal.say("there are no models yet: the first is trained when enough nights have matured")
        return
    terminal.table(HEADINGS, [(one.version, one.night, one.learner, _state(one), one.promotions, _seconds(one)) for one in listed])


def promote(terminal: Terminal, version: str, assignment: Assignment) -> None:
    """Make a model champion."""
    with open_house() as house:
        one_off.promote(house, version, assignment)
    terminal.say(f"{version} is champion from now on" + (f", until {assignment.rule}" if assignment.rule else ""))


def rollback(terminal: Terminal, by: str, reason: str) -> None:
    """Withdraw the champion and list what it had published."""
    with open_house() as house:
        done = one_off.rollback(house, by, reason)
    instead = f"{done.champion} is champion again" if done.champion else "there is no champion now: promote one before the next night"
    terminal.say(f"{done.withdrawn} is withdrawn; {instead}")
    if not done.publications:
        terminal.say("it had published nothing")
        return
    terminal.say("it had published, and what it published stands:")
    told = [(one.night, one.run_id, one.published_at, "current" if one.current else "superseded", one.alerts) for one in done.publications]
    terminal.table(("night", "run", "published at", "state", "alerts"), told)


def _state(one: registry.Listed) -> str:
    if one.champion:
        return "champion"
    return "withdrawn" if one.withdrawn else ("was champion" if one.promotions else "")


def _seconds(one: registry.Listed) -> str:
    return "" if one.training_seconds is None else f"{one.training_seconds:.1f}"
