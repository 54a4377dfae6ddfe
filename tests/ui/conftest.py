"""A real browser, and real nights for it to open."""

from __future__ import annotations

import os

import pytest

from ops import browser
from pipeline.core.errors import WorldError


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of this machine. Root installs it where it lacks; anyone else is told the line that does, and the test is skipped."""
    try:
        return browser.find_or_install()
    except WorldError as missing:
        if os.geteuid() == 0 or os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
