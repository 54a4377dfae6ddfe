"""Limits of a check: absolute (`Within`), or multiples of the same weekday's earlier nights (`OfWeekday`)."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evaluation.weekday import MINIMUM_WEEKS, Usual, Weekday, shown

NOT_ENOUGH_HISTORY = "NOT ENOUGH HISTORY"
TOO_SMALL_TO_TELL = "TOO SMALL TO TELL"
FACTORS = {1 / 3: "a third", 1 / 2: "half", 2.0: "twice"}


@dataclass(frozen=True)
class Bounds:
    """The limits of one night, both included, None is no limit; `because` says what they are relative to.

    Where `told` is False the night cannot be judged: `because` says what is missing.
    """

    low: float | None
    high: float | None
    because: str = ""
    told: bool = True


@dataclass(frozen=True)
class Within:
    """Absolute limits, both included; None is no limit."""

    low: float | None
    high: float | None

    def bounds(self, figure: str, weekday: Weekday) -> Bounds:
        """The same on every night."""
        return Bounds(self.low, self.high)


@dataclass(frozen=True)
class OfWeekday:
    """Multiples of the figure's median over the last 8 nights of the same weekday; at least 4 of them must know it.

    A median and factors, so that whoever is called at night can work the limit out on paper; of eight nights a quantile would be the
    least or the largest. A median below `floor` gives no lower limit, since chance alone may take most of it, and counts as `floor`
    for the upper one.
    """

    low: float | None
    high: float | None
    floor: float

    def bounds(self, figure: str, weekday: Weekday) -> Bounds:
        """The limits of a night, in four digits; none are told where too few nights know the figure or it is too small."""
        usual = weekday.usual(figure)
        if usual is None:
            known = len(weekday.known(figure))
            return _untold(f"{NOT_ENOUGH_HISTORY}: {figure} is known of {known} {weekday.name}s before, judged from {MINIMUM_WEEKS} on")
        return self._of(usual) if usual.value >= self.floor else self._of_a_small(usual)

    def _of(self, usual: Usual) -> Bounds:
        low, high = (None if factor is None else _rounded(factor * usual.value) for factor in (self.low, self.high))
        return Bounds(low, high, f"{self.words} {usual.words}")

    def _of_a_small(self, usual: Usual) -> Bounds:
        told = f"the median of the {usual.nights} {usual.weekday}s before is {shown(usual.value)}"
        if self.high is None:
            return _untold(f"{TOO_SMALL_TO_TELL}: {told}, judged from {shown(self.floor)} on")
        return Bounds(None, _rounded(self.high * self.floor), f"{_multiple(self.high)} {shown(self.floor)}, since {told}")

    @property
    def words(self) -> str:
        """What stands before the median: 'a third of', 'half to 2.5 times'."""
        factors = [factor for factor in (self.low, self.high) if factor is not None]
        return " to ".join(map(_times, factors)) if len(factors) > 1 else _multiple(factors[0])


@dataclass(frozen=True)
class Untold:
    """No limits tonight, because something to judge by is missing."""

    because: str

    def bounds(self, figure: str, weekday: Weekday) -> Bounds:
        """None, and why."""
        return _untold(self.because)


Limits = Within | OfWeekday | Untold


def _untold(because: str) -> Bounds:
    return Bounds(None, None, because, told=False)


def _rounded(limit: float) -> float:
    """Four digits, as it is told: what a person reads is what was applied."""
    return float(f"{limit:.4g}")


def _times(factor: float) -> str:
    return FACTORS.get(factor, f"{factor:g} times")


def _multiple(factor: float) -> str:
    return f"{_times(factor)} of" if factor < 1 else _times(factor)
