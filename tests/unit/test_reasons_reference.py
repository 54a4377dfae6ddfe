"""The reasons of 1,000 rows of the default view beside those of the library that wrote the method down."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import logit

from bench.parts.explained_rows import Explained, world
from pipeline.features.handbook import VIEW
from pipeline.scoring.reasons import ModelExplainer
from tests.oracles import library_reasons

pytestmark = pytest.mark.slow

THEIRS = {"boosted_trees": library_reasons.of_trees, "linear_sgd": library_reasons.of_line}
CLOSE = 1e-9  # in log-odds; measured: 1e-14


@pytest.fixture(scope="module")
def made() -> Explained:
    return world(0.1)


@pytest.fixture
def rows(made: Explained) -> pa.Table:
    """The hundred likeliest frauds, and others drawn from all days."""
    by_score = np.argsort(-made.models["boosted_trees"].score(made.features), kind="stable")
    others = np.random.default_rng(0).permutation(by_score[100:])[:900]
    return made.features.take(np.concatenate([by_score[:100], others]))


@pytest.mark.parametrize("learner", sorted(THEIRS))
def test_a_thousand_rows_have_the_reasons_that_the_library_finds(made: Explained, rows: pa.Table, learner: str) -> None:
    model = made.models[learner]
    base, contributions = THEIRS[learner](model.fitted, rows)
    ours = ModelExplainer.of(model)
    assert contributions.shape == (1000, 15) == (rows.num_rows, len(VIEW.columns))
    assert model.fitted.tails, "columns with tails, which the library does not know, are among them"
    np.testing.assert_allclose(ours.contributions(rows), contributions, rtol=0, atol=CLOSE)
    assert ours.base == pytest.approx(base + np.log(model.manifest.share), abs=CLOSE)


@pytest.mark.parametrize("learner", sorted(THEIRS))
def test_what_the_library_finds_adds_up_to_the_log_odds_of_our_scores(made: Explained, rows: pa.Table, learner: str) -> None:
    model = made.models[learner]
    base, contributions = THEIRS[learner](model.fitted, rows)
    score = model.score(rows)
    told = score < 1 - 1e-5  # nearer to 1 the score does not tell its log-odds
    assert told.sum() > 900
    added = base + np.log(model.manifest.share) + contributions.sum(axis=1)
    np.testing.assert_allclose(added[told], logit(score[told]), rtol=0, atol=CLOSE)
