"""What the person on call is told of a night: one subject, a few lines, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

LONGEST_SUBJECT = 200  # characters; mail programs show fewer
LONGEST_SENTENCE = 2000  # characters; the whole of it stands in the log


@dataclass(frozen=True)
class Broken:
    """A check that did not hold, with its value and its limit in words."""

    gate: str
    check: str
    figure: str
    value: str
    limit: str

    def __str__(self) -> str:
        """The check in one line.

        >>> str(Broken("transactions", "rows_accepted", "rejected_share", "0.6", "at most 0.05"))
        'gate transactions, check rows_accepted: rejected_share is 0.6, must be at most 0.05'
        """
        return f"gate {self.gate}, check {self.check}: {self.figure} is {self.value}, must be {self.limit}"


@dataclass(frozen=True)
class Notice:
    """A message about a night: what happened, in `sentence`; `mode` as asked, `broken` where a gate stopped it.

    `run` and `report` are addresses in Airflow's user interface.
    """

    night: str
    mode: str
    happened: str
    sentence: str
    run: str
    report: str
    broken: tuple[Broken, ...] = ()

    @property
    def subject(self) -> str:
        """One line, whatever the parts hold.

        >>> Notice("2026-11-22", "mode as-of", "judge is red", "", "", "").subject
        'Nightshift: night 2026-11-22, judge is red'
        """
        return _one_line(f"Nightshift: night {self.night}, {self.happened}", LONGEST_SUBJECT)

    @property
    def text(self) -> str:
        """The whole message, for a person."""
        lines = [
            f"{self.subject} ({_one_line(self.mode, LONGEST_SENTENCE)})",
            "",
            _one_line(self.sentence, LONGEST_SENTENCE),
            *(f"  {broken}" for broken in self.broken),
            "",
            f"run     {self.run}",
            f"report  {self.report}",
            "What to do: docs/operating.md, 'A step is red'.",
        ]
        return "\n".join(lines) + "\n"

    @property
    def fields(self) -> Mapping[str, object]:
        """The same for a program; `text` is what chat services show."""
        return {"text": self.text, "subject": self.subject, **asdict(self), "broken": [asdict(broken) for broken in self.broken]}


def _one_line(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
