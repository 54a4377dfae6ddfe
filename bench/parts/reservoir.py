"""The product's reservoir on a stream, night by night, and what models are trained from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from bench.parts.streams import Stream, night_of
from pipeline import reservoirs as product
from pipeline.core.night import Night
from pipeline.features.handbook import VIEW
from pipeline.scoring.learner import Learner
from pipeline.scoring.manifest import Lineage
from pipeline.scoring.model import Model, train
from pipeline.scoring.reservoir import DISTANT_PAST, Bounds, drawn, matured_rows, standing
from pipeline.scoring.training import TrainingSet

MATURITY = 7  # nights: what occurred in night M enters at the end of night M + 7
FIRST = VIEW.reach.days  # earlier nights have less history than the view's windows reach back, and stay out
HORIZON = 90  # the newest matured nights that count
ROWS = 1_000_000
SHARE = 0.10  # of the genuine
SEED = 0


@dataclass(frozen=True, eq=False)
class Reservoir:
    """The standing rows at the end of the night of this `day`."""

    day: int
    rows: pa.Table

    @property
    def night(self) -> Night:
        return night_of(self.day)

    @property
    def newest(self) -> int:
        """The newest day that has matured."""
        return self.day - MATURITY

    @property
    def bounds(self) -> Bounds:
        return Bounds(night_of(max(FIRST, self.newest - HORIZON + 1)), SHARE, ROWS)

    @property
    def product(self) -> product.Reservoir:
        """As the product's comparisons read it."""
        return product.Reservoir(self.night, night_of(self.newest), (), self.rows, self.bounds)

    def training(self, fresh_after: Night = DISTANT_PAST) -> TrainingSet:
        return drawn(self.rows, VIEW.columns, self.bounds, fresh_after)

    def next(self, stream: Stream) -> Reservoir:
        """One night on. No label of these streams ever changes, so that only newly matured rows enter."""
        day = self.day + 1
        matured = day - MATURITY
        entering = matured_rows(stream.between(matured, matured), night_of(matured), stream.labels, night_of(day), SHARE)
        return Reservoir(day, standing(pa.concat_tables([self.rows, entering])))


def empty_reservoir(stream: Stream) -> Reservoir:
    """At the end of the last night at which nothing has matured that counts."""
    nothing = matured_rows(stream.between(0, -1), night_of(0), stream.labels, night_of(0), SHARE)
    return Reservoir(FIRST + MATURITY - 1, nothing)


def reservoirs(stream: Stream, last: int) -> Iterator[Reservoir]:
    """The reservoir at the end of each night, from the first at which something has matured to the night of the day `last`."""
    reservoir = empty_reservoir(stream)
    while reservoir.day < last:
        reservoir = reservoir.next(stream)
        yield reservoir


def trained(reservoir: Reservoir, training: TrainingSet, learner: Learner, parent: Model | None = None) -> Model:
    """The model that the product trains at the end of the reservoir's night."""
    return train(training, _lineage(reservoir), learner, SEED, parent)


def _lineage(reservoir: Reservoir) -> Lineage:
    night = reservoir.night
    return Lineage(
        night=str(night),
        view=VIEW.fingerprint,
        cutoff=night.end,
        maturity=night.end - night_of(reservoir.newest).end,
        first_night=str(reservoir.bounds.first),
        last_night=str(night_of(reservoir.newest)),
        rows=ROWS,
        share=SHARE,
    )
