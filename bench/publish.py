"""Publishing beside plainly copying and beside deleting and inserting: seconds, WAL, and how long analysts wait meanwhile.

    python bench/publish.py            1 million rows into a warehouse of 100 nights
    python bench/publish.py --quick    20,000 rows, 5 nights, once: enough to see that all of it runs

Ours stages the rows of the newest night anew (sent from this process, checked, keyed, attached) and publishes them; then the publication
before is pruned. `COPY` is the server reading the same rows from a file of its own into a bare table: no key, no check, nothing sent;
the file is text, as COPY takes it unless told otherwise. A file of PostgreSQL's own binary format, the fastest there is, stands beside.
`DELETE` and `INSERT` replace the night in one big table of all nights, from that bare table. Both are favoured: their rows are on the
server already, and what it takes to make the files is left out. The other nights hold a fiftieth of the rows each. In turns, a checkpoint
before each; the medians count.

Two analysts look transactions up all the while, one of the night that is published and one of another; their longest answer counts, of
every turn. WAL is what the server wrote to its log.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from bench.parts import publication_world
from bench.parts.measure import FIGURE_COLUMNS, Figure, save_figures, say, show, told
from bench.parts.publication_watch import Took, Watch, run
from bench.parts.publication_world import COLUMNS, FORMATS, MODEL, World, opened, scores
from pipeline.data import predictions, pruning
from pipeline.data.predictions import Origin
from pipeline.data.pruning import Retention

GOALS = {"publish_vs_copy": 1.5, "publish_vs_delete_insert": 0.5, "reader_wait": 0.1, "wal_bytes": 1.0}
HEADER = ("work", "seconds", "WAL MB", "longest answer s, same night", "other night")


@dataclass(frozen=True)
class Extent:
    """How many rows are published, among how many nights, and how often."""

    rows: int
    nights: int
    repeats: int

    @property
    def other_rows(self) -> int:
        return self.rows // 50


WHOLE = Extent(1_000_000, 100, 3)
QUICK = Extent(20_000, 5, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="20,000 rows, 5 nights, once")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="nightshift-bench-"))
    home.chmod(0o755)  # the server's own account must be able to enter
    try:
        save_figures(bench(home, QUICK if asked.quick else WHOLE), asked.json)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def bench(home: Path, extent: Extent) -> list[Figure]:
    """Measure and print; the figures come back."""
    say(f"publishing {extent.nights} nights")
    with publication_world.world(home, extent.nights, extent.rows, extent.other_rows) as world:
        watch = Watch(world)
        for place in range(extent.repeats):
            say(f"turn {place + 1}")
            turn(watch)
    figures = figures_of(watch)
    show(f"{extent.rows:,} rows, {extent.nights} nights, medians of {extent.repeats}", HEADER, [line(*each) for each in watch.took.items()])
    remark = "" if extent is WHOLE else "; the goals are those of a whole run"
    show(f"ours over theirs, and the longest answer in seconds{remark}", FIGURE_COLUMNS, [told(each) for each in figures])
    return figures


def turn(watch: Watch) -> None:
    """Every side once; what is not measured is made ready before the clock starts."""
    world = watch.world
    plan, rows = opened(world, world.night), scores(world.night, world.rows)
    watch.over("ours: stage", lambda: predictions.stage(world.database, plan, Origin(MODEL, None), rows))
    watch.over("ours: publish", lambda: predictions.publish(world.database, plan))
    watch.over("ours: prune", lambda: prune(world))
    for form in FORMATS:
        run(world, "TRUNCATE bare")
        watch.over(f"theirs: COPY, {form}", lambda form=form: run(world, f"COPY bare FROM '{world.file(form)}' (FORMAT {form})"))
    again = f"DELETE FROM big WHERE night = '{world.night}'", f"INSERT INTO big ({COLUMNS}) SELECT {COLUMNS} FROM bare"
    watch.over("theirs: DELETE, INSERT", lambda: run(world, *again))
    with world.database.idle() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE big")  # what autovacuum does sooner or later: the next DELETE finds no dead rows


def prune(world: World) -> None:
    with world.database.begin() as connection:
        now = connection.scalar(sa.text("SELECT clock_timestamp()"))
    pruning.enter(world.database, Retention.of(now - now, now))
    pruning.drop(world.database)


def figures_of(watch: Watch) -> list[Figure]:
    """Ours is staging and publishing; a reader may wait for neither of them, nor for prune."""
    ours = watch.seconds("ours: stage") + watch.seconds("ours: publish")
    written = watch.wal("ours: stage") + watch.wal("ours: publish")
    longest = max(max(each.same_night, each.other_night) for name, took in watch.took.items() if name.startswith("ours") for each in took)
    values = {
        "publish_vs_copy": ours / watch.seconds("theirs: COPY, text"),
        "publish_vs_binary_copy": ours / watch.seconds("theirs: COPY, binary"),
        "publish_vs_delete_insert": ours / watch.seconds("theirs: DELETE, INSERT"),
        "reader_wait": longest,
        "wal_bytes": written / watch.wal("theirs: DELETE, INSERT"),
    }
    return [Figure(name, value, GOALS.get(name), value <= GOALS.get(name, value)) for name, value in values.items()]


def line(name: str, took: Sequence[Took]) -> tuple[str, ...]:
    seconds, wal = median(each.seconds for each in took), median(each.wal for each in took)
    same, other = (max(getattr(each, which) for each in took) for which in ("same_night", "other_night"))
    return name, f"{seconds:.3f}", f"{wal / 1e6:.1f}", f"{same:.4f}", f"{other:.4f}"


if __name__ == "__main__":
    main()
