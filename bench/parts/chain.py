"""A chain of models on a stream, and which of them serves: the champion that the product's own verdict lets through.

In the walk verdicts are given once a week, on its eve. For boosted trees they stand for nightly ones: a refit is a function of the
reservoir alone, so that members in between would change nothing in these, and champion and challenger are a week apart instead of a
night, which makes them rather less alike than the product's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench.parts.reservoir import Reservoir, trained
from bench.parts.streams import Stream, day_of
from pipeline.comparing import ROWS_COMPARED, Challenge, Matured, Opponents, first_compared, in_full, judged, member_before
from pipeline.core.errors import NoModelError
from pipeline.core.night import Night, nights_between
from pipeline.evaluation.challenge import Margins
from pipeline.evaluation.judgement import Judgement
from pipeline.evaluation.ruling import ruling
from pipeline.evaluation.slices import Slicing
from pipeline.features.handbook import VIEW
from pipeline.scoring.learner import Learner
from pipeline.scoring.model import Model
from pipeline.scoring.reservoir import DISTANT_PAST

BUDGET = 100  # alerts a night, as the product is set
MARGINS = Margins()
SLICING = Slicing(VIEW.timezone, VIEW.activity)


@dataclass(frozen=True)
class Decision:
    """What was said of a challenger, whether it became champion, and which checks did not hold."""

    verdict: str
    promoted: bool
    broken: tuple[Judgement, ...]

    @classmethod
    def of(cls, judgements: tuple[Judgement, ...]) -> Decision:
        told = ruling(judgements)
        return cls(told.verdict, told.promotes, tuple(judgement for judgement in judgements if not judgement.passed))

    def __str__(self) -> str:
        broken = ", ".join(f"{one.check} {'none' if one.value is None else f'{one.value:.3g}'}" for one in self.broken)
        return f"{self.verdict}: {broken}" if broken else self.verdict


FIRST_MODEL = Decision("first model", promoted=True, broken=())  # it has nobody to be held against
NO_MODEL = Decision("no model", promoted=False, broken=())


@dataclass(frozen=True)
class Chain:
    """The members by their nights, and those of them that became champion at the end of that night."""

    learner: Learner
    members: Mapping[Night, Model] = field(default_factory=dict)
    champions: Mapping[Night, Model] = field(default_factory=dict)

    @property
    def champion(self) -> Model:
        """Who serves now."""
        if not self.champions:
            raise NoModelError("too few frauds have matured for a first model of the walk: take more customers")
        return self.champions[max(self.champions)]

    def grown(self, reservoir: Reservoir) -> Chain:
        """With the model of the reservoir's night, gone on from the newest; as it was while too few frauds have matured."""
        newest = max(self.members, default=None)
        parent = self.members[newest] if newest else None
        try:
            model = trained(reservoir, reservoir.training(newest or DISTANT_PAST), self.learner, parent)
        except NoModelError:
            return self
        return replace(self, members={**self.members, reservoir.night: model})

    def decided(self, reservoir: Reservoir, stream: Stream) -> tuple[Chain, Decision]:
        """Ruled on the member of the reservoir's night; promoted, it serves from then on."""
        if reservoir.night not in self.members:
            return self, NO_MODEL
        decision = Decision.of(judged(self._challenge(reservoir, stream), BUDGET, MARGINS)) if self.champions else FIRST_MODEL
        promoted = {reservoir.night: self.members[reservoir.night]} if decision.promoted else {}
        return replace(self, champions={**self.champions, **promoted}), decision

    def _challenge(self, reservoir: Reservoir, stream: Stream) -> Challenge:
        tonight, opponents = stream.between(reservoir.day, reservoir.day), self._opponents(reservoir)
        matured = _matured(reservoir, stream, opponents.since) if opponents else None
        return Challenge(self.members[reservoir.night], self.champion, opponents, reservoir.product, tonight, SLICING, matured)

    def _opponents(self, reservoir: Reservoir) -> Opponents | None:
        """As the product chooses: who was champion before the member's night ended, and the first champion, since no year begins here."""
        since = member_before(self.members, reservoir.product.newest)
        if since is None:
            return None
        member, before = self.members[since], [night for night in self.champions if night < since]
        champion = self.champions[max(before)] if before else member
        return Opponents(since, member, champion, self.champions[min(before)] if before else None)


def _matured(reservoir: Reservoir, stream: Stream, since: Night) -> Matured | None:
    """The nights to compare on, as the product reads them."""
    nights = list(nights_between(first_compared(since, reservoir.product.newest), reservoir.product.newest))
    features = [stream.between(day_of(night), day_of(night)) for night in nights]
    share = min(1.0, ROWS_COMPARED / max(sum(rows.num_rows for rows in features), 1))
    return in_full(zip(nights, features, strict=True), reservoir.product, share)
