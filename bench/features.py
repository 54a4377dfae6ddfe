"""Features of a night beside `groupby.rolling`: the default view's fifteen columns over a night and its history.

And beside itself: a warm night, computed from what the night before left in a lake, with a longest window of 30 to 365 days.

    python bench/features.py            a night of 1 million rows over 37 days of history, 10 million in all, three times
    python bench/features.py --quick    a night of 20,000 rows, once: enough to see that all of it runs

Both sides begin with the rows in memory, ours as Arrow, pandas' as a frame with each row marked as known fraud or not, and run on one
thread in turns. No row is late and no label comes later than the week that terminal windows leave out, so that both mean the same. The
figures are CPU seconds, medians; the peak is that of resident memory beyond what was there before. What the machine code takes to compile
stands beside.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.parts import features_flat
from bench.parts.measure import FIGURE_COLUMNS, Figure, at_most, forget_peak, own_peak, save_figures, say, show, told
from bench.parts.pandas_night import FEATURES, build_features
from bench.reasons import Result, seconds
from pipeline.core.night import ONE_DAY, Night
from pipeline.data.names import INSTANT
from pipeline.features.handbook import VIEW

GOAL, AIM = 1 / 20, 1 / 30  # of pandas' time
EXACT = 1e-9
FLAT_GOAL = 1.2  # dearest over cheapest warm night, whatever the longest window
FLAT_SHARE = 40  # rows for each of a warm night: a year of them must fit in memory to be made
NIGHT = Night.parse("2026-06-30")
HISTORY_SHARE = 9  # rows of history for each of the night
CUSTOMERS, TERMINALS = 0.12, 0.24  # for each row of the night: about two transactions a customer and day, one a terminal
FRAUDS = 0.008


@dataclass(frozen=True)
class Told:
    """CPU seconds of one turn, MB beyond what was resident, and the largest difference between the features of both sides."""

    ours: float
    theirs: float
    our_peak: float
    their_peak: float
    off: float


@dataclass(frozen=True)
class Rows:
    """Transactions in order of their ids, those of the night last, and labels two days after the frauds."""

    history: pa.Table
    arrived: pa.Table
    labels: pa.Table
    frame: pd.DataFrame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a night of 20,000 rows, once")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the night (1000000); the history holds nine times as many")
    parser.add_argument("--repeats", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    save_figures(bench(*(20_000, 1) if asked.quick else (asked.rows, asked.repeats)), asked.json)


def bench(count: int, repeats: int) -> list[Figure]:
    """Measure and print; the figures come back."""
    pa.set_cpu_count(1)
    say("drawing rows")
    rows, few = drawn(count), drawn(100)
    compiled, _ = seconds(lambda: VIEW.compute(few.history, few.arrived, few.labels))
    turns = [turn(rows, place) for place in range(repeats)]
    ours, theirs = median(each.ours for each in turns), median(each.theirs for each in turns)
    off = max(each.off for each in turns)
    flat = features_flat.by_window(max(200, count // FLAT_SHARE), repeats)
    figures = [
        at_most("features", ours / theirs, GOAL, AIM),
        Figure("largest difference", off, EXACT, off <= EXACT),
        Figure("CPU s: ours", ours),
        Figure("CPU s: pandas", theirs),
        Figure("CPU s: to compile, once a process", compiled),
        Figure("peak MB: ours", median(each.our_peak for each in turns)),
        Figure("peak MB: pandas", median(each.their_peak for each in turns)),
        at_most("features_flat", max(flat.values()) / min(flat.values()), FLAT_GOAL),
        *(Figure(f"CPU s: warm night, longest window {days} d", spent) for days, spent in flat.items()),
    ]
    title = f"features of {count:,} rows, {(1 + HISTORY_SHARE) * count:,} in all, median of {repeats}"
    show(title, FIGURE_COLUMNS, [told(each) for each in figures])
    return figures


def drawn(count: int) -> Rows:
    """So many rows of the night, and the 37 days before it, with instants to the second."""
    rng = np.random.default_rng(0)
    reach = VIEW.reach // ONE_DAY
    days = np.concatenate([np.sort(rng.integers(0, reach * 86_400, HISTORY_SHARE * count)), np.sort(rng.integers(0, 86_400, count))])
    days[HISTORY_SHARE * count :] += reach * 86_400
    first = int(NIGHT.back(reach).start.timestamp())
    instant = pa.array((first + days) * 1_000_000).cast(INSTANT)
    ids = np.arange(len(days))
    entities = {
        name: rng.integers(0, max(2, int(share * count)), len(days)) for name, share in (("customer", CUSTOMERS), ("terminal", TERMINALS))
    }
    cents, fraud = rng.lognormal(8, 1, len(days)).astype(np.int64) + 1, rng.random(len(days)) < FRAUDS
    table = pa.table({"transaction_id": ids, "occurred_at": instant, "amount_cents": cents, **entities})
    known_at = pa.array((first + days[fraud] + 2 * 86_400) * 1_000_000).cast(INSTANT)
    labels = pa.table({"transaction_id": ids[fraud], "is_fraud": np.ones(fraud.sum(), bool), "known_at": known_at})
    return Rows(table.slice(0, HISTORY_SHARE * count), table.slice(HISTORY_SHARE * count), labels, framed(table, fraud))


def framed(table: pa.Table, fraud: np.ndarray) -> pd.DataFrame:
    """The rows as the plain script reads them."""
    frame = table.rename_columns({"customer": "customer_id", "terminal": "terminal_id"}).to_pandas()
    frame["amount"] = frame.pop("amount_cents") / 100
    return frame.assign(recorded_at=frame["occurred_at"], is_fraud=fraud.astype("int8"))


def turn(rows: Rows, place: int) -> Told:
    say(f"run {place + 1}: ours")
    our_peak, (ours, features) = peak(lambda: VIEW.compute(rows.history, rows.arrived, rows.labels))
    say(f"run {place + 1}: pandas")
    their_peak, (theirs, frame) = peak(lambda: build_features(rows.frame, NIGHT.start))
    return Told(ours, theirs, our_peak, their_peak, largest_difference(features, frame))


def peak(work: Callable[[], Result]) -> tuple[float, tuple[float, Result]]:
    """MB beyond what was resident; CPU seconds, and what came of them."""
    forget_peak()
    before = own_peak()
    done = seconds(work)
    return own_peak() - before, done


def largest_difference(features: pa.Table, frame: pd.DataFrame) -> float:
    """Over every row and column; infinite where they are not of the same rows."""
    theirs = frame.sort_values("transaction_id")
    if not np.array_equal(features["transaction_id"], theirs["transaction_id"]):
        return float("inf")
    return max(float(np.abs(features[name].to_numpy() - theirs[name].to_numpy()).max()) for name in FEATURES)


if __name__ == "__main__":
    main()
