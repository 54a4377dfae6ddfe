"""Progress of long work, and the log that every process shares."""

from __future__ import annotations

import logging
from collections.abc import Callable

LOG = logging.getLogger("nightshift")

Progress = Callable[[str, int, int], None]  # what is done, how many of it so far, how many in all


def log_progress(what: str, done: int, total: int) -> None:
    """Progress as log lines, about ten of them."""
    if done == total or done % max(total // 10, 1) == 0:
        LOG.info("%s: %d of %d", what, done, total)
