"""The book's own protocol: what is trained when, which transactions are tested, and the three measures of its tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

from pipeline.core.night import Night, nights_between
from pipeline.evaluation.metrics import card_precision_at

DAYS_A_WEEK = 7
GAP = 14  # from the first day of training to the first of the test: a week, and a week of delay
KNOWN_AFTER = 8  # a customer defrauded up to eight days before is known as such, and no longer scored
CARDS = 100


@dataclass(frozen=True)
class Fold:
    """A week of training, a week of delay, a week of test; `training` is the first night."""

    training: Night

    @property
    def test(self) -> Night:
        """The first night of the test."""
        return self.training.back(-GAP)

    @property
    def trained(self) -> tuple[Night, Night]:
        """First and last night of training."""
        return self.training, self.training.back(1 - DAYS_A_WEEK)

    @property
    def tested(self) -> tuple[Night, Night]:
        """First and last night of the test."""
        return self.test, self.test.back(1 - DAYS_A_WEEK)


BASELINE = Fold(Night.parse("2018-07-25"))  # chapter 3
PREQUENTIAL = tuple(Fold(Night.parse(day)) for day in ("2018-08-15", "2018-08-08", "2018-08-01", "2018-07-25"))  # chapter 5 and later


@dataclass(frozen=True, eq=False)
class Scored:
    """Transactions with features (n × 15) and what became of them; `day` counts from 1970."""

    features: npt.NDArray[np.float64]
    day: npt.NDArray[np.int64]
    customer: npt.NDArray[np.int64]
    is_fraud: npt.NDArray[np.bool_]

    def at(self, which: npt.NDArray[np.bool_] | slice) -> Scored:
        return Scored(self.features[which], self.day[which], self.customer[which], self.is_fraud[which])

    def within(self, first: Night, last: Night) -> Scored:
        return self.at((self.day >= day_of(first)) & (self.day <= day_of(last)))

    def still_open(self, fold: Fold) -> Scored:
        """The fold's test week without the customers known as compromised on each of its days, defrauded since its training began."""
        keep = np.zeros(len(self.day), dtype=np.bool_)
        for today in map(day_of, nights_between(*fold.tested)):
            seen = (self.day >= day_of(fold.training)) & (self.day <= today - KNOWN_AFTER)
            keep |= (self.day == today) & ~np.isin(self.customer, self.customer[self.is_fraud & seen])
        return self.at(keep)


@dataclass(frozen=True)
class Measures:
    """The three of the book's tables."""

    auc_roc: float
    average_precision: float
    card_precision: float

    def __str__(self) -> str:
        return f"{self.auc_roc:8.3f} {self.average_precision:8.3f} {self.card_precision:8.3f}"


def measured(test: Scored, scores: npt.NDArray[np.float64]) -> Measures:
    return Measures(
        float(roc_auc_score(test.is_fraud, scores)),
        float(average_precision_score(test.is_fraud, scores)),
        card_precision_at(CARDS, test.day, test.customer, scores, test.is_fraud),
    )


def day_of(night: Night) -> int:
    """Days since 1970."""
    return int(np.datetime64(night.day, "D").astype(np.int64))
