"""What a range of nights would do before it does it, and which nights are missing anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.night import Night
from pipeline.core.plan import Asked, Knowledge, require_over, resolve
from pipeline.data import chain, registry, runs
from pipeline.data.chain import Link
from pipeline.house import House

RUNS_TIMED = 14  # two weeks of nights tell how long one takes
UNTRAINED_YET = "decided by the training of the nights before"
UNENDED = {"open": "a run of it was begun and did not end", "judged": "it passed its gates and was not published"}


@dataclass(frozen=True)
class Intended:
    """What a run of a night would do: `now` is how it stands, `supersedes` the publication that would give way."""

    night: Night
    now: str
    does: str
    model: str
    rows: int | None
    supersedes: str


@dataclass(frozen=True)
class Gap:
    """What a night lacks, and the command that mends it."""

    night: Night
    lacks: str
    command: str


@dataclass(frozen=True)
class Outlook:
    """A plan, night by night, and how long a night took of late (median seconds, of how many runs); None before the first."""

    nights: tuple[Intended, ...]
    usual: tuple[float, int] | None


def outlook(house: House, nights: Sequence[Night], asked: Asked) -> Outlook:
    """What a run of these nights would do; a mode that some night cannot be run in is refused as the run itself would be."""
    now = house.clock()
    require_over(nights[-1], now, house.settings.settle)
    with house.warehouse.begin() as connection:
        links = chain.links(connection, nights[0], nights[-1], house.view.fingerprint)
        known = {night: resolve(night, asked, runs.known_of(connection, night, asked.model_version, now)) for night in nights}
        models = {link.night: _model(connection, link, known[link.night]) for link in links}
        usual = chain.usual_seconds_of_a_run(connection, RUNS_TIMED)
    open_before = False
    intended = []
    for link in links:
        settled = link.model_version is not None or not open_before or not known[link.night].in_chain
        intended.append(_intended(link, known[link.night], models[link.night] if settled else UNTRAINED_YET))
        open_before = open_before or link.training is None
    return Outlook(tuple(intended), usual)


def gaps(links: Sequence[Link], begins: Night) -> tuple[Gap, ...]:
    """What the nights lack; `begins`: the first night of the chain, before which nothing is trained."""
    found = ((link, lacks(link, begins)) for link in links)
    return tuple(Gap(link.night, told, f"nightshift night {link.night}") for link, told in found if told)


def lacks(link: Link, begins: Night) -> str | None:
    """What a night lacks in words; None where it came as far as it can.

    A night that was published and runs again is no gap, however that run ends: what was published stands.
    """
    if link.published_run is None and link.state != "unscored":
        return _unpublished(link)
    if link.published_run is None and link.champion is not None:
        return f"nothing was scored, though {link.champion} was champion at its end"
    if not link.looked_back:
        return "nobody looked back on it after it ran (step monitor)"
    if link.training is None and link.night >= begins:
        return "training has not got to it (step retrain)"
    return None


def _unpublished(link: Link) -> str:
    if link.state is None:
        return "it was never run" if link.rows is None else "it was sealed as history of a later night and never run"
    told = UNENDED.get(link.state) or f"it was stopped by the gate {link.broken}"
    return told if link.under_way_since is None else f"{told}; a step began at {link.under_way_since:%Y-%m-%d %H:%M} UTC and may be at work"


def _model(connection: sa.Connection, link: Link, knowledge: Knowledge) -> str:
    if knowledge.named_model:
        return knowledge.named_model
    if knowledge.in_chain:
        return link.model_version or link.champion or "none: there was no champion"
    standing = registry.champion_at(connection, knowledge.champion_at, knowledge.champion_at)
    return standing.version if standing else "none: there is no champion"


def _intended(link: Link, knowledge: Knowledge, model: str) -> Intended:
    standing = f"run {link.published_run} of {link.published_at:%Y-%m-%d %H:%M}" if link.published_at else ""
    return Intended(
        night=link.night,
        now="published" if link.published_run else _unpublished(link) if link.state != "unscored" else "unscored",
        does=_does(link, knowledge),
        model=model,
        rows=link.rows,
        supersedes=standing if knowledge.publishes else "",
    )


def _does(link: Link, knowledge: Knowledge) -> str:
    if not knowledge.publishes:
        return "scores the sealed night beside what is published"
    if not knowledge.in_chain:
        return f"scores it again with what is sealed through night {knowledge.known_through}"
    if link.rows is None:
        return "extracts, seals and scores it"
    features = "" if link.featured else ", with features of the view now set"
    return f"scores what is sealed{features}" + (": the same bits again" if link.published_run and link.featured else "")
