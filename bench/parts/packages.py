"""The packages that only the bench needs: where they lie, how they get there, and what is missing in one line."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
REQUIREMENTS = CHECKOUT / "bench" / "requirements.txt"
FOLDER_VARIABLE = "NIGHTSHIFT_BENCH_PACKAGES"
POSTGRES_JAR = Path("/usr/share/java/postgresql.jar")


def folder() -> Path:
    """A folder for this very list of packages and this interpreter, beside the product's environment, never in it."""
    if given := os.environ.get(FOLDER_VARIABLE):
        return Path(given)
    named = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    return CHECKOUT / "build" / "bench" / named


def install() -> None:
    """Bring the packages into their folder, unless they are there; they use the product's numpy, pandas and pyarrow."""
    target = folder()
    if target.exists():
        return
    beside = target.with_name(f"{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(beside), "-r", str(REQUIREMENTS)]
    subprocess.run(command, check=True, stdout=sys.stderr)
    beside.rename(target)


def missing_for_duckdb() -> str | None:
    return (
        None if (folder() / "duckdb").is_dir() else f"needs the packages of {REQUIREMENTS.name}: run the bench whole, which installs them"
    )


def missing_for_spark() -> str | None:
    if not (folder() / "pyspark").is_dir():
        return missing_for_duckdb()
    lacking = {"default-jre-headless": shutil.which("java"), "libpostgresql-jdbc-java": POSTGRES_JAR.exists()}
    names = " ".join(package for package, found in lacking.items() if not found)
    return f"needs Java and its PostgreSQL driver: apt-get install -y {names}" if names else None


def environment() -> dict[str, str]:
    """In which a child finds the packages."""
    path = os.pathsep.join(filter(None, (str(CHECKOUT), str(folder()), os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path}


def postgres_extension() -> Path:
    """The file of DuckDB's PostgreSQL extension."""
    return next(folder().glob("duckdb_extension_postgres_scanner/**/postgres_scanner.duckdb_extension"))
