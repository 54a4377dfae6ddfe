"""What analysts see, kept as plain lists: every publication that ever was, and which one of a night is current."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

Night = str
Scores = tuple[tuple[int, float], ...]  # transaction and score
Seen = tuple[Night, int, float, int]  # night, transaction, score, run


@dataclass
class SlowWarehouse:
    """Runs of nights; the newest of a night owns it, and only an owner changes anything."""

    owner: dict[Night, int] = field(default_factory=dict)
    night_of: dict[int, Night] = field(default_factory=dict)
    staged: dict[int, Scores] = field(default_factory=dict)
    published: list[int] = field(default_factory=list)
    kept: dict[int, int] = field(default_factory=dict)  # what-if runs, and when they ended
    opened_at: dict[int, int] = field(default_factory=dict)
    published_at: dict[int, int] = field(default_factory=dict)
    pruned: set[int] = field(default_factory=set)
    now: int = 0  # a clock that ticks when it is told to

    def open(self, run: int, night: Night) -> None:
        self.night_of[run] = night
        self.owner[night] = run
        self.opened_at[run] = self.now

    def keep(self, run: int, night: Night, scores: Scores) -> None:
        """A what-if run from beginning to end: it owns nothing and is never published."""
        self.night_of[run] = night
        self.staged[run] = scores
        self.kept[run] = self.now

    def is_stale(self, run: int) -> bool:
        return self.owner[self.night_of[run]] != run

    def stage(self, run: int, scores: Scores) -> bool:
        """False where the run may not: overtaken, or published already."""
        if self.is_stale(run) or run in self.published:
            return False
        self.staged[run] = scores
        return True

    def publish(self, run: int) -> bool:
        """False where an overtaken run tries."""
        if self.is_stale(run):
            return False
        if run not in self.published:
            self.published.append(run)
            self.published_at[run] = self.now
        return True

    def superseded_at(self, run: int) -> int | None:
        """When the next publication of its night came; None where it is the last."""
        later = [other for other in self.published if self.night_of[other] == self.night_of[run]]
        place = later.index(run) + 1
        return self.published_at[later[place]] if place < len(later) else None

    def ended_at(self, run: int) -> int | None:
        """When nobody needed the rows any more; None where somebody does."""
        if run in self.published:
            return self.superseded_at(run)
        if run in self.kept:
            return self.kept[run]
        return self.opened_at[run] if self.is_stale(run) else None

    def prune(self, before: int) -> set[int]:
        """Forget the rows of what ended by then; returns whose."""
        ended = {run: self.ended_at(run) for run in self.held()}
        gone = {run for run, at in ended.items() if at is not None and at <= before}
        self.pruned |= gone
        return gone

    def held(self) -> set[int]:
        """Runs whose rows are there."""
        return set(self.staged) - self.pruned

    def as_of(self, moment: int) -> list[Seen] | None:
        """What was current then; None where rows of it are forgotten."""
        last = {self.night_of[run]: run for run in self.published if self.published_at[run] <= moment}
        if self.pruned & set(last.values()):
            return None
        return sorted(seen for run in last.values() for seen in self._rows(run))

    def decisions(self) -> list[tuple[int, int, int]]:
        """Transaction, run before and run, where a publication changed whether it is an alert: the first of a run's scores is one."""
        by_night = [[run for run in self.published if self.night_of[run] == night] for night in self.owner]
        pairs = [pair for runs in by_night for pair in pairwise(runs) if not self.pruned & set(pair)]
        return sorted((key, before, run) for before, run in pairs for key in self._changed(before, run))

    def _changed(self, before: int, run: int) -> set[int]:
        then, now = ([key for key, _ in self.staged[one]] for one in (before, run))
        return set(then) & set(now) & (set(then[:1]) ^ set(now[:1]))

    def current(self) -> list[Seen]:
        """Rows of the last publication of each night."""
        last = {self.night_of[run]: run for run in self.published}
        return sorted(seen for run in last.values() for seen in self._rows(run))

    def history(self) -> list[tuple[Seen, bool]]:
        """Rows of every publication, and whether a later one of the night superseded it."""
        last = {self.night_of[run]: run for run in self.published}
        return sorted((seen, last[self.night_of[run]] != run) for run in self.published if run in self.held() for seen in self._rows(run))

    def _rows(self, run: int) -> list[Seen]:
        return [(self.night_of[run], transaction, score, run) for transaction, score in self.staged[run]]
