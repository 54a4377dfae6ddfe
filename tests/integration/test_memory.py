"""A big night under a small ceiling: what has no room waits on the disk (that the seal is the same is for tests/property)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.data import server
from tests.conftest import CHECKOUT
from tests.worlds import SMALL, World

pytestmark = pytest.mark.slow
NIGHT = "2026-03-01"
ROWS = 3_000_000  # 140 MB as they are fetched: more than the quarter of the ceiling that may hold them
# every key far from the one before, and every thousandth row a second time, with a later arrival
FILL = """INSERT INTO transactions
    SELECT (n * 104729) % :rows, at, at + copy * interval '1 second', n % 5000, n % 997, (n % 10000) / 100.0
    FROM generate_series(0::bigint, :rows - 1) AS n,
        LATERAL (SELECT timestamptz '2026-03-01 01:00+00' + n * interval '12 hours' / :rows AS at) AS moment,
        LATERAL generate_series(0, (n % 1000 = 0)::int) AS copy"""
SEALED = "SELECT sha256 FROM scoring.seal WHERE what = 'features' ORDER BY seal_id"
RUN = """
from pathlib import Path

from pipeline import steps
from pipeline.core.night import Night
from pipeline.house import open_house

def peak():
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1]) * 1024

with open_house() as house:
    run_id = steps.plan(house, Night.parse({night!r}), scheduled=False, requested_by="test")
    for step in (steps.extract, steps.build_features):
        Path("/proc/self/clear_refs").write_text("5")
        counts = step(house, run_id).counts
        print(step.__name__, counts.get("sealed", counts.get("rows")), counts.get("collapsed", 0), peak())
"""


@pytest.fixture(scope="module")
def big(postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A source of one big night."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = World.make(server.create_database(postgres, "memory"), tmp_path_factory.mktemp("memory"), monkeypatch)
        world.configure(**SMALL)
        world.make_tables()
        with world.database.begin() as connection:
            connection.execute(sa.text(FILL), {"rows": ROWS})
        return world


@dataclass(frozen=True)
class Taken:
    """What a step made, and the peak of its memory in bytes."""

    rows: int
    collapsed: int
    peak: int


def ran(world: World, memory_limit: str) -> dict[str, Taken]:
    """The first steps of the night in a process of its own."""
    world.configure(**SMALL, memory_limit=memory_limit)
    command = [sys.executable, "-c", RUN.format(night=NIGHT)]
    environment = {"NIGHTSHIFT_CONFIG": str(world.home / "nightshift.toml"), "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=world.home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: Taken(*map(int, told)) for name, *told in map(str.split, done.stdout.splitlines())}


def test_a_night_of_three_million_rows_goes_whole_through_its_steps_and_each_stays_under_the_ceiling(big: World) -> None:
    taken = ran(big, "768MiB")
    assert (taken["extract"].rows, taken["extract"].collapsed) == (ROWS, ROWS // 1000)
    assert taken["build_features"].rows == ROWS
    assert max(one.peak for one in taken.values()) < 768 * 2**20
    assert not list(Path(big.home).rglob("scratch/*"))
    small = big.rows(SEALED)
    roomy = ran(big, "4GiB")
    assert roomy["build_features"].peak > 768 * 2**20
    assert [sha256 for (sha256,) in big.rows(SEALED)] == 2 * [sha256 for (sha256,) in small]
