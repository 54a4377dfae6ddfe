"""Figures by night with a weekly season: nights on which nothing changes, as unlike the assumed ones as real nights may be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.seasonal import History

ROWS = 8_000  # a night: its mean is off by 1/89 of a standard deviation of its rows
FIRST = np.datetime64("2026-03-02", "D")
Noise = Callable[[np.random.Generator, int, int], Floats]


def normal(rng: np.random.Generator, nights: int, figures: int) -> Floats:
    return rng.normal(size=(nights, figures))


def heavy(rng: np.random.Generator, nights: int, figures: int) -> Floats:
    """Tails of a t distribution with 5 degrees of freedom."""
    return rng.standard_t(5, (nights, figures)) / np.sqrt(5 / 3)


def hanging_together(rng: np.random.Generator, nights: int, figures: int) -> Floats:
    """Each night correlated by 0.3 with the one before."""
    noise = rng.normal(size=(nights, figures))
    for night in range(1, nights):
        noise[night] = 0.3 * noise[night - 1] + np.sqrt(1 - 0.3**2) * noise[night]
    return noise


def wild_weekends(rng: np.random.Generator, nights: int, figures: int) -> Floats:
    """Weekends scatter twice as much as other days."""
    return rng.normal(size=(nights, figures)) * np.where(np.arange(nights) % 7 >= 5, 2.0, 1.0)[:, None]


def common_cause(rng: np.random.Generator, nights: int, figures: int) -> Floats:
    """Figures of one night share half of their scatter."""
    return np.sqrt(0.5) * (rng.normal(size=(nights, figures)) + rng.normal(size=(nights, 1)))


def logarithm_of_an_index(rng: np.random.Generator, nights: int, figures: int) -> Floats:
    """The logarithm of what a stability index of ten bins is where nothing changed: chi-squared with 9 degrees of freedom."""
    return np.log(rng.chisquare(9, (nights, figures)))


NOISES = (normal, heavy, hanging_together, wild_weekends, common_cause, logarithm_of_an_index)


def figures_of(rng: np.random.Generator, nights: int, figures: int, noise: Noise = normal, wander: float = 1.0) -> History:
    """Means of nights of 8,000 rows in standard deviations of the rows; `wander` times the error that the rows alone give.

    Each figure has a weekly season of its own, of up to 0.2 deviations a day.
    """
    season = rng.uniform(-0.2, 0.2, (7, figures))[np.arange(nights) % 7]
    values = season + wander / np.sqrt(ROWS) * noise(rng, nights, figures)
    names = tuple(f"figure_{place}" for place in range(figures))
    return History(names, FIRST + np.arange(nights), values, np.zeros(figures))
