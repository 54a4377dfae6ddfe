"""The first line of the report: what became of the night, in a word and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.evaluation.judgement import Verdict, verdict
from pipeline.evaluation.report import NightReport


@dataclass(frozen=True)
class Headline:
    """`look` is how the word is drawn, and says no more than the word."""

    word: str
    sentence: str
    look: Verdict


def headline(report: NightReport) -> Headline:
    """Published, published with warnings, stopped, not scored, or not published yet."""
    empty = "" if report.counts.rows_in else "The night is empty. "
    told = _published(report) if report.published_at else _unpublished(report)
    return Headline(told.word, empty + told.sentence, told.look)


def _published(report: NightReport) -> Headline:
    broken, checks = [one for one in report.judgements if not one.passed], len(report.judgements)
    if not broken:
        return Headline("PUBLISHED", f"All {checks} checks hold.", "passed")
    return Headline("PUBLISHED WITH WARNINGS", f"{len(broken)} of {checks} checks did not hold; the verdicts name them.", "warned")


def _unpublished(report: NightReport) -> Headline:
    if verdict(report.judgements) == "failed":
        return Headline("STOPPED", "A check failed, so analysts see nothing of this run; the verdicts name it.", "failed")
    skipped = next((step.outcome for step in report.steps if step.name == "score" and step.outcome != "done"), None)
    if skipped is not None:
        return Headline("NOT SCORED", f"{skipped.removeprefix('skipped: ').capitalize()}.", "warned")
    return Headline("NOT PUBLISHED", "The run has not got there.", "warned")
