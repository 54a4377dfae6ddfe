"""Nights one after the other for as long as wanted, something going wrong in some of them, and what must stay true after each.

The world is one and the same throughout: what a fault leaves behind is there in all nights that follow.
"""

from __future__ import annotations

import os
import random
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.core.night import Night
from pipeline.data import server
from tests.faults.acts import DONE, FAULTS, Fault, Scene, happening
from tests.faults.grounds import Grounds, Subject, log_of, start
from tests.faults.reading import State, state_of
from tests.faults.trials import MOST_RETRIES, untrue_in_the_warehouse
from tests.worlds import SMALL, Trade, World, trade

FIRST = "2025-09-01"  # 365 nights from here are over
SHARE = 0.3  # of the nights in which something goes wrong
UNSCORED = 3  # nights before the first champion
KEPT = 30  # nights that training looks back on
POINTS = 70  # of a night
REPAIRED_EVERY = 20  # nights
ASKED_AGAIN = 5  # earlier instants a night, drawn; all of them at the end
TWO_DAYS = 2 * 86_400  # seconds: what lies about for a day is in nobody's hands
LEFT = re.compile(r"^(?:WRONG|ok) +leavings +(.*)$", re.MULTILINE)
WRONG = re.compile(r"^WRONG .*$", re.MULTILINE)
# a night that ran twice may have two entries, of which the newer counts
UNBROKEN = (
    f"SELECT count(DISTINCT night) FROM scoring.training_ledger WHERE night >= '{FIRST}' AND outcome IN ('promoted', 'kept', 'skipped')"
)
CURRENT = "SELECT count(*), count(DISTINCT night) FROM scoring.publication WHERE superseded_at IS NULL"


@dataclass(frozen=True)
class Passed:
    """One night: what went wrong in it, how it ended, the lake after it, and the peak of the memory of the run that got it done."""

    night: Night
    fault: str
    retries: int
    lake_bytes: int
    files: int
    peak_kb: int
    complaints: tuple[str, ...]


@dataclass
class LongRun:
    """A world that grows older; `remembered` are instants and what analysts saw then."""

    grounds: Grounds
    world: World
    rng: random.Random
    remembered: list[tuple[str, State]] = field(default_factory=list)

    def nights(self, number: int) -> Iterator[Passed]:
        for place in range(number):
            night = Night.parse(FIRST).back(-place)
            self.world.bring(shifted(trade(str(night), 1), 1000 * place))
            yield self._night(night, place)

    def _night(self, night: Night, place: int) -> Passed:
        subject = Subject(f"night {night}", ("night", str(night)))
        fault = self.rng.choice(STANDING) if self.rng.random() < SHARE else None
        code = self._disturbed(fault, subject) if fault else None
        retries, done = 0 if fault else -1, None
        while (code != DONE or self._untrained(night)) and retries < MOST_RETRIES:
            done = start(subject, self.world)
            code, retries = done.end(), retries + 1
        is_done = code == DONE and retries <= 1 and not self._untrained(night)
        complaints = [] if is_done else [f"{night} was not done: {log_of(self.world).read_text()[-700:]}"]
        complaints += self._untrue(place)
        if place % REPAIRED_EVERY == REPAIRED_EVERY - 1:
            complaints += self.repaired()
        now = str(self.world.scalar("SELECT clock_timestamp()"))
        self.remembered.append((now, state_of(self.world.url)))
        files = lake_files(self.world)
        sizes = sum(path.stat().st_size for path in files)
        return Passed(
            night, fault.name if fault else "", max(retries, 0), sizes, len(files), done.peak_kb if done else 0, tuple(complaints)
        )

    def _untrained(self, night: Night) -> bool:
        """Whether training met a damaged file: the night is published all the same, and runs again when the file has been put back."""
        newest = f"SELECT outcome FROM scoring.training_ledger WHERE night = '{night}' ORDER BY entry_id DESC LIMIT 1"
        return self.world.scalar(newest) == "failed"

    def _disturbed(self, fault: Fault, subject: Subject) -> int:
        run = start(subject, self.world, self.rng.randrange(POINTS))
        if run.held_at() is None:
            return run.end()
        with happening(fault, Scene(self.grounds, subject, self.world, run, self.rng)):
            return run.end()

    def _untrue(self, place: int) -> list[str]:
        """What is not as it must be after the night at this place."""
        complaints = list(untrue_in_the_warehouse(self.world))
        (current, nights), scored = self.world.rows(CURRENT)[0], state_of(self.world.url)
        if not current == nights == len(scored) == max(0, place + 1 - UNSCORED):
            complaints.append(f"{nights} nights with {current} current publications, {len(scored)} of them seen")
        if self.world.scalar(UNBROKEN) != place + 1:
            complaints.append(f"the chain is broken: {self.world.scalar(UNBROKEN)} entries of {place + 1}")
        asked = self.rng.sample(self.remembered, min(ASKED_AGAIN, len(self.remembered)))
        return complaints + list(self.told_otherwise(asked))

    def told_otherwise(self, asked: list[tuple[str, State]]) -> Iterator[str]:
        for instant, seen in asked:
            if state_of(self.world.url, f"scoring.prediction_as_of('{instant}')") != seen:
                yield f"prediction_as_of tells another past of {instant}"

    def repaired(self) -> list[str]:
        """Let two days go by over what lies about, mend, and look again: nothing is left, and nothing that is needed was taken."""
        self._grow_old()
        doctor = Subject("nightshift doctor --repair", ("doctor", "--repair"))
        log, complaints = log_of(self.world), []
        for _ in range(2):
            said = log.stat().st_size
            start(doctor, self.world).end()
            told = log.read_text()[said:]
        leavings = LEFT.search(told)
        if leavings is None or leavings[1] != "no file or table without an owner":
            complaints.append(f"something was left behind a repair: {told[-700:]}")
        complaints += [line for line in WRONG.findall(told) if not line.startswith("WRONG  nights")]  # whose days have not been run yet
        return complaints + [f"{path} was being written" for path in lake_files(self.world) if path.name.startswith(".")]

    def _grow_old(self) -> None:
        for path in lake_files(self.world):
            before = path.stat().st_mtime - TWO_DAYS
            os.utime(path, (before, before))
        self.world.change("UPDATE scoring.run SET started_at = started_at - interval '2 days'")


STANDING = tuple(fault for fault in FAULTS if not fault.name.startswith("disk full"))  # a small disk would be full in the end without help


def shifted(rows: Trade, by: int) -> Trade:
    """The same rows under ids of their own."""
    return Trade(
        *([{**row, "transaction_id": int(str(row["transaction_id"])) + by} for row in table] for table in (rows.transactions, rows.labels))
    )


def lake_files(world: World) -> list[Path]:
    return [path for path in (world.home / ".nightshift" / "lake").rglob("*") if path.is_file()]


def long_run(grounds: Grounds, seed: int) -> LongRun:
    """A world of its own, before its first night."""
    home = grounds.folder / f"long_{uuid.uuid4().hex[:8]}" / "home"
    home.mkdir(mode=0o755, parents=True)
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(grounds.postgres, f"long_{uuid.uuid4().hex[:12]}"), home, monkeypatch)
        world.configure(**SMALL, reservoir_nights=KEPT)
        world.make_tables()
    return LongRun(grounds, world, random.Random(seed))


def costs(passed: list[Passed]) -> str:
    """Disk and memory, night by night in ten lines at most, and whether the last nights cost more than the first ones."""
    chosen = passed[:: max(1, len(passed) // 10)]
    lines = [
        f"{one.night}  lake {one.lake_bytes / 1e3:9,.0f} kB in {one.files:5,} files  peak of the run {one.peak_kb / 1e3:6,.0f} MB"
        for one in chosen
    ]
    faults = sum(bool(one.fault) for one in passed)
    each = (passed[-1].lake_bytes - passed[0].lake_bytes) / max(1, len(passed) - 1) / 1e3
    return "\n".join([*lines, f"{len(passed)} nights, {faults} with a fault; {each:,.1f} kB of lake a night"])
