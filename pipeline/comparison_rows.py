"""Two models over sealed nights, one night in memory at a time: what is kept of each is what their comparison needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipeline.comparison_basis import Basis
from pipeline.core.hashing import Words, key_hashes
from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.lake import concatenated
from pipeline.data.names import AMOUNT_CENTS, OCCURRED_AT, TRANSACTION_ID, TRANSACTIONS, labels_schema
from pipeline.evaluation.flips import Flips, Moved, largest_changes, most_moved
from pipeline.evaluation.metrics import Bools, Floats, defrauded_cards
from pipeline.evaluation.paired import Ints
from pipeline.evaluation.slices import Slicing, columns_of
from pipeline.house import House
from pipeline.scoring.alerts import alert_ranks
from pipeline.scoring.model import Model
from pipeline.scoring.sampling import unit_hash
from pipeline.scoring.training import known_frauds

ROWS_KEPT = 1_000_000  # of all nights: every fraud, and where there are more a share of the genuine; 100 MB
ROWS_AT_ONCE = 131_072  # rows scored at a time, as in the step score
OF_CARDS, OF_ROWS = np.uint64(0x63617264), np.uint64(0x726F77)  # keep a card's hash apart from that of a row without one


@dataclass(frozen=True, eq=False)
class Scored:
    """Kept rows of one night, or of several: scores of both models, labels, the card of each row and whether it was found by either.

    `found`: a card is looked at where it is among the `budget` highest of the night, found where it was defrauded; the mark stands on
    one row of it. `sampled`: chosen by the hash of its id alone, whatever its label. `columns`: what slices are cut by.
    """

    night: Ints
    first: Floats
    second: Floats
    is_fraud: Bools
    sampled: Bools
    card: Words
    found_by_first: Bools
    found_by_second: Bools
    columns: Mapping[str, Floats | None]

    @classmethod
    def joined(cls, nights: Sequence[Scored]) -> Scored:
        """All nights under one roof; a column that one of them lacks is missing."""
        arrays = {name: np.concatenate([getattr(one, name) for one in nights]) for name in list(vars(nights[0]))[:-1]}
        names = nights[0].columns
        return cls(**arrays, columns={name: _stacked([one.columns[name] for one in nights]) for name in names})

    def where(self, mask: Bools) -> Self:
        arrays = {name: values[mask] for name, values in vars(self).items() if name != "columns"}
        columns = {name: None if values is None else values[mask] for name, values in self.columns.items()}
        return type(self)(**arrays, columns=columns)


@dataclass(frozen=True, eq=False)
class Walked:
    """One night or several: the rows kept, the share of the genuine among them, flips at the alert line and the largest changes."""

    rows: Scored
    share: float
    flips: Flips
    moved: tuple[Moved, ...]


@dataclass(frozen=True, eq=False)
class Walk:
    """What it takes to score the nights of a basis one after the other."""

    house: House
    connection: sa.Connection
    basis: Basis
    models: tuple[Model, Model]
    slicing: Slicing

    @property
    def share(self) -> float:
        """Of the genuine rows that are kept."""
        return min(1.0, ROWS_KEPT / max(sum(seal.row_count for seal in self.basis.nights), 1))

    @property
    def budget(self) -> int:
        return self.house.settings.alert_budget

    def walked(self) -> Walked:
        """All nights, in order: a card that a model has found is left out of its later nights."""
        nights: list[Walked] = []
        for done, seal in enumerate(self.basis.nights, start=1):
            nights.append(self._night(seal, [one.rows for one in nights]))
            self.house.progress("compare", done, len(self.basis.nights))
        flips = sum((one.flips for one in nights), Flips())
        return Walked(
            Scored.joined([one.rows for one in nights]), self.share, flips, most_moved(one for each in nights for one in each.moved)
        )

    def _night(self, seal: seals.Seal, before: Sequence[Scored]) -> Walked:
        features = self.house.lake.read_table(seal.path, seal.sha256)
        ids, is_fraud, cards = features[TRANSACTION_ID], self._frauds(seal, features), self._cards(seal, features)
        first, second = (_scores(model, features) for model in self.models)
        ranks = _ranks(features, first, self.budget), _ranks(features, second, self.budget)
        known = [np.concatenate([np.empty(0, np.uint64), *(one.card[marks(one)] for one in before)]) for marks in FOUND]
        found = _found(self.budget, cards, first, is_fraud, known[0]), _found(self.budget, cards, second, is_fraud, known[1])
        sampled = unit_hash(ids) < self.share
        day = np.full(len(cards), seal.night.day.toordinal())
        whole = Scored(day, first, second, is_fraud, sampled, cards, *found, columns_of(features, self.slicing))
        kept = whole.where(is_fraud | sampled)
        return Walked(kept, self.share, Flips.of(ranks[0] > 0, ranks[1] > 0, is_fraud), _moved(seal, ids, whole, ranks))

    def _frauds(self, seal: seals.Seal, features: pa.Table) -> Bools:
        """Which rows are known as frauds before the cutoff; labels are read seal by seal, of these transactions alone."""
        ids = features[TRANSACTION_ID].combine_chunks()
        since = Night.of(pc.min(features[OCCURRED_AT]).as_py() or seal.night.start)
        read = (self.house.lake.read_table(one.path, one.sha256) for one in self.basis.labels if one.night >= since)
        labels = concatenated((one.filter(pc.is_in(one[TRANSACTION_ID], value_set=ids)) for one in read), labels_schema(ids.type))
        frauds = known_frauds(labels, self.basis.cutoff).combine_chunks()
        return np.asarray(pc.is_in(ids, value_set=frauds).to_numpy(zero_copy_only=False), np.bool_)

    def _cards(self, seal: seals.Seal, features: pa.Table) -> Words:
        """A hash of the card of each row: of its first entity, or where that is missing of the row itself. No key leaves here."""
        (sealed,) = seals.bound(self.connection, TRANSACTIONS, seal.night, seal.night)
        name = next(iter(self.house.settings.source.transactions.entities))
        rows = self.house.lake.read_table(sealed.path, sealed.sha256, [TRANSACTION_ID, name])
        keys = rows[name].take(pc.index_in(features[TRANSACTION_ID], value_set=rows[TRANSACTION_ID].combine_chunks()))
        hashes, known = key_hashes(features[TRANSACTION_ID], OF_ROWS), keys.is_valid().to_numpy()
        hashes[known] = key_hashes(keys.drop_null(), OF_CARDS)
        return hashes


FOUND: tuple[Callable[[Scored], Bools], ...] = (lambda one: one.found_by_first, lambda one: one.found_by_second)


def _stacked(parts: Sequence[Floats | None]) -> Floats | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def _scores(model: Model, features: pa.Table) -> Floats:
    return np.concatenate([np.empty(0), *(model.score(batch) for batch in features.to_batches(max_chunksize=ROWS_AT_ONCE))])


def _ranks(features: pa.Table, scores: Floats, budget: int) -> Ints:
    """Of each row its rank among the alerts of the night, 0 where it is none."""
    ranks = alert_ranks(features[TRANSACTION_ID], features[AMOUNT_CENTS].to_numpy(), scores, budget)
    return np.asarray(ranks.fill_null(0).to_numpy(), np.int64)


def _found(budget: int, cards: Words, scores: Floats, is_fraud: Bools, before: Words) -> Bools:
    """A mark on one fraud of each card that is looked at and defrauded, and was not found `before`."""
    unfound = ~np.isin(cards, before)
    defrauded = defrauded_cards(budget, cards[unfound], scores[unfound], is_fraud[unfound])
    theirs = np.flatnonzero(unfound & is_fraud & np.isin(cards, defrauded))
    marks = np.zeros(len(cards), np.bool_)
    marks[theirs[np.unique(cards[theirs], return_index=True)[1]]] = True
    return marks


def _moved(seal: seals.Seal, ids: pa.ChunkedArray, whole: Scored, ranks: Sequence[Ints]) -> tuple[Moved, ...]:
    return tuple(
        Moved(
            transaction_id=ids[int(place)].as_py(),
            night=str(seal.night),
            first=float(whole.first[place]),
            second=float(whole.second[place]),
            first_rank=int(ranks[0][place]) or None,
            second_rank=int(ranks[1][place]) or None,
            is_fraud=bool(whole.is_fraud[place]),
        )
        for place in largest_changes(whole.first, whole.second)
    )
