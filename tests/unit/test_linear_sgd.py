"""The learner that learns on moves with what is fresh, forgets little, and never touches the model it came from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import skops.io
from sklearn.metrics import roc_auc_score

from pipeline.data.names import IS_FRAUD, TRANSACTION_ID
from pipeline.scoring.boosted_trees import BoostedTrees
from pipeline.scoring.learner import Fitted
from pipeline.scoring.linear_sgd import LinearSgd, rehearsed
from pipeline.scoring.logistic import Logistic, scaling_of
from pipeline.scoring.model import Model, train
from pipeline.scoring.sampling import correct_for_sampling
from pipeline.scoring.saving import load, serialize
from pipeline.scoring.signing import sign
from pipeline.scoring.training import TrainingSet, training_set
from tests.oracles.fraud_rows import COLUMNS, LINEAGE, labelled_rows, sampled

LEARNER = LinearSgd()
YESTERDAY = sampled(labelled_rows(12_000))
KEY = bytes(32)


def drifted(rows: int, seed: int) -> pa.Table:
    """Rows of a new pattern: fraud happens at night, whatever the amount."""
    table = labelled_rows(rows, seed)
    is_fraud = (table["is_night"].to_numpy() > 0) & (np.random.default_rng(seed).random(rows) < 0.5)
    return table.set_column(table.schema.get_field_index(IS_FRAUD), IS_FRAUD, pa.array(is_fraud))


def with_fresh(older: TrainingSet, fresh: TrainingSet) -> TrainingSet:
    """The older rows, and after them the fresh ones."""
    rows, is_fraud = np.vstack([older.rows, fresh.rows]), np.append(older.is_fraud, fresh.is_fraud)
    new = np.repeat([False, True], [len(older.rows), len(fresh.rows)])
    return dataclasses.replace(older, rows=rows, is_fraud=is_fraud, fresh=new, share=fresh.share)


TODAY = with_fresh(YESTERDAY, sampled(drifted(1500, 11)))


@pytest.fixture(scope="module")
def earlier() -> Fitted:
    return LEARNER.fit(YESTERDAY, 7)


def auc(fitted: Fitted, rows: TrainingSet) -> float:
    return float(roc_auc_score(rows.is_fraud, fitted.probabilities(rows.rows)))


def bits(fitted: Fitted) -> bytes:
    assert isinstance(fitted.classifier, Logistic)
    return b"".join(part.tobytes() for part in (fitted.classifier.classifier.coef_, fitted.classifier.classifier.intercept_))


def test_an_update_leaves_the_earlier_model_as_it_is_to_the_last_byte() -> None:
    parent = train(YESTERDAY, LINEAGE, LEARNER, 7)
    saved, scores = serialize(parent), parent.score_rows(TODAY.rows)
    child = train(TODAY, LINEAGE, LEARNER, 7, parent)
    assert serialize(parent) == saved
    assert np.array_equal(parent.score_rows(TODAY.rows), scores)
    assert not np.array_equal(child.score_rows(TODAY.rows), scores)


def test_updates_follow_a_stream_that_drifts_where_the_frozen_model_fails(earlier: Fitted) -> None:
    later, training = earlier, YESTERDAY
    for night in range(5):
        training = with_fresh(training, sampled(drifted(1500, 20 + night)))
        later = LEARNER.update(later, training, night)
    tomorrow = sampled(drifted(4000, 99))
    assert auc(earlier, tomorrow) < 0.65
    assert auc(later, tomorrow) > 0.85


def test_what_was_learned_before_is_not_forgotten_for_a_night_without_it(earlier: Fitted) -> None:
    known_before = sampled(labelled_rows(4000, 98))
    assert auc(LEARNER.update(earlier, TODAY, 7), known_before) > auc(earlier, known_before) - 0.03


def test_the_same_rows_and_seed_give_the_same_bits_and_another_seed_others(earlier: Fitted) -> None:
    assert bits(LEARNER.fit(YESTERDAY, 7)) == bits(earlier) != bits(LEARNER.fit(YESTERDAY, 8))
    once, again, other = (LEARNER.update(earlier, TODAY, seed) for seed in (7, 7, 8))
    assert bits(once) == bits(again) != bits(other)


def test_a_model_that_was_saved_learns_on_as_the_one_that_was_not() -> None:
    parent = train(YESTERDAY, LINEAGE, LEARNER, 7)
    loaded = load(serialize(parent), sign(parent.manifest, serialize(parent), KEY), KEY)
    children: list[Model] = [train(TODAY, LINEAGE, LEARNER, 7, one) for one in (parent, loaded)]
    assert children[0].version == children[1].version
    assert serialize(children[0]) == serialize(children[1])


@pytest.mark.parametrize("fraud", [False, True])
def test_a_class_may_be_missing_among_the_fresh_rows_and_their_replay(earlier: Fitted, fraud: bool) -> None:
    training = dataclasses.replace(YESTERDAY, fresh=YESTERDAY.is_fraud == fraud)
    of_one_class = dataclasses.replace(LEARNER, replay=0)
    later = of_one_class.update(earlier, training, 7).probabilities(YESTERDAY.rows)
    assert np.isfinite(later).all()
    assert (later.mean() > earlier.probabilities(YESTERDAY.rows).mean()) == fraud


def test_nothing_fresh_teaches_nothing(earlier: Fitted) -> None:
    stale = dataclasses.replace(YESTERDAY, fresh=np.zeros_like(YESTERDAY.fresh))
    assert bits(LEARNER.update(earlier, stale, 7)) == bits(earlier)


def test_the_replay_is_the_same_rows_whoever_draws() -> None:
    table = labelled_rows(3000, seed=4)
    replays = []
    for rows in (table, table.take(np.random.default_rng(3).permutation(table.num_rows))):
        training = training_set(rows, COLUMNS, 1.0, fresh=rows[TRANSACTION_ID].to_numpy() % 50 == 0)
        replays.append(training.rows[rehearsed(training.fresh, 4, seed=7)])
    assert len(replays[0]) == 60 + 4 * 60
    assert np.array_equal(replays[0], replays[1], equal_nan=True)


def test_the_replay_holds_all_that_is_fresh_and_so_many_times_as_much_of_what_is_older() -> None:
    fresh = np.arange(1000) % 100 == 0
    places = rehearsed(fresh, 9, seed=7)
    assert fresh[places].sum() == 10
    assert len(places) == len(set(places)) == 100
    assert len(rehearsed(fresh, 200, seed=7)) == 1000, "all there are"
    assert not np.array_equal(places, rehearsed(fresh, 9, seed=8))


def test_an_update_stays_calibrated_where_fewer_of_the_genuine_are_left_than_before() -> None:
    """A cap on the rows lowers the share, here to a third, and 150 fresh transactions alone could not teach the model that."""
    first = LEARNER.fit(sampled(labelled_rows(40_000), 0.9), 7)
    capped = with_fresh(sampled(labelled_rows(40_000), 0.3), sampled(labelled_rows(150, seed=11), 0.3))
    later = LEARNER.update(first, capped, 7)
    tomorrow = labelled_rows(20_000, seed=2)
    everything = sampled(tomorrow, 1.0)
    scores = correct_for_sampling(later.probabilities(everything.rows), 0.3)
    assert scores.sum() == pytest.approx(everything.frauds, rel=0.1)


def test_a_saved_model_holds_only_the_types_of_the_frozen_list(earlier: Fitted) -> None:
    assert skops.io.get_untrusted_types(data=skops.io.dumps(earlier.classifier)) == sorted(LEARNER.trusted_types)


def test_a_missing_value_counts_as_the_mean_of_the_transactions_and_below_its_tail(earlier: Fitted) -> None:
    column = YESTERDAY.rows[:, 1]
    known = ~np.isnan(column)
    mean = np.average(column[known], weights=YESTERDAY.weight[known])
    filled = np.array([[50.0, np.nan, 0.0], [50.0, mean, 0.0]])
    assert np.ptp(earlier.probabilities(filled)) < 1e-12


def test_a_column_that_was_wholly_missing_in_the_first_set_changes_no_score_until_something_is_learned_of_it() -> None:
    rows = YESTERDAY.rows.copy()
    rows[:, 1] = np.nan
    first = LEARNER.fit(dataclasses.replace(YESTERDAY, rows=rows), 7)
    assert np.array_equal(first.probabilities(rows), first.probabilities(np.nan_to_num(rows, nan=0.0)))
    later = LEARNER.update(first, with_fresh(dataclasses.replace(YESTERDAY, rows=rows), sampled(labelled_rows(3000, 12))), 7)
    tomorrow = sampled(labelled_rows(4000, 97))
    assert auc(later, tomorrow) > auc(first, tomorrow) + 0.02


def test_the_larger_the_amount_the_higher_the_score_far_into_the_tail(earlier: Fitted) -> None:
    amounts = np.array([0.0, 50.0, 200.0, 1e3, np.inf])
    scores = earlier.probabilities(np.column_stack([amounts, np.zeros(5), np.zeros(5)]))
    assert (np.diff(scores) > 0).all()


def test_a_tail_begins_without_a_jump(earlier: Fitted) -> None:
    begins = next(tail.above for tail in earlier.tails if tail.column == "amount")
    rows = np.array([[amount, 0.0, 0.0] for amount in (begins, np.nextafter(begins, np.inf))])
    assert np.ptp(earlier.probabilities(rows)) < 1e-9


def test_scaling_weighs_each_row_by_the_transactions_it_stands_for() -> None:
    rows, weight = np.array([[0.0, 5.0], [10.0, 5.0]]), np.array([1.0, 9.0])
    scaling = scaling_of(rows, weight, np.full(2, np.nan))
    assert scaling.mean.tolist() == [9.0, 5.0]
    assert scaling.standardised(rows).tolist() == [[-3.0, 0.0], [pytest.approx(1 / 3), 0.0]]


def test_trees_are_not_updated_by_another_learner() -> None:
    with pytest.raises(TypeError, match="a HistGradientBoostingClassifier is no classifier of linear_sgd"):
        LEARNER.update(BoostedTrees().fit(YESTERDAY, 7), TODAY, 7)
