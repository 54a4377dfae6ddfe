"""A model is a function of its training set, and a score is a function of its row."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.data.names import ALERT_RANK, IS_FRAUD, OCCURRED_AT, SCORE, TRANSACTION_ID, scores_schema
from pipeline.scoring.alerts import alert_ranks
from pipeline.scoring.golden import golden_rows
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Manifest
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import LIBRARIES, MINIMUM_FRAUDS, Model, check_view, train
from pipeline.scoring.nightly import score_night
from pipeline.scoring.saving import serialize
from tests.oracles import scoring as oracle
from tests.oracles.fraud_rows import COLUMNS, LINEAGE, labelled_rows, sampled, trained

ROWS = labelled_rows()
TONIGHT = labelled_rows(2000, seed=1).drop([IS_FRAUD])
ELSEWHERE = """
import hashlib
import sys
from pipeline.scoring.saving import serialize
from tests.oracles.fraud_rows import labelled_rows, trained
model = trained(labelled_rows(), learner=sys.argv[1])
print(model.version, hashlib.sha256(serialize(model)).hexdigest())
"""


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def model(request: pytest.FixtureRequest) -> Model:
    return trained(ROWS, learner=request.param)


def test_the_same_rows_in_another_order_and_other_chunks_make_the_same_model(model: Model) -> None:
    order = np.random.default_rng(3).permutation(ROWS.num_rows)
    shuffled = pa.concat_tables([ROWS.take(order[:100]), ROWS.take(order[100:])])
    again = trained(shuffled, learner=model.manifest.learner)
    assert again.manifest == model.manifest
    assert serialize(again) == serialize(model)
    assert np.array_equal(again.score(TONIGHT), model.score(TONIGHT))


@pytest.mark.slow
def test_another_process_with_two_threads_makes_the_same_model(model: Model) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "99"}
    command = [sys.executable, "-c", ELSEWHERE, model.manifest.learner]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert told.split() == [model.version, hashlib.sha256(serialize(model)).hexdigest()]


def test_one_label_more_makes_another_version(model: Model) -> None:
    first_genuine = int(np.flatnonzero(~ROWS[IS_FRAUD].to_numpy())[0])
    labels = ROWS[IS_FRAUD].to_numpy().copy()
    labels[first_genuine] = True
    relabelled = ROWS.set_column(ROWS.schema.get_field_index(IS_FRAUD), IS_FRAUD, pa.array(labels))
    other = trained(relabelled, learner=model.manifest.learner)
    assert other.version != model.version
    assert other.manifest.frauds == model.manifest.frauds + 1


def test_a_version_names_night_learner_and_content(model: Model) -> None:
    night, learner, digest = model.version[:10], model.version[11:-9], model.version[-8:]
    assert (night, learner) == ("2026-11-20", model.manifest.learner)
    assert int(digest, 16) >= 0


@pytest.mark.parametrize("size", [1, 7, 256, 2000])
def test_a_score_is_the_same_bits_in_a_batch_of_any_size(model: Model, size: int) -> None:
    part = TONIGHT.slice(0, 40 * size)
    together = model.score(part)
    assert np.array_equal(np.concatenate([model.score(batch) for batch in part.to_batches(max_chunksize=size)]), together)


def test_scores_are_probabilities_and_no_features_have_no_scores(model: Model) -> None:
    scores = model.score(TONIGHT)
    assert scores.shape == (TONIGHT.num_rows,)
    assert ((scores > 0) & (scores < 1)).all()
    assert model.score(TONIGHT.slice(0, 0)).shape == (0,)


def test_the_model_finds_fraud_in_rows_it_has_not_seen(model: Model) -> None:
    from sklearn.metrics import roc_auc_score

    tomorrow = labelled_rows(4000, seed=2)
    assert roc_auc_score(tomorrow[IS_FRAUD].to_numpy(), model.score(tomorrow)) > 0.7


@pytest.mark.parametrize("learner", sorted(LEARNERS))
@pytest.mark.parametrize("share", [1.0, 0.3, 0.1])
def test_scores_are_calibrated_whatever_the_share_of_the_genuine_that_was_learned_from(share: float, learner: str) -> None:
    model = trained(labelled_rows(40_000), share, learner=learner)
    tomorrow = labelled_rows(20_000, seed=2)
    frauds = tomorrow[IS_FRAUD].to_numpy().sum()
    uncorrected = model.fitted.probabilities(as_matrix(tomorrow, COLUMNS))
    assert model.score(tomorrow).sum() == pytest.approx(frauds, rel=0.15)
    assert (uncorrected.sum() > 1.8 * frauds) == (share < 1)


def test_in_the_quantiles_of_training_a_sampled_genuine_row_stands_for_those_left_out(model: Model) -> None:
    training = sampled(ROWS)
    scores = model.score_rows(training.rows).tolist()
    weights = [1.0 if fraud else 2.0 for fraud in training.is_fraud]
    distribution = model.manifest.distribution
    assert list(distribution.scores) == [oracle.quantile(scores, weights, level) for level in distribution.levels]


def test_a_column_that_the_features_do_not_hold_is_named(model: Model) -> None:
    with pytest.raises(NoModelError, match="the model reads is_night, which these features do not hold"):
        model.score(TONIGHT.drop(["is_night"]))


def test_a_model_scores_only_its_own_view(model: Model) -> None:
    check_view(model, LINEAGE.view)
    with pytest.raises(
        NoModelError, match=f"{model.version} was trained on view 0123456789abcdef and tonight's features are feedfeedfeedfeed"
    ):
        check_view(model, "feedfeedfeedfeed")


def test_too_few_frauds_train_nothing_and_the_refusal_says_how_many_there_are() -> None:
    frauds = np.flatnonzero(ROWS[IS_FRAUD].to_numpy())
    genuine = np.flatnonzero(~ROWS[IS_FRAUD].to_numpy())
    few = ROWS.take(np.concatenate([frauds[: MINIMUM_FRAUDS - 1], genuine]))
    with pytest.raises(NoModelError, match=f"{MINIMUM_FRAUDS - 1} frauds have matured and a first model needs {MINIMUM_FRAUDS}"):
        trained(few)
    assert trained(ROWS.take(np.concatenate([frauds[:MINIMUM_FRAUDS], genuine]))).manifest.frauds == MINIMUM_FRAUDS


def test_frauds_alone_train_nothing() -> None:
    with pytest.raises(NoModelError, match="a model needs genuine ones too"):
        trained(ROWS.filter(ROWS[IS_FRAUD]))


def test_an_infinite_feature_trains_nothing_and_is_named() -> None:
    training = sampled(ROWS)
    spoilt = training.rows.copy()
    spoilt[5, 1] = np.inf
    with pytest.raises(NoModelError, match="feature terminal_fraud_rate_7d holds infinite values"):
        train(dataclasses.replace(training, rows=spoilt), LINEAGE, LEARNERS["boosted_trees"], 7)


def test_the_manifest_says_what_the_model_was_made_of(model: Model) -> None:
    manifest = model.manifest
    assert manifest.lineage == LINEAGE
    assert (manifest.seed, manifest.share, manifest.columns) == (7, 0.5, COLUMNS)
    assert manifest.parameters == LEARNERS[manifest.learner].parameters
    assert manifest.frauds == ROWS[IS_FRAUD].to_numpy().sum()
    assert set(manifest.libraries) == set(LIBRARIES)
    assert [tail.column for tail in manifest.tails] == ["amount", "terminal_fraud_rate_7d"]
    assert len(manifest.golden.rows) == len(manifest.golden.scores) == 64
    assert manifest.golden.rows[-1] == (None, None, None)


def test_no_golden_row_holds_a_negative_zero_which_a_database_would_lose() -> None:
    rows = golden_rows(np.array([[-0.0], [5.0]]), np.array([0.1, 0.2]))
    assert [str(value) for value in rows[:, 0]] == ["0.0", "5.0", "nan"]


def test_a_manifest_comes_back_equal_from_text_that_a_database_has_rearranged(model: Model) -> None:
    """PostgreSQL's `jsonb` reorders keys and writes numbers without exponent."""
    wide = dataclasses.replace(model.manifest, golden=dataclasses.replace(model.manifest.golden, scores=(1e16, 1e-07)))
    text = (
        json.dumps(dict(reversed(json.loads(wide.to_json()).items())), indent=3)
        .replace("1e+16", "10000000000000000")
        .replace("1e-07", "0.0000001")
    )
    assert Manifest.from_json(text) == wide
    assert Manifest.from_json(text).to_json() == wide.to_json()


@pytest.mark.parametrize(
    ("old", "new"), [('"seed":7', '"seed":"x"'), ('"seed":7,', ""), ('"seed":7', '"seed":7,"mood":"good"'), ("{", "[")]
)
def test_what_is_no_manifest_is_refused_in_one_line(model: Model, old: str, new: str) -> None:
    with pytest.raises(CorruptionError, match=r"^this is not the manifest of a model [^\n]*$"):
        Manifest.from_json(model.manifest.to_json().replace(old, new))


def test_a_night_scored_in_batches_is_the_table_of_scores(model: Model) -> None:
    night = score_night(model, TONIGHT.to_batches(max_chunksize=300), TONIGHT.schema, budget=10).scores
    assert night.schema == scores_schema(pa.int64())
    assert night[TRANSACTION_ID].equals(TONIGHT[TRANSACTION_ID])
    assert night[OCCURRED_AT].equals(TONIGHT[OCCURRED_AT])
    assert np.array_equal(night[SCORE].to_numpy(), model.score(TONIGHT))
    ranks = alert_ranks(TONIGHT[TRANSACTION_ID], TONIGHT["amount_cents"].to_numpy(), night[SCORE].to_numpy(), 10)
    assert night[ALERT_RANK].combine_chunks().equals(ranks)


@pytest.mark.parametrize("rows", [97, 300, 10_000])
def test_however_a_night_is_cut_its_scores_and_alerts_are_the_same(model: Model, rows: int) -> None:
    cut = score_night(model, TONIGHT.to_batches(max_chunksize=rows), TONIGHT.schema, budget=10)
    ranks = cut.scores[ALERT_RANK].combine_chunks().fill_null(0).to_numpy()
    assert np.array_equal(cut.scores[SCORE].to_numpy(), model.score(TONIGHT))
    assert cut.alerts.equals(TONIGHT.take([int(np.flatnonzero(ranks == rank)[0]) for rank in range(1, 11)]))
    assert sorted(ranks[ranks > 0].tolist()) == list(range(1, 11))


@pytest.mark.parametrize("key", [pa.int64(), pa.string()])
def test_an_empty_night_is_an_empty_table_of_scores(model: Model, key: pa.DataType) -> None:
    place = TONIGHT.schema.get_field_index(TRANSACTION_ID)
    empty = score_night(model, [], TONIGHT.schema.set(place, pa.field(TRANSACTION_ID, key)), budget=10).scores
    assert (empty.num_rows, empty.schema) == (0, scores_schema(key))
