"""What may be asked of a night, and what comes of it."""

from __future__ import annotations

import pytest

from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.core.plan import Asked, Knowledge, Known, resolve
from tests.worlds import at

NIGHT = Night.parse("2026-03-04")
LATER = Night.parse("2026-03-20")
NOW = at("2026-03-21 09:00")
KNOWN = Known(NOW, passed=True, newest=LATER)


def test_left_alone_a_run_knows_what_the_night_knew() -> None:
    assert resolve(NIGHT, Asked(), Known(NOW)) == Knowledge(NIGHT.end, NIGHT, NIGHT.end, None, publishes=True, in_chain=True)


def test_corrected_knows_everything_by_now_and_takes_the_champion_of_now() -> None:
    knowledge = resolve(NIGHT, Asked("corrected", reason="a load was late"), KNOWN)
    assert knowledge == Knowledge(NOW, LATER, NOW, None, publishes=True, in_chain=False)


def test_what_if_scores_what_the_night_knew_and_publishes_nothing() -> None:
    knowledge = resolve(NIGHT, Asked("what-if", "v2", "curious"), Known(NOW, passed=True, newest=LATER, trained=LATER))
    assert knowledge == Knowledge(NIGHT.end, NIGHT, NIGHT.end, "v2", publishes=False, in_chain=False)


def test_a_model_of_the_night_before_may_be_named_as_of() -> None:
    assert resolve(NIGHT, Asked(model_version="v1"), Known(NOW, trained=NIGHT.back(1))).named_model == "v1"


@pytest.mark.parametrize("trained", [NIGHT, LATER])
def test_a_model_that_learned_of_the_night_or_of_later_ones_is_refused_as_of(trained: Night) -> None:
    with pytest.raises(UsageError, match=f"model v2 learned from what was known at the end of night {trained}.*what-if"):
        resolve(NIGHT, Asked(model_version="v2"), Known(NOW, trained=trained))


@pytest.mark.parametrize(
    ("asked", "known", "sentence"),
    [
        (Asked("corected", reason="r"), KNOWN, "no mode 'corected', did you mean 'corrected'"),
        (Asked("; DROP TABLE", reason="r"), KNOWN, "there is no mode .*as-of, corrected, what-if"),
        (Asked("corrected"), KNOWN, "mode corrected needs a reason"),
        (Asked("corrected", reason="  "), KNOWN, "mode corrected needs a reason"),
        (Asked("corrected", reason="r"), Known(NOW), "was never run to its end"),
        (Asked("what-if", reason="r"), KNOWN, "name its model_version"),
        (Asked("what-if", "v1"), KNOWN, "needs a reason"),
        (Asked("corrected", reason=" again "), Known(NOW, passed=True, used={"again"}), "run for the reason 'again' before"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_could_be(asked: Asked, known: Known, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        resolve(NIGHT, asked, known)
