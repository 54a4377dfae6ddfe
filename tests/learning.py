"""A world in which there is something to learn: noisy amounts, a tenth of frauds, labels a few hours later; and models to look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import sqlalchemy as sa

from pipeline import steps
from pipeline.core.errors import NightshiftError
from pipeline.core.night import ONE_DAY, Night
from pipeline.features.declarations import Amount, Count, MeanAmount
from pipeline.features.view import FeatureView
from tests.worlds import SMALL, Trade, World, label, transaction

FIRST = "2026-03-02"
UNLABELLED_VIEW = FeatureView("unlabelled", (Amount(), Count("customer", (ONE_DAY,)), MeanAmount("customer", (ONE_DAY,))))
LEARNING = {**SMALL, "alert_budget": 20}
HOUR = dt.timedelta(hours=1)
FRAUDS, ROWS = 30, 300  # a night; with one night of history and one to mature, the sixth night has trained the first model
RAN = 8  # nights that the shared template of a chain has run
MODELS = "SELECT night, version, sha256 FROM scoring.model_version ORDER BY night, version"
SCORES = "SELECT night, transaction_id, score, alert_rank, model_version FROM scoring.current_prediction ORDER BY night, transaction_id"
Rows = Sequence[sa.Row[tuple[object, ...]]]


def night(place: int) -> str:
    """The day of the night at this place, from 0."""
    return str(Night.parse(FIRST).back(-place))


def noon(place: int) -> dt.datetime:
    """The middle of that night, UTC."""
    return Night.parse(night(place)).start + 12 * HOUR


def drawn_trade(nights: int, frauds: Callable[[int], int] = lambda _: FRAUDS, rows: int = ROWS) -> Trade:
    """300 transactions a night (`rows`), the first `frauds(place)` of them frauds of larger amounts, known six hours later.

    The n-th transaction of the k-th night (both from 0) has the id 1000 k + n.
    """
    transactions, labels = [], []
    for place in range(nights):
        rng = np.random.default_rng(place)
        start = Night.parse(night(place)).start
        amounts = np.where(np.arange(rows) < frauds(place), rng.normal(260, 70, rows), rng.normal(110, 50, rows)).clip(1, None).round(2)
        for number, (amount, second) in enumerate(zip(amounts.tolist(), rng.integers(0, 60_000, rows).tolist(), strict=True)):
            moment, key = start + dt.timedelta(seconds=second), 1000 * place + number
            entities = {"customer_id": number % 40, "terminal_id": number % 17}
            transactions.append(transaction(key, moment, amount=amount, **entities))
            if number < frauds(place):
                labels.append(label(key, moment + dt.timedelta(hours=6)))
    return Trade(transactions, labels)


def learning_world(world: World, nights: int, trade: Trade | None = None, **changes: object) -> World:
    """The world with this trade in its source."""
    world.configure(**LEARNING | changes)
    world.make_tables()
    world.bring(trade or drawn_trade(nights))
    return world


def run_nights(world: World, places: Iterable[int], *, scheduled: bool = False) -> list[NightshiftError]:
    """Run these nights, in this order, long after all of them, scheduled ones an hour after their end; what refused them, if anything."""
    refusals = []
    for place in places:
        one = Night.parse(night(place))
        with world.house(one.end + HOUR) if scheduled else world.house() as house:
            try:
                for _ in steps.run_night(house, one, scheduled=scheduled, requested_by="test"):
                    pass
            except NightshiftError as refusal:
                refusals.append(refusal)
    return refusals


def ledger(world: World) -> dict[str, tuple[str, str]]:
    """Outcome and reason of each night's training."""
    rows = world.rows("SELECT night, training, training_because FROM scoring.night_summary ORDER BY night")
    return {str(row.night): (str(row.training), str(row.training_because)) for row in rows}


def champion(world: World, valid_at: str, known_at: str) -> object:
    """Who was champion, as the function says."""
    rows = world.rows(f"SELECT version FROM scoring.champion_at('{valid_at}', '{known_at}')")
    return rows[0][0] if rows else None


def models_of(world: World) -> list[str]:
    """Every version, in the order in which they were trained."""
    return [str(row.version) for row in world.rows("SELECT version FROM scoring.model_version ORDER BY night, recorded_at")]


def scored_by(world: World) -> dict[str, str]:
    """Which model made the current publication of each published night."""
    rows = world.rows("SELECT night, model_version FROM scoring.night_summary WHERE published_at IS NOT NULL ORDER BY night")
    return {str(row.night): str(row.model_version) for row in rows}
