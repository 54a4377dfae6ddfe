"""The eves of a walk's weeks: two chains have grown night by night, and of each it is decided who serves the week."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.parts.book import DAYS_A_WEEK
from bench.parts.chain import Chain, Decision
from bench.parts.measure import say
from bench.parts.reservoir import Reservoir, reservoirs
from bench.parts.streams import Stream
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.linear_sgd import LinearSgd

CHAIN, LINEAR = "chain", "linear"


@dataclass
class Fits:
    """CPU seconds of each fit, by learner."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def of(self, learner: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.seconds.setdefault(learner, []).append(time.process_time() - begun)


@dataclass(frozen=True)
class Eve:
    """The end of the night before the week of day `start`: the reservoir, and each chain with what was decided of its newest member."""

    start: int
    reservoir: Reservoir
    chains: Mapping[str, Chain]
    decisions: Mapping[str, Decision]


def eves(stream: Stream, starts: Sequence[int], fits: Fits) -> Iterator[Eve]:
    """Of the weeks that begin on the days `starts`; their own fits are entered in `fits`.

    The chains are older than the walk: they begin with the first model that there can be, which is weak, and until the walk they decide
    each night who follows it. Then they decide each week, walked or not. Of boosted trees a member a week is fitted; the linear learner
    goes on from its parent, so that each of its nights is trained.
    """
    chains = {CHAIN: Chain(BoostedTrees()), LINEAR: Chain(LinearSgd())}
    for reservoir in reservoirs(stream, starts[-1] - 1):
        start = reservoir.day + 1
        decides = start < starts[0] or (start - starts[0]) % DAYS_A_WEEK == 0
        for learner in (CHAIN, LINEAR) if decides else (LINEAR,):
            with (fits if start in starts else Fits()).of(learner):
                chains[learner] = chains[learner].grown(reservoir)
        if decides:
            ruled = {learner: chain.decided(reservoir, stream) for learner, chain in chains.items()}
            chains = {learner: chain for learner, (chain, _) in ruled.items()}
            eve = Eve(start, reservoir, chains, {learner: decision for learner, (_, decision) in ruled.items()})
            tell(stream, eve)
            if start in starts:
                yield eve


def tell(stream: Stream, eve: Eve) -> None:
    for learner, decision in eve.decisions.items():
        say(f"{stream.name}: eve of day {eve.start}, {learner}: {decision}")
