"""Explaining scores beside giving them: what the reasons of rows cost beside their scores.

    python bench/reasons.py            100 and 100,000 rows, both learners
    python bench/reasons.py --quick    100 and 2,000 rows of a small world: enough to see that all of it runs

The rows are simulated, with the features of the default view; the models have learned from two months. One hundred rows are the alerts
among them. Both sides begin with the features as a night reads them from the lake, and the tables from which the reasons of trees are
looked up are made before, once a model, as a model is loaded once: what that costs stands beside. CPU seconds of one thread, medians,
taken in turns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
import pyarrow as pa

from bench.parts.explained_rows import off, world
from bench.parts.measure import FIGURE_COLUMNS, Figure, save_figures, say, show, told
from pipeline.scoring.learner import one_thread
from pipeline.scoring.model import Model
from pipeline.scoring.reasons import ModelExplainer

Result = TypeVar("Result")

ALERTS = 100
GOAL = 2.0  # times the cost of the scores
EXACT = 1e-9  # in log-odds


@dataclass(frozen=True)
class Extent:
    """How much is measured: times the simulator's size, rows beside the alerts, and how often each side runs (few rows more often)."""

    scale: float
    rows: int
    repeats: int
    alert_repeats: int


WHOLE = Extent(1.0, 100_000, repeats=5, alert_repeats=101)
QUICK = Extent(0.1, 2_000, repeats=3, alert_repeats=21)


@dataclass(frozen=True)
class Line:
    """CPU seconds of both sides for so many rows, and how far the sums are off."""

    learner: str
    rows: int
    scored: float
    explained: float
    off: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 and 2,000 rows of a small world")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    save_figures(bench(QUICK if asked.quick else WHOLE), asked.json)


def bench(extent: Extent) -> list[Figure]:
    """Measure and print; the figures come back."""
    say("a simulated world, and two models of it")
    made = world(extent.scale)
    lines, figures = [], []
    with one_thread():
        for name, model in made.models.items():
            say(f"{name}: scores and reasons")
            prepared, explainer = seconds(lambda model=model: ModelExplainer.of(model))
            measured = [measure(name, model, explainer, rows, repeats) for rows, repeats in row_sets(extent, model, made.features)]
            lines += measured
            figures += [figure for line in measured for figure in figures_of(line)] + [Figure(f"{name}: seconds to prepare", prepared)]
    table = [(each.learner, f"{each.rows:,}", f"{each.scored:.4f}", f"{each.explained:.4f}", f"{each.off:.1e}") for each in lines]
    show(f"scores and reasons, medians of {extent.repeats} and more", ("learner", "rows", "scored", "explained", "sums off"), table)
    remark = "" if extent is WHOLE else "; the goals are those of a whole run"
    show(f"reasons beside scores{remark}", FIGURE_COLUMNS, [told(each) for each in figures])
    return figures


def row_sets(extent: Extent, model: Model, features: pa.Table) -> list[tuple[pa.Table, int]]:
    """The alerts, and many rows; how often each is measured."""
    alerts = np.argsort(-model.score(features), kind="stable")[:ALERTS]
    return [(features.take(alerts), extent.alert_repeats), (features.slice(0, extent.rows).combine_chunks(), extent.repeats)]


def measure(name: str, model: Model, explainer: ModelExplainer, rows: pa.Table, repeats: int) -> Line:
    turns = [(seconds(lambda: model.score(rows)), seconds(lambda: explainer.contributions(rows))) for _ in range(repeats)]
    scores, contributions = turns[0][0][1], turns[0][1][1]
    scored, explained = (median(turn[side][0] for turn in turns) for side in (0, 1))
    return Line(name, rows.num_rows, scored, explained, off(explainer.base, contributions, scores))


def seconds(work: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds of this process, and what came of them."""
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


def figures_of(line: Line) -> list[Figure]:
    ratio = line.explained / line.scored
    which = f"{line.learner}, {line.rows} rows"
    return [Figure(f"{which}: over scoring", ratio, GOAL, ratio <= GOAL), Figure(f"{which}: sums off", line.off, EXACT, line.off <= EXACT)]


if __name__ == "__main__":
    main()
