"""What the command `doctor` says."""

from __future__ import annotations

from pipeline.core.errors import GateError
from pipeline.doctoring import examine
from pipeline.terminal import Terminal


def doctor(terminal: Terminal, *, repair: bool) -> None:
    """A line for each thing that was looked at, as it was; a `GateError` where anything is not in order, so that a watch may call it."""
    wrong = 0
    with terminal.progress() as progress:
        for finding in examine(progress, repair=repair):
            wrong += finding.wrong
            terminal.say(f"{'WRONG' if finding.wrong else 'ok':<6} {finding.what:<13} {finding.seen}")
    if wrong:
        raise GateError(f"{wrong} of these are not in order")
