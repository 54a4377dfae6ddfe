"""What all tests share: the published data, a real PostgreSQL, and a house that is fresh for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from bench.parts import handbook
from pipeline.data import server
from tests.servers import abandon, forget_power_cuts
from tests.worlds import World

CHECKOUT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")  # a folder of random name is made in it
ROOM = 6 * 2**30

OF_AIRFLOW = ("tests/dags/", "tests/ui/")
TABLES = "tables"  # of a test: what it found, printed at the end

settings.register_profile("nightshift", deadline=None)  # the first example also pays for imports
settings.load_profile("nightshift")


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Each file is run by one process, so that what it sets up is set up once; all files that need Airflow by one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "airflow" if file.startswith(OF_AIRFLOW) else file


@pytest.hookimpl(optionalhook=True)  # tests run without xdist too
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesTogether:
    return FilesTogether(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tables that tests recorded under `TABLES`, whichever process they ran in."""
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, told in report.user_properties if report.when == "call" else ():
            if name == TABLES:
                terminalreporter.write_line(f"\n{told}")


@pytest.fixture(scope="session")
def published() -> Path:
    """Folder of the published data sets; where it is absent the test is skipped, and fails under CI."""
    try:
        return handbook.folder()
    except FileNotFoundError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def folder_of_all() -> Iterator[Path]:
    """A folder that every account may enter (pytest's own temporary folders are closed to the server's account), in memory where it fits.

    Three hundred databases of 8 MB are made in it: on a disk that takes a minute, and to delete them another.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="nightshift-", dir=MEMORY if roomy else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(folder_of_all: Path) -> Iterator[server.Embedded]:
    """One embedded PostgreSQL for all tests, whose data nobody needs afterwards: writing hundreds of databases to the disk took minutes."""
    started = server.start(folder_of_all / "postgres")
    forget_power_cuts(started.url)
    yield started
    abandon(started.data)


@pytest.fixture
def database_url(postgres: server.Embedded) -> str:
    """A fresh database of that server."""
    return server.create_database(postgres, f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def world(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Settings, home and an empty warehouse of a test's own; `world.load` brings a source."""
    return World.make(database_url, tmp_path, monkeypatch)
