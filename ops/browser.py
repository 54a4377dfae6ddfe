"""Chromium without a window, to look at a page as a person would: its picture and its elements. Never on the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline.core.errors import WorldError

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")
PATIENCE = 120  # seconds for one page; 3 on a quiet machine
INSTALL_PATIENCE = 600  # seconds for 100 MB of packages
QUIET = (  # what else it would do on its own: look for updates, call home, ask questions
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name leads anywhere, so a page that fetches shows it
)


def install_line() -> str:
    """The one line that installs it, as this user would type it."""
    return " ".join(INSTALL if _is_root() else ("sudo", *INSTALL))


def find() -> str | None:
    """The browser of this machine."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def find_or_install() -> str:
    """The browser, installed where this process may; `WorldError` names the line where it may not, or could not."""
    found = find()
    if found is None and _is_root() and shutil.which("apt-get"):
        _install()
        found = find()
    if found is None:
        raise WorldError(f"no Chromium on this machine: {install_line()}")
    return found


def picture(browser: str, page: Path, width: int, height: int) -> bytes:
    """A page as it shows in a window of this size: PNG."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.png"
        _run(browser, page, f"--screenshot={target}", f"--window-size={width},{height}")
        return target.read_bytes()


def elements(browser: str, page: Path) -> str:
    """The page as the browser understood it: HTML."""
    return _run(browser, page, "--dump-dom")


def sandbox() -> tuple[str, ...]:
    """What Chromium wants to be told about its sandbox: it refuses root otherwise."""
    return ("--no-sandbox",) if _is_root() else ()


def _run(browser: str, page: Path, *wanted: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", *sandbox(), *QUIET, f"--user-data-dir={profile}", *wanted, page.resolve().as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603  # the command is ours
    if done.returncode != 0:
        raise WorldError(f"{browser} ended with code {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("apt-get", "update"), INSTALL):
        subprocess.run(  # noqa: S603  # the command is ours
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=INSTALL_PATIENCE, check=False
        )


def _is_root() -> bool:
    return os.geteuid() == 0
