"""Scoring many rows: boosted trees out of tables beside scikit-learn's `predict_proba`, and a whole night's scoring beside it.

    python bench/score.py            a million rows, three times
    python bench/score.py --quick    20,000 rows of a small world: enough to see that all of it runs

The rows are simulated, with the features of the default view (repeated until there are enough); the model has learned from two months. Both
sides begin with the same matrix and run on one thread in turns; what ours takes once a model (LLVM's import, machine code, tables) stands
beside. The figures are CPU seconds, medians.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa

from bench.parts.explained_rows import world
from bench.parts.measure import FIGURE_COLUMNS, Figure, at_most, forget_peak, own_peak, save_figures, say, show, told
from bench.reasons import seconds
from pipeline.scoring.learner import Fitted, one_thread
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tree_bins import BinnedTrees
from pipeline.scoring.tree_scorer import TreeScorer
from pipeline.steps import SCORE_ROWS

GOAL, AIM = 1 / 4, 1 / 5  # of scikit-learn's time


@dataclass(frozen=True)
class Extent:
    """Times the simulator's size, rows to score, and how often each side runs."""

    scale: float
    rows: int
    repeats: int


WHOLE = Extent(1.0, 1_000_000, repeats=3)
QUICK = Extent(0.1, 20_000, repeats=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20,000 rows of a small world")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    save_figures(bench(QUICK if asked.quick else WHOLE), asked.json)


def bench(extent: Extent) -> list[Figure]:
    """Measure and print; the figures come back."""
    say("a simulated world, and a model of it")
    made = world(extent.scale)
    model = made.models["boosted_trees"]
    features = repeated(made.features, extent.rows)
    prepared, scorer = seconds(lambda: TreeScorer.of(BinnedTrees.of(model.fitted)))
    if scorer is None:
        raise SystemExit("these trees have no tables")
    compiled, _ = seconds(lambda: scorer.probabilities(np.zeros((1, len(model.manifest.columns)))))
    say("scoring")
    rows = np.concatenate([as_matrix(batch, model.manifest.columns) for batch in features.to_batches(SCORE_ROWS)])
    forget_peak()
    ours, theirs, whole = sides(extent, model, scorer, features, rows)
    figures = [
        at_most("score", ours / theirs, GOAL, AIM),
        Figure("a night's scores, from Arrow to calibrated, over scikit-learn", whole / theirs),
        Figure("rows with other bits", (other := differing(model.fitted, scorer, rows)), 0, other == 0),
        Figure("CPU s: ours", ours),
        Figure("CPU s: scikit-learn", theirs),
        Figure("CPU s: to compile, once a process", compiled),
        Figure("CPU s: to make the tables, once a model", prepared),
        Figure("peak MB", own_peak()),
    ]
    remark = "" if extent is WHOLE else "; the goals are those of a whole run"
    show(
        f"scoring {extent.rows:,} rows, median of {extent.repeats}{remark}",
        FIGURE_COLUMNS,
        [told(each) for each in figures],
    )
    return figures


def repeated(features: pa.Table, rows: int) -> pa.Table:
    return pa.concat_tables([features] * (rows // features.num_rows + 1)).slice(0, rows).combine_chunks()


def sides(extent: Extent, model: Model, scorer: TreeScorer, features: pa.Table, rows: Floats) -> tuple[float, float, float]:
    """CPU seconds of ours, of scikit-learn, and of a night as the step scores it; taken in turns."""
    wide, turns = model.fitted.wide(rows), []
    for _ in range(extent.repeats):
        with one_thread():
            theirs, _ = seconds(lambda: model.fitted.classifier.predict_proba(wide))
        ours, _ = seconds(lambda: scorer.probabilities(rows))
        whole, _ = seconds(lambda: [model.score(batch) for batch in features.to_batches(SCORE_ROWS)])
        turns.append((ours, theirs, whole))
    ours, theirs, whole = (median(turn[side] for turn in turns) for side in range(3))
    return ours, theirs, whole


def differing(fitted: Fitted, scorer: TreeScorer, rows: Floats) -> float:
    """How many rows come out with other bits than the classifier gives."""
    return float(np.count_nonzero(scorer.probabilities(rows) != fitted.asked(rows)))


if __name__ == "__main__":
    main()
