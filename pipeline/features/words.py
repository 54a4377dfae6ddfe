"""What people call a feature: a phrase, and the reason code under which features that tell the same story stand together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.features.declarations import UNITS, Called, Feature, Statistic, WindowColumn, Windowed
from pipeline.features.view import FeatureView

UNIT_WORDS = MappingProxyType({"d": "day", "h": "hour", "m": "minute", "s": "second"})
OF_A_ROW = MappingProxyType(
    {"amount": Called("amount", "amount"), "is_weekend": Called("time", "at the weekend"), "is_night": Called("time", "at night")}
)
OF_A_WINDOW: Mapping[Statistic, Called] = MappingProxyType(
    {
        "count": Called("{}'s activity", "transactions of the {}"),
        "amount_mean": Called("{}'s amounts", "mean amount of the {}"),
        "amount_ratio": Called("{}'s amounts", "amount over the mean of the {}"),
        "fraud_rate": Called("{}'s known fraud", "share of known fraud of the {}"),
    }
)
RATIO_DECIMALS = 3  # a share of one in a thousand still shows


@dataclass(frozen=True)
class FeatureWords:
    """How a feature is told: its reason code, its phrase, and the decimals of its value; `None` where the value means yes or no."""

    feature: str
    reason_code: str
    phrase: str
    decimals: int | None


def words_of(view: FeatureView) -> tuple[FeatureWords, ...]:
    """Of each column of the view, in order; what a declaration is `called` wins over what it would be called."""
    return tuple(words for feature in view.features for words in _words(feature, view.minor_units))


def _words(feature: Feature, minor_units: int) -> Iterator[FeatureWords]:
    if isinstance(feature, Windowed):
        for column in feature.columns():
            called = feature.called or _about(column)
            phrase = f"{called.phrase}, {window_words(column.window, column.delay)}"
            yield FeatureWords(column.name, called.reason_code, phrase, _decimals(column.statistic, minor_units))
    else:
        called = feature.called or OF_A_ROW[feature.name]
        yield FeatureWords(feature.name, called.reason_code, called.phrase, minor_units if feature.name == "amount" else None)


def _about(column: WindowColumn) -> Called:
    words, entity = OF_A_WINDOW[column.statistic], column.entity.replace("_", " ")
    return Called(words.reason_code.format(entity), words.phrase.format(entity))


def _decimals(statistic: Statistic, minor_units: int) -> int:
    return {"count": 0, "amount_mean": minor_units}.get(statistic, RATIO_DECIMALS)


def window_words(window: dt.timedelta, delay: dt.timedelta) -> str:
    """A window in words.

    >>> window_words(dt.timedelta(days=7), dt.timedelta(0)), window_words(dt.timedelta(hours=1), dt.timedelta(days=7))
    ('last 7 days', '1 hour up to 7 days ago')
    """
    return f"{_span(window)} up to {_span(delay)} ago" if delay else f"last {_span(window)}"


def _span(span: dt.timedelta) -> str:
    letter, unit = next((letter, unit) for letter, unit in UNITS.items() if not span % unit)
    number = span // unit
    return f"{number} {UNIT_WORDS[letter]}{'' if number == 1 else 's'}"
