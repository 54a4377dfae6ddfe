"""A matured night's curves, as few points of whole counts: how precision gives way to recall, and whether scores keep their word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.metrics import Bools, Floats

RECALLS = 40  # steps of 2.5 % of the frauds: a line as fine as a picture of 400 pixels shows
HALVINGS = 12  # bins of a half, a quarter, …: frauds are rare, so equal widths would put nearly every row into the first
EDGES = 2.0 ** -np.arange(HALVINGS, 0, -1)


@dataclass(frozen=True)
class Point:
    """`rows` transactions, of which `frauds` are frauds; `score` tells which, see the two curves."""

    score: float
    rows: int
    frauds: int

    @property
    def share(self) -> float:
        """Frauds among the rows: precision, or how often a score of this size came true."""
        return self.frauds / self.rows


@dataclass(frozen=True)
class Curves:
    """Both curves of one night."""

    precision_recall: tuple[Point, ...]
    reliability: tuple[Point, ...]

    @classmethod
    def of(cls, score: Floats, is_fraud: Bools) -> Curves:
        """From the published scores of a night and its frauds, as parallel arrays."""
        return cls(precision_recall(score, is_fraud), reliability(score, is_fraud))


def precision_recall(score: Floats, is_fraud: Bools) -> tuple[Point, ...]:
    """For each of `RECALLS` even shares of the frauds the fewest rows that hold as many, highest scores first.

    A point counts all rows that score `score` or higher, so equal scores enter together; the last holds every fraud. No fraud, no point.

    >>> precision_recall(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, False, True, False]))
    (Point(score=0.9, rows=1, frauds=1), Point(score=0.5, rows=3, frauds=2))
    """
    if not is_fraud.any():
        return ()
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    frauds = np.cumsum(is_fraud[order])[ends]
    wanted = -(-np.arange(1, RECALLS + 1) * frauds[-1] // RECALLS)  # rounded up, in whole frauds
    places = np.unique(np.searchsorted(frauds, wanted))
    return tuple(Point(float(score[order[ends[place]]]), int(ends[place]) + 1, int(frauds[place])) for place in places)


def reliability(score: Floats, is_fraud: Bools) -> tuple[Point, ...]:
    """The rows by the size of their score, lowest first: below 2^-12, from there on each bin ends at twice its begin; none is empty.

    `score` is the mean of the bin's scores: where scores are calibrated, about that share of its rows are frauds.

    >>> reliability(np.array([0.0, 0.3, 0.4, 0.75]), np.array([False, False, True, True]))
    (Point(score=0.0, rows=1, frauds=0), Point(score=0.35, rows=2, frauds=1), Point(score=0.75, rows=1, frauds=1))
    """
    bins = np.searchsorted(EDGES, score, side="right")
    rows, frauds, sums = (np.bincount(bins, weights, minlength=HALVINGS + 1) for weights in (None, is_fraud, score))
    return tuple(Point(float(sums[place] / rows[place]), int(rows[place]), int(frauds[place])) for place in np.flatnonzero(rows))


def pooled(nights: tuple[tuple[Point, ...], ...]) -> tuple[Point, ...]:
    """The reliability of several nights as of one: a bin's counts add up, its score is the mean over all its rows.

    >>> pooled(((Point(0.25, 1, 1), Point(1.0, 2, 2)), (Point(0.375, 3, 1),)))
    (Point(score=0.34375, rows=4, frauds=2), Point(score=1.0, rows=2, frauds=2))
    """
    points = [point for night in nights for point in night]
    bins = np.searchsorted(EDGES, [point.score for point in points], side="right")
    return tuple(_together([point for point, place in zip(points, bins, strict=True) if place == each]) for each in np.unique(bins))


def _together(points: list[Point]) -> Point:
    rows = sum(point.rows for point in points)
    return Point(sum(point.score * point.rows for point in points) / rows, rows, sum(point.frauds for point in points))
