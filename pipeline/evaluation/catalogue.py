"""All checks as a page for people, generated from their declarations.

python -m pipeline.evaluation.catalogue > docs/checks.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.challenge import Margins
from pipeline.evaluation.challenger_gate import challenger_gate
from pipeline.evaluation.checks import Check, Gate
from pipeline.evaluation.empty_nights import EMPTY_NIGHTS
from pipeline.evaluation.equivalence import Difference
from pipeline.evaluation.gates import features_gate, predictions_gate, transactions_gate
from pipeline.evaluation.judgement import NEXT_STEP, limit
from pipeline.evaluation.limits import Limits, OfWeekday, Untold
from pipeline.evaluation.marking_gates import alarms_gate, champion_gate, live_gate
from pipeline.evaluation.slices import Cut, Slice, Sliced
from pipeline.evaluation.weekday import MINIMUM_WEEKS, WEEKS, shown

COLUMN, ENTITY = "COLUMN", "ENTITY"
SLICES = Sliced(  # one that is judged, of a property that cannot be cut
    (Cut("PROPERTY", (), np.empty(0, np.int64), "the column is missing, empty or constant"),),
    (Slice("SLICE", 100, 14, Difference(0.0, 0.0, 0.0, 14)),),
)

INTRODUCTION = f"""\
# Checks

Generated from the declarations in `pipeline/evaluation/`: `python -m pipeline.evaluation.catalogue > docs/checks.md`.

A check says that one figure of a night lies within its limits. A figure that is missing, or that there was nothing to compute from,
breaks its check, whatever the limits. **fail** stops the night: nothing is published, exit code 3, the earlier publication stands.
**warn** marks it: it is published. Every judgement is a row of `scoring.evaluation`, with the limits that were applied.

*The weekday's median* is that of the last {WEEKS} nights of the same weekday before the night, as they were known when the night first
passed its gates, so that running it again judges alike. Where fewer than {MINIMUM_WEEKS} of them know the figure, the check is told as
NOT ENOUGH HISTORY, and where the median is too small for a lower limit, as TOO SMALL TO TELL: `passed` is null, the night is neither
stopped nor marked for it, and `night_summary.untold_checks` counts it.

`{COLUMN}` stands for each feature column or the score, `{ENTITY}` for each entity in `nightshift.toml`,
`SLICE` for each slice of the compared rows and `PROPERTY` for what they are cut by.
"""

ABOUT = {
    "transactions": "Judged before publication, over what was sealed. A seal that binds already, as history of a later night, is only "
    "marked by `rows_accepted` and `rows_arrived`: extracting it again could not change it.",
    "features": "Judged before publication.",
    "predictions": "Judged before publication, over what was staged; left out before the first champion.",
    "champion": "Judged with the night, and marks it.",
    "live": "Judged after publication, and never stops anything: the night beside the training of its model.",
    "alarms": "Judged after publication, and never stops anything: docs/alarms.md says how.",
    "challenger": "Decides whether a challenger is promoted: **fail** keeps the champion. docs/training.md says how they are compared.",
}


@dataclass(frozen=True)
class _Column:
    name: str
    sentence: str


def gates() -> tuple[Gate, ...]:
    """Every gate with all the checks that it can have; those of columns and entities stand for each of them."""
    return (
        transactions_gate([ENTITY]),
        features_gate([COLUMN], [COLUMN]),
        predictions_gate(),
        champion_gate(None, []),
        live_gate([_Column(COLUMN, "the column lies otherwise than in training")]),
        alarms_gate([]),
        challenger_gate(Margins(), SLICES, anchored=True),
    )


def page(every: Iterable[Gate]) -> str:
    """The page about these gates, in Markdown."""
    return "\n".join([INTRODUCTION, *(line for gate in every for line in _section(gate))])


def _section(gate: Gate) -> Iterator[str]:
    yield f"## {gate.name}\n"
    yield f"{ABOUT[gate.name]}\n"
    yield f"A night without rows: {EMPTY_NIGHTS[gate.name].words}.{_left_out(gate)}\n"
    yield "| check | figure | must be | | a break means | what to do |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from (_row(gate, check) for check in gate.declared)
    yield ""


def _left_out(gate: Gate) -> str:
    names = ", ".join(f"`{check.name}`" for check in gate.judging)
    return f" Left out where `{gate.population}` is 0: {names}." if names else ""


def _row(gate: Gate, check: Check) -> str:
    then = check.then or NEXT_STEP[gate.name]
    cells = (f"`{check.name}`", f"`{check.figure}`", must(check.limits), f"**{check.severity}**", check.reason, then)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def must(limits: Limits) -> str:
    """Limits as a person says them before any night is known.

    >>> must(OfWeekday(1 / 3, None, floor=30.0))
    "at least a third of the weekday's median (of 30 or more)"
    """
    if isinstance(limits, Untold):
        return limits.because
    if not isinstance(limits, OfWeekday):
        return limit(limits.low, limits.high)
    if limits.low is None:
        return f"at most {limits.words} the weekday's median (or {shown(limits.floor)}, if that is more)"
    return f"{'at least ' if limits.high is None else ''}{limits.words} the weekday's median (of {shown(limits.floor)} or more)"


if __name__ == "__main__":
    print(page(gates()), end="")
