"""What the checks of two compared models come to: one of four verdicts, and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.evaluation.judgement import Judgement, number

NOT_RULED_OUT = ("not_worse", "not_worse_than_anchor", "enough_to_tell")  # they break where a loss is shown, and also where nothing is


@dataclass(frozen=True)
class Ruling:
    """EQUIVALENT, BETTER, WORSE or NOT ENOUGH DATA, and why in one line."""

    verdict: Literal["EQUIVALENT", "BETTER", "WORSE", "NOT ENOUGH DATA"]
    reason: str

    @property
    def promotes(self) -> bool:
        return self.verdict in {"EQUIVALENT", "BETTER"}


def ruling(judgements: Iterable[Judgement]) -> Ruling:
    """The ruling over judgements of the gate `challenger` or `comparison`.

    With too little to compare on nothing is said. Then WORSE where any check shows a fault, each named with its figure and limit. Where
    all that breaks is the bound of the difference, a loss is neither shown nor ruled out: not enough data.
    """
    told = {judgement.check: judgement for judgement in judgements}
    broken = [one for one in told.values() if one.passed is not True and one.severity == "fail"]
    scarce = [one for one in broken if one.check.startswith("enough_") and one.check not in NOT_RULED_OUT]
    if scarce:
        return Ruling("NOT ENOUGH DATA", _joined([scarce[0].sentence, *_lacking(told.get("enough_to_tell"))]))
    if any(map(_shows_a_fault, broken)):
        return Ruling("WORSE", _joined([one.sentence for one in broken if one.check != "enough_to_tell"]))
    if broken:
        open_still = [one.sentence for one in broken if one.check != "enough_to_tell"]
        return Ruling("NOT ENOUGH DATA", _joined([*open_still, *_lacking(told.get("enough_to_tell"))]))
    held = told["not_worse"]
    better = held.value is not None and held.value > 0
    return Ruling("BETTER" if better else "EQUIVALENT", _joined([held.sentence, *_remarks(told.values(), better=better)]))


def _shows_a_fault(one: Judgement) -> bool:
    """Whether a broken check shows anything: a bound that too few nights give no value to does not."""
    return one.check not in NOT_RULED_OUT and not (one.value is None and one.figure.endswith(".difference.high"))


def _lacking(enough: Judgement | None) -> list[str]:
    """How many more frauds it would take, where that is known."""
    if enough is None or not enough.value:
        return []
    return [f"about {number(enough.value)} more matured frauds would tell"]


def _remarks(judgements: Iterable[Judgement], *, better: bool) -> list[str]:
    """What does not keep anybody from promotion, but ought to be known; that a better model is not equal goes without saying."""
    warned = [one for one in judgements if not one.passed and not (better and one.check == "not_above_equal")]
    few = [_few(one) for one in warned if one.check.endswith("_told")]
    others = [one.sentence for one in warned if not one.check.endswith("_told")]
    return [*others, f"too few to judge alone: {', '.join(few)}"] if few else others


def _few(one: Judgement) -> str:
    """'amount_low (12 frauds)': a slice, and what it has too few of."""
    return f"{one.check.removesuffix('_told')} ({number(one.value or 0.0)} {one.figure.rpartition('.')[2]})"


def _joined(sentences: Sequence[str]) -> str:
    return "; ".join(sentences)
