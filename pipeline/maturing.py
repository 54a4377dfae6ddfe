"""What a night's scores promise, and what the labels say of earlier nights once they mature."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.core.errors import CorruptionError
from pipeline.core.night import ONE_DAY, Night
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import curves, matured_alerts, performances, predictions, seals
from pipeline.data.lake import concatenated
from pipeline.data.names import ALERT_RANK, AMOUNT_CENTS, LABELS, SCORE, TRANSACTION_ID, TRANSACTIONS, labels_schema
from pipeline.data.partitions import Partition
from pipeline.evaluation.curves import Curves, Point
from pipeline.evaluation.performance import performance_figures, promised_figures
from pipeline.evaluation.resampling import Outcome
from pipeline.house import House
from pipeline.scoring.training import known_frauds

AGES = (1, 2, 4)  # in label maturities: measured at the first, restated at the others, since labels go on coming


@dataclass(frozen=True)
class Followed:
    """How many promises and measurements were entered, and how many nights could not be measured because a file of theirs is lost."""

    promised: int
    measured: int
    unreadable: int


def follow(house: House, plan: Plan) -> Followed:
    """Enter what the night promises, if it was published, and measure the nights that come of age with it; what stands already stays."""
    promised = _promise(house, Partition(plan.night, plan.run_id))
    if not plan.in_chain:
        return Followed(int(promised), 0, 0)
    with house.warehouse.begin() as connection:
        due = performances.unmeasured(connection, come_of_age(plan.night, house.settings.label_maturity), plan.night)
    measured = sum(_measure(house, plan, served) for served in due)
    return Followed(int(promised), measured, len(due) - measured)


def come_of_age(night: Night, maturity: dt.timedelta) -> tuple[Night, ...]:
    """The nights whose labels are, at the end of this one, as old as the maturity, twice and four times that; rounded up to nights.

    >>> [str(night) for night in come_of_age(Night.parse("2026-11-30"), dt.timedelta(days=7))]
    ['2026-11-23', '2026-11-16', '2026-11-02']
    """
    nights = -(-maturity // ONE_DAY)
    return tuple(dict.fromkeys(night.back(age * nights) for age in AGES))


def _promise(house: House, served: Partition) -> bool:
    with house.warehouse.begin() as connection:
        if not performances.unpromised(connection, served.run_id):
            return False
        sums = predictions.sums(connection, served)
        performances.promise(connection, served, promised_figures(sums.scores, sums.of_alerts, sums.alerts))
    return True


def _measure(house: House, plan: Plan, served: Partition) -> bool:
    """Whether a night could be measured: its transactions and the labels since lie in the lake, and one lost file stops no later night."""
    try:
        with house.warehouse.begin_long() as connection:
            scores = predictions.staged(house.warehouse, served)
            outcome = _outcome(house, connection, served, scores, plan.night)
            performances.enter(connection, served, plan.night, plan.run_id, performance_figures(outcome, house.settings.alert_budget))
            told = Curves.of(outcome.score, outcome.is_fraud)
            curves.enter(connection, served, plan.night, curves.PRECISION_RECALL, _triples(told.precision_recall))
            curves.enter(connection, served, plan.night, curves.RELIABILITY, _triples(told.reliability))
            matured_alerts.enter(connection, served, plan.night, _turned(house, scores, outcome))
    except CorruptionError as loss:
        LOG.warning("night %s cannot be measured: %s", served.night, loss)
        return False
    return True


def _triples(points: tuple[Point, ...]) -> list[curves.Triple]:
    return [(point.score, point.rows, point.frauds) for point in points]


def _turned(house: House, scores: pa.Table, outcome: Outcome) -> list[matured_alerts.Turned]:
    """The alerts: id, amount in the source's currency, and whether it is fraud."""
    alerts = np.flatnonzero(_alerted(scores))
    unit = 10**house.settings.source.transactions.minor_units
    ids = scores[TRANSACTION_ID].take(pa.array(alerts)).to_pylist()
    return list(zip(ids, (outcome.amount_cents[alerts] / unit).tolist(), outcome.is_fraud[alerts].tolist(), strict=True))


def _outcome(house: House, connection: sa.Connection, served: Partition, scores: pa.Table, through: Night) -> Outcome:
    """A published night as predictions, sealed transactions and the labels sealed through a night tell of it."""
    ids = scores[TRANSACTION_ID].combine_chunks()
    (sealed,) = seals.bound(connection, TRANSACTIONS, served.night, served.night)  # published, so bound
    card = next(iter(house.settings.source.transactions.entities))
    rows = house.lake.read_table(sealed.path, sealed.sha256, [TRANSACTION_ID, AMOUNT_CENTS, card])
    ours = rows.take(pc.index_in(ids, value_set=rows[TRANSACTION_ID].combine_chunks()))
    since = Night.of(min(served.night.start, sealed.earliest or served.night.start))
    frauds = known_frauds(_labels(house, seals.bound(connection, LABELS, since, through), ids), through.end)
    return Outcome(
        scores[SCORE].to_numpy(),
        pc.is_in(ids, value_set=frauds.combine_chunks()).to_numpy(zero_copy_only=False),
        _alerted(scores),
        ours[AMOUNT_CENTS].to_numpy(),
        card_numbers(ours[card]),
    )


def card_numbers(cards: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A number for each card, in the order of the cards; a transaction without one is a card of its own, after all others.

    >>> card_numbers(pa.chunked_array([["b", None, "a", "b", None]])).tolist()
    [2, 4, 1, 2, 7]
    """
    numbers = pc.rank(cards, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)  # nulls share the last one
    return np.asarray(np.where(cards.is_null().to_numpy(), numbers + np.arange(len(numbers)), numbers), np.int64)


def _labels(house: House, sealed: list[seals.Seal], ids: pa.Array) -> pa.Table:
    """The labels of these transactions alone, read seal by seal: a source may label every transaction of weeks."""
    read = (house.lake.read_table(seal.path, seal.sha256) for seal in sealed)
    return concatenated((labels.filter(pc.is_in(labels[TRANSACTION_ID], value_set=ids)) for labels in read), labels_schema(ids.type))


def _alerted(scores: pa.Table) -> npt.NDArray[np.bool_]:
    return np.asarray(scores[ALERT_RANK].is_valid().to_numpy(), np.bool_)
