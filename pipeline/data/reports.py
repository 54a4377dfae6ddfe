"""Where the page of a night lies in the lake, and what it says."""

from __future__ import annotations

from pipeline.core.night import Night
from pipeline.data.lake import Lake


def report_path(night: Night, beside: int | None = None) -> str:
    """The report's place in the lake: a later run of the night replaces it; a run that is kept `beside` has a page of its own."""
    return f"reports/{night}.html" if beside is None else f"reports/{night}-run-{beside}.html"


def read_report(lake: Lake, night: Night) -> bytes | None:
    """The page as it was written; None where there is none. A lake that cannot be read is a `WorldError`."""
    return lake.read_page(report_path(night))
