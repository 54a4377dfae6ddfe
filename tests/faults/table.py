"""Trials as a table for people and as JSON for later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.faults.trials import Trial

HEADER = ("fault", "trials", "wrong reads", "lost rows", "doubled rows", "retries needed", "longest recovery")


def table(trials: Sequence[Trial]) -> str:
    """One line a fault, and their sum."""
    faults = dict.fromkeys(trial.fault for trial in trials)
    lines = [_line(fault, [trial for trial in trials if trial.fault == fault]) for fault in faults]
    rows = [HEADER, *lines, _line("all", trials)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    return "\n".join(" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _line(name: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    sums = (sum(getattr(trial, what) for trial in trials) for what in ("wrong_reads", "lost", "doubled"))
    most = max((trial.retries for trial in trials), default=0)
    longest = max((trial.recovery for trial in trials), default=0.0)
    return (name, str(len(trials)), *map(str, sums), f"at most {most}", f"{longest:.1f} s")


def failures(trials: Sequence[Trial]) -> str:
    """Each trial that was not survived, with what repeats it, and each that met no fault."""
    lines = [f"MET NO FAULT: {trial.fault} of {trial.subject}, seed {trial.seed}" for trial in trials if not trial.fired]
    for trial in (trial for trial in trials if not trial.survived):
        lines.append(f"NOT SURVIVED: {trial.fault} at '{trial.point}' of {trial.subject}, {trial.retries} retries; {trial.again}")
        lines += [f"    {complaint}" for complaint in trial.complaints]
    return "\n".join(lines)


def save(trials: Sequence[Trial], path: Path) -> None:
    path.write_text(json.dumps([asdict(trial) for trial in trials], indent=1) + "\n")
