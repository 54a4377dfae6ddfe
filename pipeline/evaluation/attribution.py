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

    A column that belongs to no feature counts as mix.
    """

    before: Floats
    tonight: Floats
    features: Groups


def what_changed(nights: Nights, old: Score, new: Score, measure: Measure, seed: int) -> Change:
    """The change of `measure` from the `old` model on the night before to the `new` one on tonight; parts sum to it up to rounding.

    A whole night is scored three times (twice where the models are one), and at most `SAMPLE` rows `ORDERS` × features times. Equal
    arguments give equal parts.
    """
    if len(nights.before) == 0 or len(nights.tonight) == 0:
        return _nothing(nights, measure, old, new)
    scores = old(nights.before)
    start, tonight = measure.of_rows(scores), measure.of_rows(old(nights.tonight))
    end = tonight if new is old else measure.of_rows(new(nights.tonight))
    values = _shapley(_game(nights, scores, old, measure, seed), seed)
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


def _nothing(nights: Nights, measure: Measure, old: Score, new: Score) -> Change:
    """The change where one night or both have no rows: what can be measured is, and nothing is explained."""
    sides = (old, nights.before), (new, nights.tonight)
    before, after = (float(measure.of_rows(score(rows)).mean()) if len(rows) else math.nan for score, rows in sides)
    return Change(measure, before, after, len(nights.before), len(nights.tonight), math.nan, ())
