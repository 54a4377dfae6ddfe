"""Is the nightly training on a small reservoir as good as a full retrain, at a fraction of its cost?

    python bench/training.py              both streams, 16 weeks each
    python bench/training.py --quick      a tenth of the customers, every fifth week: enough to see that all of it runs

The published transactions of the Fraud Detection Handbook (`$NIGHTSHIFT_DATA`, default ../shared/data) are walked through week by week,
as they are and with a fraud pattern that is new in the middle. Each week is scored by the models of its eve:

    full     the same boosted trees, fitted on every matured row of all history
    chain    the product's nightly training on the reservoir: the newest 90 matured nights, all frauds, a tenth of the genuine; whoever
             its gate has made champion serves
    linear   the same with the product's linear learner, updated night by night
    frozen   the chain's champion of the first week, never retrained: the control, which must fail where a pattern is new

Differences are paired, with intervals of 95 % by a block bootstrap over days: of a week its days are drawn, of the walk its weeks (the
days that one model serves) and then days of each, 4,000 times, seeded. CPU seconds are of one thread.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from bench.parts import handbook, streams
from bench.parts.book import PREQUENTIAL, Fold
from bench.parts.book_folds import book_folds
from bench.parts.flat_cost import long_over_short
from bench.parts.measure import Figure, save_figures, say, show
from bench.parts.training_figures import between, book_figures, walk_figures
from bench.parts.training_tables import print_walk
from bench.parts.walk import WEEKS, walk


@dataclass(frozen=True)
class Extent:
    """How much is measured: the first so many customers, the weeks, the book's folds, and how often a night's cost is taken."""

    customers: int
    weeks: tuple[int, ...]
    folds: tuple[Fold, ...]
    repeats: int


WHOLE = Extent(streams.ALL_CUSTOMERS, WEEKS, PREQUENTIAL, repeats=5)
QUICK = Extent(streams.ALL_CUSTOMERS // 10, WEEKS[::5], PREQUENTIAL[-1:], repeats=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the customers, every fifth week")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    try:
        folder = handbook.folder()
    except FileNotFoundError as error:
        raise SystemExit(str(error)) from None
    save_figures(bench(folder, QUICK if asked.quick else WHOLE), asked.json)


def bench(folder: Path, extent: Extent) -> list[Figure]:
    """Walk, measure, print; the figures come back."""
    say("features of the published stream")
    published = streams.published(folder, extent.customers)
    as_it_is = walk(published, extent.weeks)
    folds = book_folds(published, extent.folds)
    flat = between("cpu_flat", long_over_short(published, extent.repeats), 0.8, 1.2)
    say("features of the stream with drift")
    drifting = walk(streams.with_drift(folder, extent.customers), extent.weeks)
    for walked in (as_it_is, drifting):
        print_walk(walked)
    figures = [*walk_figures(as_it_is, drifting), *book_figures(folds), flat]
    print_figures(figures, "" if extent is WHOLE else "; the goals are those of a whole run")
    return figures


def print_figures(figures: list[Figure], remark: str) -> None:
    rows = [(each.figure, f"{each.value:.4f}", f"{each.goal:g}", "holds" if each.holds else "MISSED") for each in figures]
    show(f"figures{remark}", ("figure", "value", "goal", ""), rows)


if __name__ == "__main__":
    main()
