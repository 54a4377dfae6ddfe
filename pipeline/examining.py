"""What was sealed, trained and published: is it there, is it what was written, and is anything lying about that nobody needs?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.champions import load_for
from pipeline.core.errors import NightshiftError
from pipeline.core.night import ONE_DAY, Night
from pipeline.data import chain, ledger, orphans, predictions, registry, seals
from pipeline.data.orphans import Orphans
from pipeline.house import House
from pipeline.planning import gaps

CLOCKS_APART = dt.timedelta(seconds=60)  # less is the network's; with more a night may be over for one and not for the other
MOST_NAMED = 3  # of many alike
MISSING = "is missing from the lake: restore it from a copy"
COUNTED = 31  # nights whose published rows are counted: a month


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what was seen there; where it is `wrong`, what to do as well."""

    what: str
    seen: str
    wrong: bool = False


def inside(house: House, *, repair: bool, sound: bool) -> Iterator[Finding]:
    """Look at what the nights have made so far; `repair` removes leavings, but only where all else is `sound`."""
    checks: dict[str, Callable[[House], Finding]] = {
        "clock": _clocks,
        "sealed files": _sealed,
        "models": _models,
        "champion": _champion,
        "published": _published,
        "nights": _chain,
    }
    for what, look in checks.items():
        finding = _looked(what, look, house)
        sound = sound and (what == "nights" or not finding.wrong)
        yield finding
    yield _looked("leavings", lambda house: _leavings(house, repair=repair, sound=sound), house)


def _looked(what: str, look: Callable[[House], Finding], house: House) -> Finding:
    """What is seen, or what keeps us from looking: the other things are looked at all the same."""
    try:
        return look(house)
    except NightshiftError as error:
        return Finding(what, str(error), wrong=True)


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
    damaged = dict[str, str]()
    for done, seal in enumerate(binding, start=1):
        told = _damage(house, seal.path, seal.sha256)
        if told is not None:
            damaged[seal.path] = told
        house.progress("hashing", done, len(binding))
    if damaged and len(damaged) == len(binding) and all(told.endswith(MISSING) for told in damaged.values()):
        told = f"none of {len(binding):,} is in {house.lake.address('')}: is its disk mounted, and lake_uri the one of this warehouse?"
        return Finding("sealed files", told, wrong=True)
    if damaged:
        more = f"; {_named(list(damaged))} not what was sealed" if len(damaged) > 1 else ""
        return Finding("sealed files", f"{next(iter(damaged.values()))}{more}", wrong=True)
    return Finding("sealed files", f"{len(binding):,} files, {sum(seal.byte_count for seal in binding) / 1e6:,.0f} MB, are what was sealed")


def _damage(house: House, path: str, sha256: str) -> str | None:
    """What is wrong with a sealed file, and what to do."""
    try:
        if house.lake.find(path) is None:
            return f"{path} {MISSING}"
        house.lake.read_bytes(path, sha256)
    except NightshiftError as error:
        return str(error)
    return None


def _models(house: House) -> Finding:
    """Every registered model, loaded as `score` would: hash, signature and golden rows."""
    now = house.clock()
    with house.warehouse.begin() as connection:
        versions = [model.version for model in registry.listed(connection, now)]
        refused = {version: told for version in versions if (told := _refusal(house, connection, version))}
        champion = registry.champion_at(connection, now, now)
    if refused:
        first, told = next(iter(refused.items()))
        stands = champion is not None and champion.version in refused
        do = "or 'nightshift rollback' to the one before" if stands else "the champion is none of them"
        return Finding(
            "models", f"{len(refused)} of {len(versions)} cannot score, first {first} ({told}): put right what it says, {do}", True
        )
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


def _published(house: House) -> Finding:
    """Whether analysts see as many rows as were published, of the newest nights."""
    with house.warehouse.begin() as connection:
        counted = predictions.counted(connection, COUNTED)
    short = [f"{night} ({there:,} of {published:,} rows)" for night, published, there in counted if there != published]
    if short:
        told = f"{_named(short)} not what was published: somebody changed it by hand; run the night again, 'nightshift night DAY'"
        return Finding("published", told, wrong=True)
    return Finding("published", f"the newest {len(counted)} nights have all their rows" if counted else "nothing yet")


def _chain(house: House) -> Finding:
    with house.warehouse.begin() as connection:
        begins = ledger.begins_with(connection)
        last = Night.of(house.clock() - house.settings.settle - ONE_DAY)
        links = chain.links(connection, begins, last, house.view.fingerprint) if begins else []
    under_way = [str(link.night) for link in links if link.under_way_since is not None]
    found = [str(gap.night) for gap in gaps(links, begins) if str(gap.night) not in under_way] if begins else []
    beside = f"; {_named(under_way)} under way" if under_way else ""
    if found:
        return Finding("nights", f"{_named(found)} lacking something: see 'nightshift gaps'{beside}", wrong=True)
    return Finding("nights", f"nothing is missing from {begins} to {last}{beside}" if begins else "none was ever run")


def _leavings(house: House, *, repair: bool, sound: bool) -> Finding:
    now = house.clock()
    left = orphans.orphans(house.warehouse, house.lake, now)
    if not left.files and not left.tables:
        return Finding("leavings", "no file or table without an owner")
    if not repair:
        return Finding("leavings", f"{_told(left)}: 'nightshift doctor --repair' removes them", wrong=True)
    if not sound:
        return Finding("leavings", f"{_told(left)}: none is removed before what is WRONG above is put right", wrong=True)
    removed = orphans.remove(house.warehouse, house.lake, left, now)
    told = f"{_told(removed)}: removed; whole files lie in {house.lake.address('leavings')} until somebody deletes them"
    kept = len(left.files) + len(left.tables) - len(removed.files) - len(removed.tables)
    return Finding("leavings", f"{told}; {kept} are in use and stay" if kept else told)


def _told(left: Orphans) -> str:
    return f"{len(left.files)} files ({left.bytes / 1e6:,.1f} MB) and {len(left.tables)} tables of runs that were cut off"


def _named(paths: Sequence[str]) -> str:
    """A few of many, and how many more there are; with the verb that fits."""
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return f"{', '.join(paths[:MOST_NAMED])}{more} {'is' if len(paths) == 1 else 'are'}"
