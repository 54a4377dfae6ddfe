"""What the command `prune` says."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.durations import duration_text
from pipeline.data import pruning
from pipeline.data.pruning import Prunable, Retention
from pipeline.house import open_house
from pipeline.terminal import Terminal

DROPPED = ("night", "run", "why", "rows", "bytes")


def prune(terminal: Terminal, *, dry_run: bool) -> None:
    """The table of what retention drops, which is dropped then, or would be."""
    with open_house() as house:
        retention = Retention.of(house.settings.keep_superseded, house.clock())
        if dry_run:
            with house.warehouse.begin() as connection:
                _tell(terminal, pruning.prunable(connection, retention), retention, "would be dropped")
            return
        with pruning.alone(house.warehouse):
            _tell(terminal, pruning.enter(house.warehouse, retention), retention, "are no longer shown")
            tables = pruning.drop(house.warehouse)
        if tables:
            terminal.say(f"dropped {tables} tables")


def _tell(terminal: Terminal, runs: Sequence[Prunable], retention: Retention, become: str) -> None:
    since = f"{duration_text(retention.keep)} (keep_superseded)"
    if not runs:
        terminal.say(f"nothing was superseded, kept beside or left unpublished for longer than {since}")
        return
    terminal.table(DROPPED, [tuple(vars(run).values()) for run in runs])
    rows, megabytes = sum(run.rows for run in runs), sum(run.bytes for run in runs) / 1e6
    terminal.say(f"{len(runs)} runs that ended more than {since} ago {become}: {rows} rows, {megabytes:.1f} MB")
