"""When does a champion expire? A rule such as `average_precision < 0.55 or age > 60d`, in words that a settings file can hold."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from pipeline.core.durations import duration_text, parse_duration
from pipeline.core.errors import UsageError

Figures: TypeAlias = Mapping[str, float | None]

AGE = "age"  # from the assignment's valid_from to the end of the night; the one figure that is a duration, in seconds
FIGURES = (AGE, "average_precision", "fraud_ratio", "mean_score", "matured_frauds")  # fraud_ratio: predicted frauds over observed ones
EXAMPLE = "average_precision < 0.55 or age > 60d"
COMPARISON = re.compile(r"(?P<figure>[^<>=]*?)\s*(?P<sign>[<>=!]+)\s*(?P<bound>[^<>=]*)")
DAY = 86_400.0  # seconds
NUMBER = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII)
HOLDS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
WORDS = MappingProxyType({"<": "below", "<=": "at most", ">": "above", ">=": "at least"})


@dataclass(frozen=True)
class Comparison:
    """A figure of the champion against a bound; that of `age` in seconds."""

    figure: str
    sign: str
    bound: float

    def sentence(self, figures: Figures) -> str | None:
        """In words, with the figure; `None` where it is not true, and of a figure that is not known nothing is."""
        value = figures.get(self.figure)
        if value is None or not HOLDS[self.sign](value, self.bound):
            return None
        return f"{self.figure} is {self._shown(value)}, {WORDS[self.sign]} {self._bound}"

    def __str__(self) -> str:
        return f"{self.figure} {self.sign} {self._bound}"

    @property
    def _bound(self) -> str:
        return duration_text(dt.timedelta(seconds=self.bound)) if self.figure == AGE else _plain(self.bound)

    def _shown(self, value: float) -> str:
        """A count in full; else three digits, or as many more as leave it true: 0.5496 is not shown as 0.55 where it is below 0.55."""
        size, unit = (DAY, "d") if self.figure == AGE else (1.0, "")
        number = value / size
        if number.is_integer():
            return _plain(number) + unit
        rounded = (float(f"{number:.{digits}g}") for digits in range(3, 18))
        return _plain(next((one for one in rounded if HOLDS[self.sign](one * size, self.bound)), number)) + unit


@dataclass(frozen=True)
class Rule:
    """Alternatives, each of comparisons that must hold together.

    >>> rule = Rule.parse("average_precision<0.55 and matured_frauds >= 200 or age > 1440h")
    >>> str(rule)
    'average_precision < 0.55 and matured_frauds >= 200 or age > 60d'
    >>> rule.fires({"average_precision": 0.512, "matured_frauds": 341, "age": 0.0})
    'average_precision is 0.512, below 0.55, and matured_frauds is 341, at least 200'
    >>> rule.fires({"average_precision": None, "matured_frauds": 341, "age": 0.0})
    """

    alternatives: tuple[tuple[Comparison, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read comparisons joined by `and` and, less tightly, by `or`; a mistake is a `UsageError` that names what would be right."""
        line = " ".join(text.split())
        try:
            return cls(tuple(tuple(map(_comparison, _parts(one, "and"))) for one in _parts(line, "or")))
        except ValueError as error:
            raise UsageError(f"the rule '{line}' cannot be read: {error}") from None

    def fires(self, figures: Figures) -> str | None:
        """The first alternative that holds, in words and with the figures; `None` where none does."""
        for alternative in self.alternatives:
            sentences = [sentence for sentence in (one.sentence(figures) for one in alternative) if sentence is not None]
            if len(sentences) == len(alternative):
                return ", and ".join(sentences)
        return None

    def __str__(self) -> str:
        return " or ".join(" and ".join(map(str, one)) for one in self.alternatives)


def _parts(text: str, word: str) -> list[str]:
    return [part.strip() for part in re.split(rf"\b{word}\b", text)]


def _comparison(text: str) -> Comparison:
    """Read one comparison; `ValueError` says what is wrong and what would be right."""
    if "(" in text or ")" in text:
        raise ValueError("it needs no parentheses, 'and' binds tighter than 'or'")
    match = COMPARISON.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no comparison, write a figure, a sign and a number, for example {EXAMPLE}")
    figure, sign, bound = match.group("figure", "sign", "bound")
    if figure not in FIGURES:
        near = difflib.get_close_matches(figure, FIGURES, 1)
        raise ValueError(f"'{figure}' is no figure{f', did you mean {near[0]}?' if near else ','} known are {', '.join(FIGURES)}")
    if sign not in HOLDS:
        raise ValueError(f"'{sign}' compares nothing, write one of {' '.join(HOLDS)}")
    return Comparison(figure, sign, parse_duration(bound).total_seconds() if figure == AGE else _number(figure, bound))


def _number(figure: str, text: str) -> float:
    number = float(text) if NUMBER.fullmatch(text) else math.inf
    if math.isinf(number):
        raise ValueError(f"{figure} is compared with '{text}', write a number, for example 0.55")
    return number


def _plain(number: float) -> str:
    return repr(float(number)).removesuffix(".0")
