"""Why a score is what it is: contributions add up to it, for every learner, and are listed for the alerts."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from pipeline.data.names import ALERT_RANK, IS_FRAUD, TRANSACTION_ID, reasons_schema
from pipeline.scoring import tree_tables
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.logistic import Logistic
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model
from pipeline.scoring.nightly import score_night
from pipeline.scoring.reasons import ModelExplainer, explain_alerts
from pipeline.scoring.sampling import Floats
from pipeline.scoring.tails import with_tails
from tests.oracles import reasons as oracle
from tests.oracles.fraud_rows import COLUMNS, labelled_rows, trained

ROWS = labelled_rows()
TONIGHT = labelled_rows(2000, seed=1).drop([IS_FRAUD])
SPACING = 2.0**-53  # of doubles below 1
STRANGE = [[math.nan] * 3, [1e300, 1.0, 1.0], [-1e300, math.nan, 0.0], [math.inf, 0.5, 0.0], [0.0, 0.0, math.nan]]


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def model(request: pytest.FixtureRequest) -> Model:
    return trained(ROWS, share=0.3, learner=request.param)


def strange_rows() -> pa.Table:
    return pa.table(dict(zip(COLUMNS, np.array(STRANGE).T, strict=True)))


def added_up(model: Model, rows: pa.Table) -> Floats:
    """Base and contributions of each row."""
    explainer = ModelExplainer.of(model)
    return np.asarray(explainer.base + explainer.contributions(rows).sum(axis=1))


@pytest.mark.parametrize("rows", [TONIGHT, strange_rows()], ids=["tonight", "strange"])
def test_base_and_contributions_add_up_to_the_log_odds_of_the_score(model: Model, rows: pa.Table) -> None:
    log_odds, score = added_up(model, rows), model.score(rows)
    told = (score > 0) & (score < 1)
    off = np.abs(log_odds[told] - np.log(score[told] / (1 - score[told])))
    assert (off <= 1e-9 + 2 * SPACING / (model.manifest.share * (1 - score[told]))).all()
    np.testing.assert_allclose(expit(log_odds), score, rtol=1e-12, atol=1e-15)


def test_the_scores_of_a_night_are_met_to_1e_9_without_exception(model: Model) -> None:
    log_odds, score = added_up(model, TONIGHT), model.score(TONIGHT)
    assert np.abs(log_odds - np.log(score / (1 - score))).max() < 1e-9


def test_contributions_of_a_row_are_the_same_bits_in_a_batch_of_any_size(model: Model) -> None:
    explainer = ModelExplainer.of(model)
    together = explainer.contributions(TONIGHT)
    for size in (1, 7, 300):
        parts = [explainer.contributions(batch) for batch in TONIGHT.slice(0, 20 * size).to_batches(max_chunksize=size)]
        assert np.array_equal(np.concatenate(parts), together[: 20 * size])


def test_trees_of_a_trained_model_with_tails_are_explained_by_the_shapley_values_of_its_columns() -> None:
    model = trained(ROWS)
    rows = TONIGHT.slice(0, 6)
    fitted = model.fitted
    assert [tail.column for tail in fitted.tails] == ["amount", "terminal_fraud_rate_7d"]
    trees = [tree.nodes for (tree,) in fitted.classifier._predictors]  # type: ignore[attr-defined]
    wide = with_tails(as_matrix(rows, COLUMNS), fitted.columns, fitted.tails)
    slow = [oracle.shapley_values(trees, row, [0, 1, 2, 0, 1]) for row in wide.tolist()]
    np.testing.assert_allclose(ModelExplainer.of(model).contributions(rows), slow, rtol=0, atol=1e-12)


def test_a_linear_model_is_explained_by_slope_times_deviations_from_the_mean() -> None:
    model = trained(ROWS, learner="linear_sgd")
    logistic, fitted = model.fitted.classifier, model.fitted
    assert isinstance(logistic, Logistic)
    rows, scaling = TONIGHT.slice(0, 50), logistic.scaling
    wide = with_tails(as_matrix(rows, COLUMNS), fitted.columns, fitted.tails)
    slopes = logistic.classifier.coef_[0].tolist()
    for told, row in zip(ModelExplainer.of(model).contributions(rows), wide.tolist(), strict=True):
        terms = oracle.linear_terms(row, scaling.fill.tolist(), scaling.mean.tolist(), scaling.deviation.tolist())
        amount, rate, night, amount_tail, rate_tail = (slope * term for slope, term in zip(slopes, terms, strict=True))
        assert told.tolist() == [amount + amount_tail, rate + rate_tail, night]


def test_the_base_of_trees_is_the_mean_of_the_log_odds_of_training() -> None:
    model = trained(ROWS, share=1.0)
    score = model.score(ROWS)
    assert ModelExplainer.of(model).base == pytest.approx(np.log(score / (1 - score)).mean(), abs=1e-9)


def test_few_rows_are_explained_without_tables_and_alike() -> None:
    few, many = (ModelExplainer.of(trained(ROWS), rows) for rows in (500, 501))
    assert [explainer.explainer.tables is None for explainer in (few, many)] == [True, False]  # type: ignore[attr-defined]
    assert few.base == many.base
    np.testing.assert_allclose(few.contributions(TONIGHT.slice(0, 50)), many.contributions(TONIGHT.slice(0, 50)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("numbers", [0, 30_000])  # not even what happens at single leaves; that, but not what happens at several
def test_trees_whose_tables_would_be_too_large_are_explained_leaf_by_leaf(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model, rows = trained(ROWS), TONIGHT.slice(0, 50)
    looked_up = ModelExplainer.of(model).contributions(rows)
    monkeypatch.setattr(tree_tables, "NUMBERS", numbers)
    monkeypatch.setattr(tree_tables.Tables, "contributions", None)  # not to be called
    np.testing.assert_allclose(ModelExplainer.of(model).contributions(rows), looked_up, rtol=0, atol=1e-12)


def test_the_alerts_are_listed_by_rank_with_every_feature_in_the_order_of_its_push(model: Model) -> None:
    scored = score_night(model, TONIGHT.to_batches(), TONIGHT.schema, budget=7)
    told, scores = explain_alerts(model, scored.alerts), scored.scores
    ranked = scores.filter(pa.compute.is_valid(scores[ALERT_RANK])).sort_by(ALERT_RANK)
    assert told.rows.schema == reasons_schema(pa.int64())
    assert told.rows[TRANSACTION_ID].to_pylist() == [key for key in ranked[TRANSACTION_ID].to_pylist() for _ in COLUMNS]
    assert told.rows["place"].to_pylist() == [1, 2, 3] * 7
    by_key = {row[TRANSACTION_ID]: row for row in TONIGHT.to_pylist()}
    for row in told.rows.to_pylist():
        assert row["value"] == by_key[row[TRANSACTION_ID]][row["feature"]]
    pushes = np.array(told.rows["contribution"].to_pylist()).reshape(7, 3)
    assert (np.diff(pushes, axis=1) <= 0).all()
    score = ranked["score"].to_numpy()
    assert told.base + pushes.sum(axis=1) == pytest.approx(np.log(score / (1 - score)), abs=1e-9)


@pytest.mark.parametrize("key", [pa.int64(), pa.string()])
def test_a_night_without_rows_has_no_reasons(model: Model, key: pa.DataType) -> None:
    empty = TONIGHT.slice(0, 0)
    empty = empty.set_column(empty.schema.get_field_index(TRANSACTION_ID), TRANSACTION_ID, pa.array([], key))
    told = explain_alerts(model, score_night(model, [], empty.schema, budget=7).alerts)
    assert (told.rows.num_rows, told.rows.schema) == (0, reasons_schema(key))


@pytest.mark.parametrize("learner", sorted(LEARNERS))
def test_a_classifier_of_another_learner_is_refused(learner: str) -> None:
    (other,) = LEARNERS.keys() - {learner}
    with pytest.raises(TypeError, match=r"^a \w+ (has no trees|is no linear model)"):
        _ = LEARNERS[other].explainer(trained(ROWS, learner=learner).fitted, 1).base
