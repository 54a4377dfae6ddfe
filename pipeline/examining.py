"""What was sealed, trained and published: is it there, is it what was written, and is anything lying about that nobody needs?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.champions import load_for
from pipeline.core.errors import CorruptionError, NightshiftError
from pipeline.core.night import ONE_DAY, Night
from pipeline.data import chain, ledger, orphans, registry, seals
from pipeline.house import House
from pipeline.planning import gaps

CLOCKS_APART = dt.timedelta(seconds=60)  # less is the network's; with more a night may be over for one and not for the other
MOST_NAMED = 3  # of many alike


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what was seen there; where it is `wrong`, what to do as well."""

    what: str
    seen: str
    wrong: bool = False


def inside(house: House, *, repair: bool) -> Iterator[Finding]:
    """Look at what the nights have made so far; `repair` removes leavings."""
    yield _clocks(house)
    yield _sealed(house)
    yield _models(house)
    yield _champion(house)
    yield _chain(house)
    yield _leavings(house, repair=repair)


def _clocks(house: House) -> Finding:
    before = house.clock()
    with house.warehouse.begin() as connection:
        theirs: dt.datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    apart = abs(theirs - before)
    if apart > CLOCKS_APART:
        told = f"ours and the warehouse's are {apart.total_seconds():,.0f} s apart: set both by a time server, nights end by them"
        return Finding("clock", told, wrong=True)
    return Finding("clock", "ours and the warehouse's agree")


def _sealed(house: House) -> Finding:
    """Every file of a seal that binds, hashed again."""
    with house.warehouse.begin() as connection:
        binding = seals.every_bound(connection)
    damaged = []
    for done, seal in enumerate(binding, start=1):
        if not _is_whole(house, seal.path, seal.sha256):
            damaged.append(seal.path)
        house.progress("hashing", done, len(binding))
    if damaged:
        return Finding("sealed files", f"{_named(damaged)} not what was sealed: restore from a copy of the lake", wrong=True)
    return Finding("sealed files", f"{len(binding):,} files, {sum(seal.byte_count for seal in binding) / 1e6:,.0f} MB, are what was sealed")


def _is_whole(house: House, path: str, sha256: str) -> bool:
    try:
        house.lake.read_bytes(path, sha256)
    except CorruptionError:
        return False
    return True


def _models(house: House) -> Finding:
    """Every registered model, loaded as `score` would: hash, signature and golden rows."""
    with house.warehouse.begin() as connection:
        versions = [model.version for model in registry.listed(connection, house.clock())]
        refused = [told for version in versions if (told := _refusal(house, connection, version))]
    if refused:
        told = f"{len(refused)} of {len(versions)} cannot score, first {refused[0]}: restore the file, or 'nightshift rollback' to another"
        return Finding("models", told, wrong=True)
    return Finding("models", f"{len(versions)} are registered, signed and reproduce their golden rows")


def _refusal(house: House, connection: sa.Connection, version: str) -> str | None:
    try:
        load_for(house, connection, version)
    except NightshiftError as error:
        return str(error)
    return None


def _champion(house: House) -> Finding:
    now = house.clock()
    with house.warehouse.begin() as connection:
        standing = registry.champion_at(connection, now, now)
        view = registry.model(connection, standing.version).view if standing else None
    if standing is None:
        return Finding("champion", "there is none yet: nights are sealed and not scored until one is trained or promoted")
    if view != house.view.fingerprint:
        told = f"{standing.version} was trained on view {view}, {house.settings.view} is {house.view.fingerprint}: "
        return Finding("champion", f"{told}set the view back, or train a model on the new one", wrong=True)
    return Finding("champion", f"{standing.version} stands since {standing.valid_from:%Y-%m-%d}")


def _chain(house: House) -> Finding:
    with house.warehouse.begin() as connection:
        begins = ledger.begins_with(connection)
        last = Night.of(house.clock() - house.settings.settle - ONE_DAY)
        found = gaps(chain.links(connection, begins, last, house.view.fingerprint), begins) if begins else []
    if found:
        return Finding("nights", f"{_named([str(gap.night) for gap in found])} lacking something: see 'nightshift gaps'", wrong=True)
    return Finding("nights", f"nothing is missing from {begins} to {last}" if begins else "none was ever run")


def _leavings(house: House, *, repair: bool) -> Finding:
    with house.warehouse.begin() as connection:
        left = orphans.orphans(connection, house.lake, house.clock())
        if repair:
            orphans.remove(connection, house.lake, left)
    if not left.files and not left.tables:
        return Finding("leavings", "no file or table without an owner")
    told = f"{len(left.files)} files ({left.bytes / 1e6:,.1f} MB) and {len(left.tables)} tables of runs that were cut off"
    if repair:
        return Finding("leavings", f"{told}: removed")
    return Finding("leavings", f"{told}: 'nightshift doctor --repair' removes them", wrong=True)


def _named(paths: Sequence[str]) -> str:
    """A few of many, and how many more there are; with the verb that fits."""
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return f"{', '.join(paths[:MOST_NAMED])}{more} {'is' if len(paths) == 1 else 'are'}"
