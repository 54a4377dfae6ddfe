"""Where the page of a night lies in the lake, and what it says."""

from __future__ import annotations

import re

from pipeline.core.night import Night
from pipeline.data.lake import Lake

FOLDER = "reports"


def report_path(night: Night, beside: int | None = None) -> str:
    """The report's place in the lake: a later run of the night replaces it; a run that is kept `beside` has a page of its own."""
    return f"{FOLDER}/{night}.html" if beside is None else f"{FOLDER}/{night}-run-{beside}.html"


def newest_report(lake: Lake) -> Night | None:
    """The last night that has a report; None where there is none yet."""
    names = (name.removesuffix(".html") for name in lake.pages(FOLDER))
    return max((Night.parse(name) for name in names if re.fullmatch(r"\d{4}-\d{2}-\d{2}", name)), default=None)


def read_report(lake: Lake, night: Night, run_id: int | None = None) -> bytes | None:
    """The page as it was written last, the run's own where it has one; None where there is none. A lake that fails is a `WorldError`."""
    own = None if run_id is None else lake.read_page(report_path(night, run_id))
    return own or lake.read_page(report_path(night))
