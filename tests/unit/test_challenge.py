"""The gate tells a good challenger from a bad one, on drawn rows of which the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.evaluation.agreement import agreement_figures
from pipeline.evaluation.challenge import Margins, challenge_figures, novelty_figures, recipe_figures
from pipeline.evaluation.challenger_gate import NIGHT_RATE_RATIO, challenger_gate
from pipeline.evaluation.equivalence import measured
from pipeline.evaluation.judge import judge
from pipeline.evaluation.metrics import Bools, Floats
from pipeline.evaluation.paired import Blocks, Compared, Pair, secondary_measures
from pipeline.evaluation.ruling import Ruling, ruling
from pipeline.evaluation.slices import Sliced

NIGHTS, ROWS, RATE = 14, 500, 0.06
MARGINS = Margins()
APART = 2.5  # the mean signal of a fraud; that of a genuine transaction is 0, and both have a standard deviation of 1
DRAWS = range(8)


class Drawn:
    """Two weeks of rows, some of them frauds, and models that see their signal through more or less noise."""

    def __init__(self, draw: int, rows: int = ROWS, rate: float = RATE) -> None:
        self.random = np.random.default_rng(draw)
        self.rate = rate
        self.is_fraud: Bools = self.random.random(NIGHTS * rows) < rate
        self.signal: Floats = self.random.normal(APART * self.is_fraud, 1.0)
        self.night = np.repeat(np.arange(NIGHTS), rows)

    @property
    def rows(self) -> Compared:
        return Compared(self.night, self.is_fraud, np.ones(len(self.is_fraud)))

    def scores(self, noise: float, odds: float = 1.0) -> Floats:
        """Calibrated probabilities of a model that sees signal and noise; `odds` takes all of them up or down."""
        seen = self.signal + self.random.normal(0.0, noise, len(self.signal))
        evidence = (APART * seen - APART**2 / 2) / (1 + noise**2)
        return np.asarray(1 / (1 + np.exp(-evidence) * (1 - self.rate) / self.rate / odds))

    def ruled(self, member: Floats, champion: Floats, anchor: Floats | None = None) -> Ruling:
        """Ruled as by night: the last night stands for tonight's rows, and all labels are as usual."""
        alike = agreement_figures(member[-ROWS:], champion[-ROWS:], budget=30)
        news = novelty_figures(self.rows, self.night == NIGHTS - 1)
        figures = challenge_figures(recipe(self.rows, member, champion, anchor), alike, news)
        return ruling(judge(challenger_gate(MARGINS, Sliced(), anchored=anchor is not None), figures))


def recipe(rows: Compared, member: Floats, champion: Floats, anchor: Floats | None = None) -> dict[str, float]:
    """Figures of a recipe whose nights are blocks."""
    pair = Pair(rows, Blocks.of(rows.night), member, champion)
    beside = {name: measured(pair, measure) for name, measure in secondary_measures(30).items()}
    return dict(recipe_figures(pair, anchor, beside, MARGINS))


@pytest.mark.parametrize("draw", DRAWS)
def test_the_champion_itself_is_equivalent(draw: int) -> None:
    drawn = Drawn(draw)
    scores = drawn.scores(noise=0.5)
    assert drawn.ruled(scores, scores) == Ruling(
        "EQUIVALENT", f"not_worse: champion.difference.low is 0, must be at least -{MARGINS.average_precision}"
    )


@pytest.mark.parametrize("draw", DRAWS)
def test_a_recipe_that_differs_by_a_breath_is_promoted(draw: int) -> None:
    drawn = Drawn(draw)
    shared = drawn.scores(noise=0.5)
    breath = np.exp(drawn.random.normal(0, 0.05, len(shared)))
    assert drawn.ruled(np.minimum(shared * breath, 1.0), shared).promotes


@pytest.mark.parametrize("draw", DRAWS)
def test_a_recipe_that_sees_less_is_worse(draw: int) -> None:
    drawn = Drawn(draw)
    told = drawn.ruled(drawn.scores(noise=1.0), drawn.scores(noise=0.2))
    assert told.verdict == "WORSE"
    assert told.reason.startswith("not_worse: champion.difference.low is -")
    assert "calibrated" not in told.reason


@pytest.mark.parametrize("draw", DRAWS)
def test_a_recipe_that_sees_more_is_better(draw: int) -> None:
    drawn = Drawn(draw)
    assert drawn.ruled(drawn.scores(noise=0.2), drawn.scores(noise=1.0)).verdict == "BETTER"


@pytest.mark.parametrize("draw", DRAWS)
def test_a_recipe_no_worse_than_the_champion_but_worse_than_the_anchor_has_crept_and_is_worse(draw: int) -> None:
    drawn = Drawn(draw)
    champion = drawn.scores(noise=1.0)
    told = drawn.ruled(champion, champion, anchor=drawn.scores(noise=0.2))
    assert told.verdict == "WORSE"
    assert told.reason.startswith("not_worse_than_anchor: ")


def test_ten_frauds_are_not_enough_however_good_the_recipe() -> None:
    drawn = Drawn(0, rate=0.0)
    drawn.is_fraud[:: len(drawn.is_fraud) // 10][:10] = True
    told = drawn.ruled(drawn.is_fraud * 0.9 + 0.001, np.full(len(drawn.is_fraud), 0.001))
    assert told.verdict == "NOT ENOUGH DATA"
    assert "compared.frauds is 10, must be at least 50" in told.reason


def test_six_nights_are_not_enough() -> None:
    drawn = Drawn(0)
    scores, six = drawn.scores(noise=0.5), drawn.night < 6
    rows = Compared(drawn.night[six], drawn.is_fraud[six], np.ones(int(six.sum())))
    told = ruling(judge(challenger_gate(MARGINS, Sliced(), anchored=False), challenge_figures(recipe(rows, scores[six], scores[six]))))
    assert told.verdict == "NOT ENOUGH DATA"
    assert told.reason.startswith("enough_nights: compared.nights is 6, must be at least 7")


def test_nothing_compared_is_not_enough() -> None:
    told = ruling(judge(challenger_gate(MARGINS, Sliced(), anchored=False), challenge_figures()))
    assert told.verdict == "NOT ENOUGH DATA"


@pytest.mark.parametrize("odds", [1 / 4, 4])
def test_probabilities_that_lost_their_sampling_correction_are_worse_though_the_order_is_the_same(odds: float) -> None:
    drawn = Drawn(0, rate=0.02, rows=1500)
    scores = drawn.scores(noise=1.0)
    member = scores * odds / (1 + scores * (odds - 1))
    told = drawn.ruled(member, scores)
    assert told.verdict == "WORSE"
    assert "predicted_ratio" in told.reason
    assert "champion.difference" not in told.reason


def test_the_bound_lies_below_the_difference_and_nearer_the_more_nights_there_are() -> None:
    drawn = Drawn(3)
    member, champion = drawn.scores(noise=0.5), drawn.scores(noise=0.5)
    figures = recipe(drawn.rows, member, champion)
    fortnights = Compared(np.concatenate([drawn.night, drawn.night + NIGHTS]), np.tile(drawn.is_fraud, 2), np.ones(2 * len(member)))
    twice = recipe(fortnights, np.tile(member, 2), np.tile(champion, 2))
    assert figures["champion.difference.low"] < figures["champion.difference"]
    assert twice["champion.difference"] == pytest.approx(figures["champion.difference"], abs=1e-12)
    assert figures["champion.difference.low"] < twice["champion.difference.low"] < twice["champion.difference"]


def test_a_sampled_genuine_row_stands_for_all_that_were_left_out() -> None:
    drawn = Drawn(1)
    scores, kept = drawn.scores(noise=0.5), drawn.is_fraud | (drawn.random.random(len(drawn.is_fraud)) < 0.5)
    sampled = Compared(drawn.night[kept], drawn.is_fraud[kept], np.where(drawn.is_fraud[kept], 1.0, 2.0))
    whole = recipe(drawn.rows, scores, scores)
    part = recipe(sampled, scores[kept], scores[kept])
    assert part["compared.frauds"] == whole["compared.frauds"]
    assert part["predicted_ratio"] == pytest.approx(whole["predicted_ratio"], rel=0.05)
    assert part["average_precision"] == pytest.approx(whole["average_precision"], abs=0.03)


def test_two_models_of_one_signal_agree_and_one_of_pure_noise_agrees_with_nobody() -> None:
    drawn = Drawn(2, rows=1000)
    champion, other, noise = drawn.scores(noise=0.5), drawn.scores(noise=0.5), drawn.random.permutation(drawn.scores(noise=0.5))
    alike, strange = agreement_figures(other, champion, budget=100), agreement_figures(noise, champion, budget=100)
    assert alike["rank_correlation"] > 0.6
    assert abs(strange["rank_correlation"]) < 0.1
    assert alike["alerts_in_common"] > 0.2
    assert strange["alerts_in_common"] < 0.1
    assert alike["mean_score_ratio"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("constant", [0.0, 0.01])
def test_a_model_that_tells_nobody_apart_has_no_rank_correlation(constant: float) -> None:
    flat = np.full(10, constant)
    figures = agreement_figures(np.linspace(0.1, 0.9, 10), flat, budget=3)
    assert math.isnan(figures["rank_correlation"])
    assert math.isnan(figures["mean_score_ratio"]) == (constant == 0.0)


def test_on_a_night_without_rows_nothing_agrees() -> None:
    assert agreement_figures(np.empty(0), np.empty(0), budget=100) == {}


def night_rate_ratios(frauds_of_the_last: int, usual: int, rows: int = 1000) -> dict[str, float]:
    """Eight nights of `usual` frauds, and one of another number that nobody has learned from."""
    numbers = [usual] * 8 + [frauds_of_the_last]
    is_fraud = np.concatenate([np.arange(rows) < frauds for frauds in numbers])
    night = np.repeat(np.arange(9), rows)
    return dict(novelty_figures(Compared(night, is_fraud, np.ones(len(night))), night == 8))


@pytest.mark.parametrize(
    ("frauds", "usual", "strange"),
    [
        (0, 30, True),
        (0, 16, True),
        (0, 12, False),  # chance, where frauds come in small clusters
        (15, 30, False),  # half of the labels late: not caught
        (60, 30, False),  # a doubled rate is news to learn from
        (1000, 30, True),  # one class only
        (30 * 7 // 10 + 970 * 3 // 10, 30, True),  # 30 % flipped, both ways
        (10, 2, False),
    ],
)
def test_a_night_of_a_strange_fraud_rate_is_found_and_one_of_few_frauds_is_not(frauds: int, usual: int, strange: bool) -> None:
    ratios = night_rate_ratios(frauds, usual)
    assert ratios["night_rate_ratio.max"] == ratios["night_rate_ratio.min"] == pytest.approx((frauds + 5) / (usual + 5))
    assert (not 1 / NIGHT_RATE_RATIO <= ratios["night_rate_ratio.min"] <= NIGHT_RATE_RATIO) == strange


@pytest.mark.parametrize(("usual", "passing"), [(15, 15), (30, 26), (80, 63), (1000, 753)])
def test_so_many_of_one_nights_frauds_can_be_relabelled_and_nobody_sees_it(usual: int, passing: int) -> None:
    """The limit of what is caught: three quarters of the frauds of one night, and nearly all of few."""
    ratio = {
        relabelled: night_rate_ratios(usual - relabelled, usual, rows=5000)["night_rate_ratio.min"] for relabelled in (passing, passing + 1)
    }
    assert ratio[passing] >= 1 / NIGHT_RATE_RATIO
    assert passing == usual or ratio[passing + 1] < 1 / NIGHT_RATE_RATIO


def test_where_everything_was_seen_there_is_no_novelty() -> None:
    assert novelty_figures(Drawn(0).rows, np.zeros(NIGHTS * ROWS, np.bool_)) == {}


def test_where_nothing_was_seen_the_usual_rate_is_that_of_all() -> None:
    drawn = Drawn(0)
    ratios = novelty_figures(drawn.rows, np.ones(NIGHTS * ROWS, np.bool_))
    assert 0.6 < ratios["night_rate_ratio.min"] < 1 < ratios["night_rate_ratio.max"] < 1.6
