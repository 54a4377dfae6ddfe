"""What analysts see, kept as plain lists: every publication that ever was, and which one of a night is current."""

from __future__ import annotations

from dataclasses import dataclass, field

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

    def open(self, run: int, night: Night) -> None:
        self.night_of[run] = night
        self.owner[night] = run

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
        return True

    def current(self) -> list[Seen]:
        """Rows of the last publication of each night."""
        last = {self.night_of[run]: run for run in self.published}
        return sorted(seen for run in last.values() for seen in self._rows(run))

    def history(self) -> list[tuple[Seen, bool]]:
        """Rows of every publication, and whether a later one of the night superseded it."""
        last = {self.night_of[run]: run for run in self.published}
        return sorted((seen, last[self.night_of[run]] != run) for run in self.published for seen in self._rows(run))

    def _rows(self, run: int) -> list[Seen]:
        return [(self.night_of[run], transaction, score, run) for transaction, score in self.staged[run]]
