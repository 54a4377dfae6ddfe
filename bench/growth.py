"""How the cost of a night grows: with its rows, the longest window, the number of entities, and the nights already published.

    python bench/growth.py                                measure all of it, and write bench/growth.json, bench/growth.svg, docs/growth.md
    python bench/growth.py --quick                        tiny, written to build/bench
    python bench/growth.py --rows 20000 100000            nights of these sizes; the history holds nine times as many
    python bench/growth.py --worlds DIR                   keep sources and measured nights in DIR: what lies there is not done again

CPU seconds are ours and the database's, one thread, importing left out; memory is ours. Nights are whole and cold, each in a process of
its own; features are computed in memory for windows and entities. The page is made of these figures alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.parts import growth_features, growth_nights, growth_page, growth_picture
from bench.parts.growth_points import Growth
from bench.parts.machine import machine_now

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Extent:
    """What is varied: rows of a night; days of the longest window, at `daily` rows; entities, `among` so many rows; published nights."""

    rows: tuple[int, ...]
    days: tuple[int, ...]
    daily: int
    entities: tuple[int, ...]
    among: int
    published: tuple[int, ...]
    published_rows: int


WHOLE = Extent(
    rows=(100_000, 300_000, 1_000_000),
    days=(30, 90, 180, 365),
    daily=10_000,
    entities=(1_000, 10_000, 100_000, 1_000_000),
    among=1_000_000,
    published=(10, 50, 200),
    published_rows=20_000,
)
QUICK = Extent((2_000, 4_000), (30, 60), 100, (10, 1_000), 5_000, (2, 4), 500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny, and written to build/bench")
    parser.add_argument("--rows", type=int, nargs="+", help="rows of the nights (100000 300000 1000000)")
    parser.add_argument("--worlds", type=Path, help="where sources and measured nights are kept; left out, they are removed")
    asked = parser.parse_args()
    extent = QUICK if asked.quick else WHOLE
    home = asked.worlds or Path(tempfile.mkdtemp(prefix="nightshift-growth-"))
    home.chmod(0o755)  # the server's own account must be able to enter
    try:
        growth = measured(home.resolve(), extent, asked.rows or extent.rows)
    finally:
        if asked.worlds is None:
            shutil.rmtree(home, ignore_errors=True)
    beside = CHECKOUT / "build" / "bench" if asked.quick else None
    write(growth, beside or CHECKOUT / "bench", beside or CHECKOUT / "docs")


def measured(home: Path, extent: Extent, rows: Sequence[int]) -> Growth:
    """Everything, the quick parts first."""
    return Growth(
        windows=growth_features.by_window(extent.days, extent.daily),
        entities=growth_features.by_entities(extent.entities, extent.among),
        published=growth_nights.by_published(home, extent.published, extent.published_rows),
        rows=growth_nights.by_rows(home, sorted(rows)),
    )


def write(growth: Growth, figures: Path, docs: Path) -> None:
    """The record and the picture beside the benches, the page among the documents."""
    machine = machine_now()
    figures.mkdir(parents=True, exist_ok=True)
    (figures / "growth.json").write_text(json.dumps({"machine": asdict(machine), **asdict(growth)}, indent=2) + "\n")
    (figures / "growth.svg").write_text(growth_picture.drawn(growth))
    (docs / "growth.md").write_text(growth_page.page(growth, machine))


if __name__ == "__main__":
    main()
