"""The first line of the report: what became of the night, in a word and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evaluation.judgement import Verdict
from pipeline.evaluation.report import SCARCE, NightReport


@dataclass(frozen=True)
class Headline:
    """`look` is how the word is drawn, and says no more than the word."""

    word: str
    sentence: str
    look: Verdict


def headline(report: NightReport) -> Headline:
    """Published, published with warnings, stopped, not scored, kept beside, or not published yet; a mode other than as-of is named."""
    empty = "" if report.counts.rows_in else "The night is empty. "
    mode = "" if report.mode == "as-of" else f" (mode {report.mode})"
    told = _published(report) if report.published_at else _unpublished(report)
    return Headline(told.word + mode, empty + told.sentence, told.look)


def _published(report: NightReport) -> Headline:
    broken = [one for _, verdict, judgements in report.gates if verdict != SCARCE for one in judgements if one.broken]
    untold = sum(not one.passed for one in report.judgements) - len(broken)
    checks, rest = len(report.judgements) - untold, f" {untold} could not be judged yet." if untold else ""
    if not broken:
        return Headline("PUBLISHED", f"All {checks} checks hold.{rest}", "passed")
    return Headline("PUBLISHED WITH WARNINGS", f"{len(broken)} of {checks} checks did not hold; the verdicts name them.{rest}", "warned")


def _unpublished(report: NightReport) -> Headline:
    if any(verdict == "failed" for _, verdict, _ in report.gates):
        return Headline("STOPPED", "A check failed, so analysts see nothing of this run; the verdicts name it.", "failed")
    skipped = {step.name: step.outcome.removeprefix("skipped: ") for step in report.steps if step.outcome != "done"}
    for step, word in (("score", "NOT SCORED"), ("publish", "KEPT BESIDE")):
        if step in skipped:
            return Headline(word, f"{skipped[step][:1].upper()}{skipped[step][1:]}.", "warned")
    return Headline("NOT PUBLISHED", "The run has not got there.", "warned")
