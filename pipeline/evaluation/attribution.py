"""What changed? The movement of a night's scores split into features, their mix and the model, by scoring what did not happen.

The model's part is what the new model says of tonight's rows less what the old one would have said. The rest is the old model on tonight's
rows less the old model on the night before's. It is a game between the features (Budhathoki, Janzing, Blöbaum and Ng, Why did the
distribution change?, 2021, with each feature's own distribution in the place of causal mechanisms): a coalition is worth the measure on
the rows of the night before with its columns moved to lie as tonight's do. A feature's part is its Shapley value, over all orders of up to
three features that moved, else over eight drawn orders and their reverses (Castro, Gómez and Tejada 2009; Mitchell et al. 2022). What
their sum leaves of the rest is the mix: how features go together.

Limits. Moving a column keeps its ranks beside the other columns, so a feature that moved for some customers only is partly told as mix.
Features that move together (an amount and its means) share the movement. Parts say where the figure came from, not why the world moved.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.change import MIX, NEW_MODEL, Change, Measure, Part
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.transport import moved_column

ORDERS = 16  # half of them drawn, half their reverses: with 15 features about 200 scorings of the sample
SAMPLE = 5_000  # rows for these scorings, evenly spread over the scores, so that the few high ones are there in their share
Score: TypeAlias = Callable[[Floats], Floats]
Groups: TypeAlias = Mapping[str, Sequence[int]]
Order: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Nights:
    """Feature rows of two nights, float64 (n, columns), NaN where missing, and the columns of each feature to be named.

    Of a large night rows that are spread evenly over it are enough. A column that belongs to no feature counts as mix.
    """

    before: Floats
    tonight: Floats
    features: Groups


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of all rows of both nights: `before` and `tonight` by the old model, `renewed` tonight's by the new one, the same where that
    is the old one. `sampled`: those of the rows that stand in `Nights.before`.
    """

    before: Floats
    tonight: Floats
    renewed: Floats
    sampled: Floats


def what_changed(nights: Nights, old: Score, new: Score, measure: Measure, seed: int) -> Change:
    """The change of `measure` from the `old` model on the night before to the `new` one on tonight, of nights that are given whole.

    They are scored three times (twice where the models are one), and at most `SAMPLE` rows `ORDERS` × features times.
    """
    before, tonight = old(nights.before), old(nights.tonight)
    renewed = tonight if new is old else new(nights.tonight)
    return attributed(nights, Scored(before, tonight, renewed, before), old, measure, seed)


def attributed(nights: Nights, scored: Scored, old: Score, measure: Measure, seed: int) -> Change:
    """The change of `measure` from the night before to tonight; parts sum to it up to rounding. Equal arguments give equal parts."""
    start, tonight, end = (measure.of_rows(scores) for scores in (scored.before, scored.tonight, scored.renewed))
    if len(start) == 0 or len(tonight) == 0:
        return _nothing(measure, start, end)
    values = _shapley(_game(nights, scored.sampled, old, measure, seed), seed)
    by_data = float(tonight.mean() - start.mean())
    features = [Part(name, "feature", values.get(name, 0.0)) for name in nights.features]
    mix = Part(MIX, "mix", by_data - math.fsum(values.values()))
    model = Part(NEW_MODEL, "model", float(end.mean() - tonight.mean()))
    parts = sorted([*features, mix, model], key=lambda part: -abs(part.size))
    chance = math.sqrt(start.var() / len(start) + tonight.var() / len(tonight))
    return Change(measure, float(start.mean()), float(end.mean()), len(start), len(end), chance, tuple(parts))


@dataclass(frozen=True, eq=False)
class _Game:
    """The sampled rows as they were and with every column moved; `players` are the features that moved at all."""

    before: Floats
    moved: Floats
    players: Groups
    score: Callable[[Floats], float]
    known: dict[frozenset[str], float] = field(default_factory=dict)  # orders meet the same coalitions again

    def worth(self, coalition: frozenset[str]) -> float:
        """The measure where the columns of these features have moved and no others."""
        if coalition not in self.known:
            columns = [column for name in self.players if name in coalition for column in self.players[name]]
            rows = self.before.copy()
            rows[:, columns] = self.moved[:, columns]
            self.known[coalition] = self.score(rows)
        return self.known[coalition]


def _game(nights: Nights, scores: Floats, old: Score, measure: Measure, seed: int) -> _Game:
    sampled = _spread_rows(scores)
    before, moved = nights.before[sampled], nights.before[sampled].copy()
    for column in {column for columns in nights.features.values() for column in columns}:
        rng = np.random.default_rng([seed, column])
        moved[:, column] = moved_column(nights.before[:, column], nights.tonight[:, column], rng)[sampled]
    shifted = ~((before == moved) | (np.isnan(before) & np.isnan(moved))).all(axis=0)
    players = {name: columns for name, columns in nights.features.items() if shifted[list(columns)].any()}
    return _Game(before, moved, players, lambda rows: float(measure.of_rows(old(rows)).mean()))


def _spread_rows(scores: Floats) -> npt.NDArray[np.int64]:
    """At most `SAMPLE` rows, evenly spread from the lowest score to the highest."""
    order = np.argsort(scores, kind="stable")
    wanted = min(SAMPLE, len(order))
    return np.asarray(order[(2 * np.arange(wanted) + 1) * len(order) // (2 * wanted)], np.int64)


def _shapley(game: _Game, seed: int) -> dict[str, float]:
    """What each player adds on joining those before it, mean over the orders; the sum is what all of them are worth together."""
    orders = _orders(tuple(game.players), seed)
    added: dict[str, list[float]] = {name: [] for name in game.players}
    for order in orders:
        for place, name in enumerate(order):
            added[name].append(game.worth(frozenset(order[: place + 1])) - game.worth(frozenset(order[:place])))
    return {name: math.fsum(values) / len(orders) for name, values in added.items()}


def _orders(names: Order, seed: int) -> list[Order]:
    """Every order where they are few, else drawn ones, each with its reverse."""
    if math.factorial(len(names)) <= ORDERS:
        return list(itertools.permutations(names))
    rng = np.random.default_rng(seed)
    drawn = [tuple(names[place] for place in rng.permutation(len(names))) for _ in range(ORDERS // 2)]
    return [order for one in drawn for order in (one, one[::-1])]


def _nothing(measure: Measure, start: Floats, end: Floats) -> Change:
    """The change where one night or both have no rows: what can be measured is, and nothing is explained."""
    before, after = (float(values.mean()) if len(values) else math.nan for values in (start, end))
    return Change(measure, before, after, len(start), len(end), math.nan, ())
