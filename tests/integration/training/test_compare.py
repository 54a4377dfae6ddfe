"""`nightshift compare`: any two models on the nights that neither has learned from, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import comparison_rows
from pipeline.comparison import Comparison, compare
from pipeline.comparison_basis import Asked
from pipeline.core.night import Night
from tests.commanding import Template, nightshift, says
from tests.learning import FRAUDS, LEARNING, RAN, ROWS, models_of, night, run_nights
from tests.worlds import World

pytestmark = pytest.mark.slow

UNSEEN = range(RAN - 1, RAN + 8)  # nights that the third model has not learned from, and that have matured when the last one has run


@pytest.fixture(scope="module")
def grown(chain: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Seventeen nights, with a model of each night from the sixth on."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        world = chain.copy(tmp_path_factory.mktemp("compared"), monkeypatch)
        assert run_nights(world, range(RAN, RAN + 9)) == []
        yield world
        world.database.engine.dispose()


@pytest.fixture
def pair(grown: World) -> tuple[str, str]:
    """The third model and the first."""
    first, _, third, *_ = models_of(grown)
    return third, first


def told(world: World, pair: tuple[str, str], span: str | None = None, *, also_learned: bool = False) -> Comparison:
    with world.house() as house:
        return compare(house, *pair, Asked.parse(span, also_learned=also_learned))


def printed(*words: str) -> str:
    outcome = nightshift("compare", *words)
    assert outcome.code == 0, outcome
    return outcome.out


def test_the_verdict_comes_first_with_its_reasons_and_then_what_it_rests_on(grown: World, pair: tuple[str, str]) -> None:
    out = printed(*pair)
    verdict, reason, *_ = out.splitlines()
    assert re.fullmatch(f"(EQUIVALENT|BETTER|WORSE|NOT ENOUGH DATA): A = {pair[0]} beside B = {pair[1]}", verdict)
    assert "second.difference.low is " in reason
    for part in ("average_precision", "roc_auc", "card_precision", "brier_skill", "amount_high", "A alone", "KS", "largest changes"):
        assert part in out
    assert f"on 9 nights, {night(UNSEEN[0])} to {night(UNSEEN[-1])}: {9 * ROWS:,} rows, {9 * FRAUDS} frauds as known at " in out


def test_nights_that_a_model_learned_from_are_left_out_and_told(grown: World, pair: tuple[str, str]) -> None:
    compared = told(grown, pair)
    assert [str(seal.night) for seal in compared.basis.nights] == [night(place) for place in UNSEEN]
    (sentence,) = compared.basis.left_out
    assert sentence.startswith(
        f"left out: 5 nights from {night(2)} to {night(6)}, a model has learned from: it looks better there than it is"
    )
    assert sentence in printed(*pair)
    assert len(told(grown, pair, also_learned=True).basis.nights) == 14


def test_both_ways_round_every_difference_is_the_same_with_the_other_sign(grown: World, pair: tuple[str, str]) -> None:
    there, back = told(grown, pair), told(grown, pair[::-1])
    for name, one in there.measures.items():
        other = back.measures[name].difference
        assert (one.difference.value, one.difference.low, one.difference.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert there.walked.flips.first_only == back.walked.flips.second_only
    assert [one.transaction_id for one in there.walked.moved] == [one.transaction_id for one in back.walked.moved]


def test_alerts_are_those_that_either_model_would_have_published(grown: World, pair: tuple[str, str]) -> None:
    flips = told(grown, pair).walked.flips
    assert flips.both + flips.first_only == flips.both + flips.second_only == len(UNSEEN) * 20  # the budget of this world


def test_with_few_nights_intervals_are_of_cards_and_that_is_said(grown: World, pair: tuple[str, str]) -> None:
    span = f"{night(UNSEEN[0])}..{night(UNSEEN[2])}"
    assert not told(grown, pair, span).by_nights
    assert "intervals are of cards, not of nights: these are too few" in printed(*pair, "--nights", span)


def test_one_night_of_thirty_frauds_is_not_enough_and_what_is_missing_is_told(grown: World, pair: tuple[str, str]) -> None:
    compared = told(grown, pair, night(UNSEEN[0]))
    assert compared.ruling.verdict == "NOT ENOUGH DATA"
    assert re.search(r"about \d+ more matured frauds would tell", compared.ruling.reason)


def test_of_more_rows_than_can_be_kept_all_frauds_and_a_share_of_the_genuine_are_measured(
    grown: World, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(grown, pair)
    monkeypatch.setattr(comparison_rows.Walk, "share", 0.5)
    part = told(grown, pair)
    assert part.frauds == whole.frauds
    assert part.walked.flips == whole.walked.flips
    assert part.walked.moved == whole.walked.moved
    assert part.measures["card_precision"].first == whole.measures["card_precision"].first
    assert part.measures["average_precision"].first == pytest.approx(whole.measures["average_precision"].first, abs=0.05)
    assert "of the genuine rows 50.0% were measured" in printed(*pair)


def test_nothing_is_entered_and_nobody_is_promoted(grown: World, pair: tuple[str, str]) -> None:
    tables = ("champion", "evaluation", "training_ledger", "seal", "run")
    before = [grown.rows(f"SELECT count(*) FROM scoring.{table}") for table in tables]
    printed(*pair)
    assert [grown.rows(f"SELECT count(*) FROM scoring.{table}") for table in tables] == before


def test_no_amount_and_no_key_of_a_customer_is_told(grown: World, pair: tuple[str, str]) -> None:
    out = printed(*pair)
    amounts = grown.rows("SELECT DISTINCT amount::text FROM transactions WHERE amount > 100")
    assert not [amount for (amount,) in amounts if re.search(rf"(?<![\w.]){re.escape(str(amount))}(?!\w)", out)]
    assert "customer_id" not in out


# --- refused


def test_an_unknown_version_is_answered_with_those_that_may_be_meant(grown: World, pair: tuple[str, str]) -> None:
    says(2, f"there is no model '{pair[0][:-1]}', did you mean {pair[0]}", "compare", pair[0][:-1], pair[1])
    says(2, "there is no model 'x': 'nightshift models' lists them", "compare", pair[0], "x")
    says(2, "is compared with itself: name two versions", "compare", pair[0], pair[0])


def test_nights_that_cannot_be_compared_on_are_named(grown: World, pair: tuple[str, str]) -> None:
    late = night(RAN + 8)
    says(2, f"night {late} had not matured by {night(RAN + 9)} 00:00 UTC", "compare", *pair, "--nights", late)
    says(2, f"the newest matured night is {night(RAN + 7)}", "compare", *pair, "--nights", f"{night(RAN)}..{late}")
    before = str(Night.parse(night(0)).back(30))
    says(
        2,
        f"night {before} has no sealed features of this view: run 'nightshift backfill {before} {before}'",
        "compare",
        *pair,
        "--nights",
        before,
    )
    says(2, "the range is empty: ", "compare", *pair, "--nights", f"{night(9)}..{night(8)}")
    says(2, "is not a night: write it as YYYY-MM-DD", "compare", *pair, "--nights", f"{night(9)}..")


def test_two_models_that_have_learned_from_everything_are_refused_with_the_night_from_which_on_they_can_be_compared(grown: World) -> None:
    *_, before, newest = models_of(grown)
    says(
        2,
        f"night {night(RAN + 8)}, the first that neither has learned from, is matured when night {night(RAN + 9)} has run",
        "compare",
        newest,
        before,
    )
    assert "--also-learned" not in printed(newest, before, "--also-learned")


def test_a_model_of_another_view_may_not_score(grown: World, pair: tuple[str, str]) -> None:
    grown.configure(**{**LEARNING, "view": "tests.learning:UNLABELLED_VIEW"})
    try:
        says(6, "was trained on view", "compare", *pair)
    finally:
        grown.configure(**LEARNING)


def test_a_lost_file_is_named(grown: World, pair: tuple[str, str], tmp_path: Path) -> None:
    path = grown.scalar(f"SELECT path FROM scoring.seal WHERE what = 'features' AND night = '{night(UNSEEN[1])}'")
    file = grown.home / ".nightshift" / "lake" / str(path)
    kept = file.rename(tmp_path / "aside")
    outcome = nightshift("compare", *pair)
    kept.rename(file)
    assert outcome.code == 5
    assert "is missing" in outcome.err
