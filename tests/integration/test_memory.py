"""A big night under a small ceiling: what has no room waits on the disk (that the seal is the same is for tests/property)."""

from __future__ import annotations

import subprocess
import sys
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
EXTRACT = """
from pathlib import Path

from pipeline import steps
from pipeline.core.night import Night
from pipeline.house import open_house

def peak():
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1]) * 1024

with open_house() as house:
    run_id = steps.plan(house, Night.parse({night!r}), scheduled=False, requested_by="test")
    plan = steps.runs.plan_of(house.warehouse.engine.connect(), run_id)
    taken = steps.Taking(house.warehouse, house.source, house.lake, run_id, plan.night, house.reach, 3, house.progress, house.room).take()
    print(taken.transactions.row_count, taken.transactions.collapsed_rows, peak())
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


def extracted(world: World, memory_limit: str) -> tuple[int, int, int]:
    """Extract in a process of its own: rows, collapsed rows, and the peak of its memory in bytes."""
    world.configure(**SMALL, memory_limit=memory_limit)
    command = [sys.executable, "-c", EXTRACT.format(night=NIGHT)]
    environment = {"NIGHTSHIFT_CONFIG": str(world.home / "nightshift.toml"), "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=world.home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows, collapsed, peak = map(int, done.stdout.split())
    return rows, collapsed, peak


def test_a_night_of_three_million_rows_is_extracted_whole_and_stays_under_the_ceiling(big: World) -> None:
    rows, collapsed, peak = extracted(big, "512MiB")
    assert (rows, collapsed) == (ROWS, ROWS // 1000)
    assert peak < 512 * 2**20
    assert not list(Path(big.home).rglob("scratch/*"))
