"""A figure's nights held against the same weekdays before: how far off each is, and how surprising that is.

Everything is a window over the 56 days before a night, so no state is kept: the same history gives the same answer whoever asks, and
whatever lies further back changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import ndtr, ndtri, stdtr  # of SciPy the part that imports in a third of the time

from pipeline.evaluation.metrics import Bools, Floats
from pipeline.evaluation.weekday import MINIMUM_WEEKS, WEEKS

WEEK = 7
REACH = WEEKS * WEEK  # days before a night that it is held against
MINIMUM_NIGHTS = 14  # two of each weekday, for the time before that
MAD = 1.4826  # the median absolute deviation of normal values times this is their standard deviation
FREEDOM = 5  # of the t distribution: as tails the MAD of few nights, unequal weekdays and nights of heavier tails have; tests measure it
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class History:
    """Figures by night, tonight last: `nights` rising (datetime64[D]), `values` float64 (nights, figures), NaN where unknown.

    `least` (figures,): a deviation that is never called one, such as the standard error of a night's mean; 0 where there is none. A
    figure that never moved so far is surprised by any move unless it has one. Surprise is measured by a law with symmetric tails: give
    the logarithm or the root of a figure that is skewed, such as a stability index.
    """

    names: tuple[str, ...]
    nights: Days
    values: Floats
    least: Floats


@dataclass(frozen=True, eq=False)
class Surprise:
    """Each calendar day from the first night to tonight, each array (days, figures), NaN where the figure or its history lacks.

    `usual` is what the figure was held against, `deviations` how far off it was; `score` is normally distributed where nothing changed.
    """

    days: Days
    values: Floats
    usual: Floats
    deviations: Floats
    score: Floats
    by_weekday: Bools

    @property
    def p_values(self) -> Floats:
        """Two-sided: how often a night on which nothing changed is that far off."""
        return np.asarray(2 * ndtr(-np.abs(self.score)))


@dataclass(frozen=True, eq=False)
class _Usual:
    """What a night is held against: the usual value, its scatter, how many nights tell it, and whether these are the same weekdays."""

    value: Floats
    scatter: Floats
    nights: Floats
    by_weekday: Bools


def surprise(history: History) -> Surprise:
    """How far off each night is from the median of the last 8 same weekdays, in deviations, and the normal score of that.

    Deviations are robust: MAD of what the last 56 days lay off their own weekday, or of the night's weekday alone where that is wider.
    With fewer than 4 same weekdays the night is held against all of the 56 days (at least 14), by their standard deviation, of which the
    season is then a part.
    """
    days, values = _calendar(history)
    padded = np.vstack([np.full((REACH, values.shape[1]), np.nan), values])
    past = sliding_window_view(padded, REACH + 1, axis=0)[..., :-1].reshape(*values.shape, WEEKS, WEEK)  # [..., 0] is the night's weekday
    usual = _weekdays_else_all(past)
    scatter = np.maximum(usual.scatter, history.least)
    off = values - usual.value
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = np.where(off == 0, 0.0, off / scatter)  # a figure that never moved and does not move
    widened = np.sqrt(1 + np.pi / 2 / np.maximum(usual.nights, 1))  # a median of n is off itself: its variance is π/2n
    score = np.sign(deviations) * -ndtri(stdtr(FREEDOM, -np.abs(deviations) / widened))
    return Surprise(days, values, usual.value, np.where(np.isnan(usual.value), np.nan, deviations), score, usual.by_weekday)


def _calendar(history: History) -> tuple[Days, Floats]:
    """Every day from the first night to the last, NaN where there was no night: a weekday is then every seventh row."""
    days = np.arange(history.nights[0], history.nights[-1] + 1)
    values = np.full((len(days), len(history.names)), np.nan)
    values[(history.nights - days[0]).astype(np.int64)] = history.values
    return days, values


def _weekdays_else_all(past: Floats) -> _Usual:
    weekday, whole = _by_weekday(past), _by_all(past.reshape(*past.shape[:2], REACH))
    enough = weekday.by_weekday
    value, scatter, nights = (
        np.where(enough, one, other)
        for one, other in ((weekday.value, whole.value), (weekday.scatter, whole.scatter), (weekday.nights, whole.nights))
    )
    return _Usual(value, scatter, nights, enough)


def _by_weekday(past: Floats) -> _Usual:
    known = np.count_nonzero(~np.isnan(past), axis=2)
    centre = _median(past, axis=2)
    usable = known >= MINIMUM_WEEKS
    inflation = np.sqrt(known / np.maximum(known - 1, 1))  # values lie nearer to their own median than to what it estimates
    off = np.where(usable[..., None, :], np.abs(past - centre[..., None, :]) * inflation[..., None, :], np.nan)
    every = off.reshape(*off.shape[:2], REACH)
    robust = np.fmax(_median(every, axis=2), _median(off[..., 0], axis=2)) * MAD
    scatter = np.where(robust == 0, _root_mean_square(every), robust)  # it stood still on most nights: those on which it moved count
    return _Usual(centre[..., 0], scatter, known[..., 0].astype(np.float64), usable[..., 0])


def _by_all(past: Floats) -> _Usual:
    known = np.count_nonzero(~np.isnan(past), axis=2)
    centre = np.where(known >= MINIMUM_NIGHTS, _median(past, axis=2), np.nan)
    return _Usual(centre, _root_mean_square(past - centre[..., None]), known.astype(np.float64), np.zeros(known.shape, np.bool_))


def _median(values: Floats, axis: int) -> Floats:
    """The median of what is not NaN, which sorting puts last; NaN of nothing."""
    ordered = np.sort(values, axis=axis)
    known = np.count_nonzero(~np.isnan(values), axis=axis, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(place, 0), axis=axis) for place in ((known - 1) // 2, known // 2 - (known == 0)))
    return np.asarray(np.squeeze((low + high) / 2, axis=axis))


def _root_mean_square(off: Floats) -> Floats:
    known = np.maximum(np.count_nonzero(~np.isnan(off), axis=-1), 1)
    return np.asarray(np.sqrt(np.nansum(off**2, axis=-1) / known))
