"""How often the verdict on two models is right: 200 times, on nights drawn from a world in which the truth is known.

`pytest tests/simulations -s` prints the rates that docs/training.md tells.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from pipeline.evaluation.agreement import agreement_figures
from pipeline.evaluation.challenge import Margins, challenge_figures, novelty_figures, recipe_figures
from pipeline.evaluation.challenger_gate import challenger_gate
from pipeline.evaluation.equivalence import measured
from pipeline.evaluation.metrics import Floats
from pipeline.evaluation.paired import Blocks, Pair, secondary_measures
from pipeline.evaluation.ruling import Ruling, ruling
from pipeline.evaluation.slices import Sliced, Slicing, cuts
from pipeline.features.handbook import VIEW
from pipeline.scoring.learner import one_thread
from tests.oracles.judging import slow_judge
from tests.simulations.pool import Draw, Pool, noise_that_costs, noisy, scrambled

pytestmark = pytest.mark.slow

DRAWS = 200
PART = 0.3  # of the rows of two weeks: about 600 frauds, the size that the page states
MODELS, DEGRADED = 15, 6  # 210 pairs of a member and a champion, of which 200 are compared
MARGINS = Margins()
SLICING = Slicing(VIEW.timezone, VIEW.activity)
BUDGET = 100
PROMOTES = ("EQUIVALENT", "BETTER")


@pytest.fixture(scope="module", autouse=True)
def sparing() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool.simulated()


@pytest.fixture(scope="module")
def recipes(pool: Pool) -> list[Floats]:
    """Scores of models of one recipe, each of its own part of the reservoir."""
    return [pool.scores(pool.learned(np.random.default_rng(model))) for model in range(MODELS)]


@pytest.fixture(scope="module")
def degraded(pool: Pool, recipes: Sequence[Floats]) -> list[tuple[Floats, Floats]]:
    """Models that lost twice the margin, each with what it was before."""
    pairs = []
    for model, scores in enumerate(recipes[:DEGRADED]):
        noise = np.random.default_rng(MODELS + model).normal(size=len(scores))
        pairs.append((noisy(scores, noise, noise_that_costs(pool, scores, noise, 2 * MARGINS.average_precision)), scores))
    return pairs


def ruled(pool: Pool, draw: Draw, member: Floats, champion: Floats) -> Ruling:
    """As by night, with every check of the gate: the last night stands for tonight's rows."""
    pair = Pair(draw.rows, Blocks.of(draw.rows.night), member[draw.place], champion[draw.place])
    sliced = Sliced.of(pair, cuts(pool.features.take(draw.place), draw.rows.weight, SLICING))
    beside = {name: measured(pair, measure) for name, measure in secondary_measures(BUDGET).items()}
    last = draw.rows.night == draw.rows.night.max()
    figures = challenge_figures(
        recipe_figures(pair, None, beside, MARGINS),
        sliced.to_figures(),
        agreement_figures(pair.first[last], pair.second[last], BUDGET // 4),
        novelty_figures(draw.rows, last),
    )
    return ruling(slow_judge(challenger_gate(MARGINS, sliced, anchored=False), figures))


def verdicts(pool: Pool, pairs: Iterable[tuple[Floats, Floats]], part: float = PART) -> tuple[list[Ruling], float]:
    """What is said of each pair on nights of its own, and how many frauds these hold in the mean."""
    rulings, frauds = [], []
    for seed, (member, champion) in enumerate(pairs):
        draw = Draw.of(pool, np.random.default_rng([part.as_integer_ratio()[1], seed]), part)
        rulings.append(ruled(pool, draw, member, champion))
        frauds.append(draw.rows.is_fraud.sum())
    return rulings, float(np.mean(frauds))


def rates(title: str, rulings: Sequence[Ruling], frauds: float) -> dict[str, float]:
    """Printed, and given back: the share of each verdict, and of those that promote."""
    told = Counter(one.verdict for one in rulings)
    shares = {verdict: told[verdict] / len(rulings) for verdict in ("BETTER", "EQUIVALENT", "NOT ENOUGH DATA", "WORSE")}
    print(f"\n{title}, {len(rulings)} draws of {frauds:,.0f} frauds: " + ", ".join(f"{name} {share:.1%}" for name, share in shares.items()))
    return {**shares, "promotes": sum(shares[name] for name in PROMOTES)}


def test_models_of_one_recipe_are_promoted_and_hardly_ever_called_worse(pool: Pool, recipes: list[Floats]) -> None:
    pairs = np.random.default_rng(0).permutation(list(itertools.permutations(range(MODELS), 2)))[:DRAWS]
    told = rates("one recipe", *verdicts(pool, [(recipes[first], recipes[second]) for first, second in pairs]))
    assert told["WORSE"] <= 0.05
    assert told["promotes"] >= 0.80


def test_a_model_that_lost_twice_the_margin_is_hardly_ever_promoted_and_called_worse(
    pool: Pool, degraded: list[tuple[Floats, Floats]]
) -> None:
    for member, champion in degraded:
        assert pool.true_average_precision(champion) - pool.true_average_precision(member) == pytest.approx(0.04, abs=5e-4)
    told = rates("twice the margin lost", *verdicts(pool, itertools.islice(itertools.cycle(degraded), DRAWS)))
    assert told["promotes"] <= 0.05
    assert told["WORSE"] >= 0.80


def test_a_model_that_lost_exactly_the_margin_is_rarely_promoted(pool: Pool, recipes: list[Floats]) -> None:
    """Where the error is largest."""
    pairs = []
    for model, scores in enumerate(recipes[:DEGRADED]):
        noise = np.random.default_rng(MODELS + model).normal(size=len(scores))
        pairs.append((noisy(scores, noise, noise_that_costs(pool, scores, noise, MARGINS.average_precision)), scores))
    told = rates("the margin lost", *verdicts(pool, itertools.islice(itertools.cycle(pairs), DRAWS // 2)))
    assert told["promotes"] <= 0.12  # one in twenty, and as much as 100 draws may miss that by


@pytest.mark.parametrize("part", [0.15, 0.06])
def test_with_fewer_frauds_errors_stay_as_rare_and_less_is_told(
    part: float, pool: Pool, recipes: list[Floats], degraded: list[tuple[Floats, Floats]]
) -> None:
    alike = rates("one recipe", *verdicts(pool, [(recipes[one], recipes[-1 - one]) for one in range(MODELS // 2)] * 4, part))
    lost = rates("twice the margin lost", *verdicts(pool, degraded * 5, part))
    assert alike["WORSE"] <= 0.05
    assert lost["promotes"] <= 0.05


def test_three_hundred_rows_are_not_enough_and_the_number_that_is_missing_is_told(pool: Pool, recipes: list[Floats]) -> None:
    rulings, frauds = verdicts(pool, itertools.pairwise(recipes), part=300 / (14 * 4_100))
    assert rates("300 rows", rulings, frauds)["NOT ENOUGH DATA"] == 1.0
    assert all("more matured frauds would tell" in one.reason for one in rulings)


def test_a_slice_that_was_lost_is_named_though_the_whole_is_as_good(pool: Pool, recipes: list[Floats]) -> None:
    """The scores of one slice are scrambled; the champion is worse elsewhere by as much, so that average precision is the same."""
    night = pool.tested[np.flatnonzero(cuts(pool.features.take(pool.tested), np.ones(len(pool.tested)), SLICING)[1].place == 0)]
    random = np.random.default_rng(1)
    member, noise = scrambled(recipes[0], night, random), random.normal(size=len(recipes[0]))
    cost = pool.true_average_precision(recipes[0]) - pool.true_average_precision(member)
    champion = noisy(recipes[0], noise, noise_that_costs(pool, recipes[0], noise, cost))
    rulings, frauds = verdicts(pool, [(member, champion)] * 20)
    rates("a slice lost", rulings, frauds)
    assert all(one.verdict == "WORSE" and "among time_night" in one.reason for one in rulings)
    assert not any("among time_morning" in one.reason or "among amount" in one.reason for one in rulings)
