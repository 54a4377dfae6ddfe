"""The report of a night: all that its page shows, and nothing personal in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.core.night import Night
from pipeline.evaluation.judgement import Judgement, Verdict, verdict
from pipeline.evaluation.lookback import LookBack
from pipeline.evaluation.ruling import ruling
from pipeline.evaluation.weeks import NOTHING_AROUND, Around

CHALLENGER = "challenger"
SCARCE: Final = "not enough data"
Told = Verdict | Literal["not enough data"]


@dataclass(frozen=True)
class Counts:
    """Rows of a night: `rows_in` is the sum of `scored`, `rejected`, `collapsed` and `unscored`; the others are parts of `scored`.

    `unscored` are the rows of a night before the first champion.
    """

    rows_in: int
    scored: int
    rejected: int
    collapsed: int
    unscored: int
    late: int
    stragglers: int
    alerts: int

    @property
    def unaccounted(self) -> int:
        """What the sum lacks; 0 in every sound night."""
        return self.rows_in - self.scored - self.rejected - self.collapsed - self.unscored


@dataclass(frozen=True)
class Alert:
    """A transaction to look at; `entities` are names and keys, of columns that are not personal; `reasons` what pushed its score up."""

    rank: int
    score: float
    transaction_id: int | str
    occurred_at: dt.datetime
    amount_cents: int
    entities: tuple[tuple[str, int | str | None], ...]
    reasons: str | None = None


@dataclass(frozen=True)
class Rejection:
    """How many rows were set aside for one reason."""

    reason: str
    rows: int


@dataclass(frozen=True)
class Step:
    """One step of the night, how it ended ('done', or 'skipped' with the reason) and how long it took."""

    name: str
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Seal:
    """One sealed table that the night was computed from."""

    night: Night
    table: str
    version: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Champion:
    """The model that scored the night."""

    version: str
    learner: str
    trained_through: Night
    view: str
    sha256: str


@dataclass(frozen=True)
class Matured:
    """An earlier night as the labels known through a night tell of it; None where a figure is unknown."""

    night: dt.date
    model_version: str
    known_through: dt.date
    frauds: int
    average_precision: float | None
    average_precision_low: float | None
    average_precision_high: float | None
    recall: float | None
    amount_caught: float | None
    predicted_ratio: float | None
    expected_precision: float | None
    precision: float | None


@dataclass(frozen=True)
class NightReport:
    """All that the page shows; `model` is None before the first champion, `published_at` where nothing was published.

    `look_back` is None until the night was looked back on after its publication.
    """

    night: Night
    run_id: int
    mode: str
    published_at: dt.datetime | None
    model: Champion | None
    counts: Counts
    judgements: tuple[Judgement, ...]
    alerts: tuple[Alert, ...]
    rejections: tuple[Rejection, ...]
    steps: tuple[Step, ...]
    seals: tuple[Seal, ...]
    minor_units: int
    matured: tuple[Matured, ...] = ()
    look_back: LookBack | None = None
    around: Around = NOTHING_AROUND

    @property
    def gates(self) -> tuple[tuple[str, Told, tuple[Judgement, ...]], ...]:
        """Each gate in the order of the night: its name, its verdict, its judgements.

        Of a challenger that is held against too little, nothing was found wrong: its gate did not fail.
        """
        names = dict.fromkeys(judgement.gate for judgement in self.judgements)
        by_gate = {name: tuple(judgement for judgement in self.judgements if judgement.gate == name) for name in names}
        return tuple((name, _told(name, judgements), judgements) for name, judgements in by_gate.items())


def _told(gate: str, judgements: tuple[Judgement, ...]) -> Told:
    found = verdict(judgements)
    return SCARCE if gate == CHALLENGER and found == "failed" and ruling(judgements).verdict == "NOT ENOUGH DATA" else found
