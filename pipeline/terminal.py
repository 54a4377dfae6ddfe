"""Progress where a person waits, plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.core.progress import LOG, log_progress
from pipeline.core.progress import Progress as NightProgress

CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
"""Characters by which a text of the source could move the cursor, retitle the window or hide what was said; they are shown instead."""


def shown(text: str) -> str:
    r"""The text with its `CONTROLS` written out.

    >>> shown("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return text.translate(CONTROLS)


@dataclass(frozen=True)
class Terminal:
    """Answers go to `out`, everything else to `err`."""

    out: Console
    err: Console

    @contextmanager
    def progress(self) -> Iterator[NightProgress]:
        """Something to report progress to: bars on a terminal, log lines elsewhere."""
        if not self.err.is_terminal:
            yield log_progress
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.err, transient=True) as bars:
            tasks = {}

            def show(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=total)
                bars.update(tasks[what], completed=done, total=total)

            yield show

    def say(self, line: str) -> None:
        """One line of answer."""
        self.out.print(shown(line), highlight=False, markup=False, soft_wrap=True)

    def table(self, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; where it is wider than the terminal, one line a value, as psql's expanded display."""
        cells = [["" if value is None else shown(str(value)) for value in row] for row in rows]
        names = [shown(name) for name in names]
        widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
        width = sum(widths) + 3 * len(names) + 1
        if self.out.is_terminal and width > self.out.width:
            self._expanded(names, cells)
            return
        table = Table(*names, box=box.SIMPLE_HEAD, show_edge=False)
        for row in cells:
            table.add_row(*map(escape, row))
        Console(width=max(width, self.out.width)).print(table)

    def _expanded(self, names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        margin = max(map(len, names))
        for number, row in enumerate(cells, start=1):
            self.say(f"-- row {number} of {len(cells)}")
            for name, value in zip(names, row, strict=True):
                self.say(f"{name:<{margin}}  {value}")


class FollowingHandler(logging.StreamHandler[TextIO]):
    """Writes to standard error as it is now: a progress bar puts itself there while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def follow_log_lines() -> None:
    """Show our own log lines from INFO on, those of libraries from WARNING on."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[FollowingHandler()])
    LOG.setLevel(logging.INFO)
