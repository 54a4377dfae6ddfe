"""What becomes of hard labels: late, reversed, all of one kind, flipped, twice as many. The chain survives, and poison is not promoted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from pipeline import one_off
from pipeline.core.night import Night
from pipeline.house import open_house
from pipeline.reservoirs import reservoir_at
from tests.learning import FRAUDS, MODELS, ROWS, drawn_trade, learning_world, ledger, night, run_nights
from tests.worlds import Trade, World, label

pytestmark = pytest.mark.slow

FIRST_MODEL, COMPARED = 5, 13  # places: the first night that trains a model, and the first whose challenger has a week to be compared on
Make = Callable[[str], World]
InEffect = Callable[[World], None]


def known_later(trade: Trade, places: range, place: int) -> Trade:
    """The labels of these nights become known at noon of the night at `place`."""
    noon = Night.parse(night(place)).start + dt.timedelta(hours=12)
    return replace(trade, labels=[{**one, "known_at": noon} if place_of(one) in places else one for one in trade.labels])


def flipped(trade: Trade, place: int, share: float) -> Trade:
    """The label of `share` of a night's transactions, frauds and genuine alike, says the opposite."""
    rng, frauds = np.random.default_rng(place), {one["transaction_id"] for one in trade.labels}
    lying = [one for one in trade.transactions if place_of(one) == place and rng.random() < share]
    lies = {
        one["transaction_id"]: label(one["transaction_id"], known_soon(one), is_fraud=one["transaction_id"] not in frauds) for one in lying
    }
    return replace(trade, labels=[*(one for one in trade.labels if one["transaction_id"] not in lies), *lies.values()])


def without_labels_of(trade: Trade, customers: range, since: int) -> Trade:
    """The frauds of these customers are never found from the night at `since` on."""
    hidden = {one["transaction_id"] for one in trade.transactions if one["customer_id"] in customers and place_of(one) >= since}
    return replace(trade, labels=[one for one in trade.labels if one["transaction_id"] not in hidden])


def place_of(row: dict[str, object]) -> int:
    return int(str(row["transaction_id"])) // 1000


def known_soon(row: dict[str, object]) -> dt.datetime:
    occurred_at = row["occurred_at"]
    assert isinstance(occurred_at, dt.datetime)
    return occurred_at + dt.timedelta(hours=6)


def outcomes(world: World, places: Iterable[int]) -> list[str]:
    told = ledger(world)
    return [told[night(place)][0] for place in places]


def reasons(world: World, places: Iterable[int]) -> list[str]:
    told = ledger(world)
    return [told[night(place)][1] for place in places]


def assert_every_night_is_published_and_entered(world: World, nights: int) -> None:
    published = world.rows("SELECT DISTINCT night FROM scoring.current_prediction ORDER BY night")
    assert [str(row.night) for row in published] == [night(place) for place in range(FIRST_MODEL + 1, nights)]
    assert set(outcomes(world, range(FIRST_MODEL))) == {"skipped"}
    assert set(outcomes(world, range(FIRST_MODEL, nights))) <= {"promoted", "kept"}


def training_hashes(world: World) -> dict[str, str]:
    rows = world.rows("SELECT night, manifest::jsonb ->> 'training_sha256' AS sha256 FROM scoring.model_version")
    return {str(row.night): row.sha256 for row in rows}


def exclude(place: int, at: dt.datetime) -> None:
    with open_house(clock=lambda: at) as house:
        one_off.exclude(house, Night.parse(night(place)), "test", "its labels are wrong")


# Four nights of labels that come on the fifth


LATE = range(13, 17)
COME_AT = 18
LATE_NIGHTS = 23


@pytest.fixture(scope="module")
def in_time(make: Make) -> World:
    world = learning_world(make("in_time"), LATE_NIGHTS + 1, view="tests.learning:UNLABELLED_VIEW", subsample=0.5)
    assert run_nights(world, range(LATE_NIGHTS)) == []
    return world


@pytest.fixture(scope="module")
def late(make: Make) -> World:
    trade = known_later(drawn_trade(LATE_NIGHTS), LATE, COME_AT)
    world = learning_world(make("late"), LATE_NIGHTS, trade, view="tests.learning:UNLABELLED_VIEW", subsample=0.5)
    assert run_nights(world, range(LATE_NIGHTS)) == []
    return world


def test_while_no_labels_come_every_night_is_published_and_no_challenger_that_learned_of_it_is_promoted(late: World) -> None:
    assert_every_night_is_published_and_entered(late, LATE_NIGHTS)
    assert outcomes(late, range(LATE.start + 1, COME_AT)) == ["kept"] * 4
    assert all("night_rate_ratio.min" in reason for reason in reasons(late, range(LATE.start + 1, COME_AT)))


def test_when_the_labels_come_at_last_challengers_are_promoted_again(late: World) -> None:
    """At first the week to compare on holds too few of them, which is all that is held against a challenger."""
    after = range(COME_AT, LATE_NIGHTS)
    assert outcomes(late, after[-3:]) == ["promoted"] * 3
    assert all("night_rate_ratio" not in reason and "WORSE" not in reason for reason in reasons(late, after))


def test_labels_that_came_late_train_the_same_in_the_end_as_labels_that_came_in_time(late: World, in_time: World) -> None:
    waited, informed = training_hashes(late), training_hashes(in_time)
    differ = {place for place in range(FIRST_MODEL, LATE_NIGHTS) if waited[night(place)] != informed[night(place)]}
    assert differ == set(range(LATE.start + 1, COME_AT + 1))  # at COME_AT the rows are the same, but more of them are fresh


def test_a_yearly_anchor_whose_file_is_lost_keeps_no_challenger(in_time: World, in_effect: InEffect) -> None:
    in_effect(in_time)
    anchor, second = (
        in_time.rows(f"SELECT version, path FROM scoring.model_version WHERE night = '{night(place)}'")[0]
        for place in (FIRST_MODEL, FIRST_MODEL + 1)
    )
    by_hand = Night.parse(night(FIRST_MODEL + 2)).start  # so that the anchor is not also the champion that is compared
    with open_house(clock=lambda: by_hand) as house:
        one_off.promote(house, second.version, one_off.Assignment("test", "another champion than the anchor"))
    (in_time.home / ".nightshift" / "lake" / anchor.path).unlink()
    assert run_nights(in_time, [LATE_NIGHTS]) == []
    checks = in_time.rows(f"SELECT check_name FROM scoring.evaluation WHERE gate = 'challenger' AND night = '{night(LATE_NIGHTS)}'")
    assert {"not_worse"} == {check for (check,) in checks if str(check).startswith("not_worse")}


# A label that is taken back


TAKEN_BACK, BY_THEN = 4003, 10  # a fraud of the fifth night, and the night in which it turns out to be none


def test_from_the_night_on_in_which_it_is_taken_back_a_label_counts_as_genuine_and_earlier_models_keep_their_hash(make: Make) -> None:
    trade = drawn_trade(BY_THEN + 2)
    back = label(TAKEN_BACK, Night.parse(night(BY_THEN)).start + dt.timedelta(hours=3), is_fraud=False)
    world = learning_world(make("taken_back"), BY_THEN + 2, Trade(trade.transactions, [*trade.labels, back]))
    assert run_nights(world, range(BY_THEN)) == []
    before = world.rows(MODELS)
    assert run_nights(world, range(BY_THEN, BY_THEN + 2)) == []
    assert world.rows(MODELS)[: len(before)] == before
    assert_every_night_is_published_and_entered(world, BY_THEN + 2)
    with world.house() as house, house.warehouse.begin() as connection:
        is_fraud = {}
        for place in range(FIRST_MODEL, BY_THEN + 2):
            rows = reservoir_at(house, connection, Night.parse(night(place))).rows
            is_fraud[place] = dict(zip(rows["transaction_id"].to_pylist(), rows["is_fraud"].to_pylist(), strict=True))[TAKEN_BACK]
        assert is_fraud == {place: place < BY_THEN for place in range(FIRST_MODEL, BY_THEN + 2)}
        assert {row.version: one_off.rebuild(house, row.version) for row in before} == {row.version: row.sha256 for row in before}


# A night without frauds


QUIET, QUIET_NIGHTS = 7, 18


@pytest.fixture(scope="module")
def quiet(make: Make) -> World:
    world = learning_world(make("quiet"), QUIET_NIGHTS, drawn_trade(QUIET_NIGHTS, lambda place: 0 if place == QUIET else FRAUDS))
    assert run_nights(world, range(QUIET_NIGHTS)) == []
    return world


def test_a_night_without_frauds_is_strange_and_no_challenger_that_learned_from_it_is_promoted(quiet: World) -> None:
    assert outcomes(quiet, range(FIRST_MODEL + 1, QUIET + 9)) == ["kept"] * 10
    assert all("night_rate_ratio.min is 0.142857143" in reason for reason in reasons(quiet, range(COMPARED, QUIET + 9)))


def test_as_soon_as_nights_that_neither_model_had_seen_have_shown_it_harmless_challengers_are_promoted(quiet: World) -> None:
    assert outcomes(quiet, [QUIET + 9]) == ["promoted"]  # the model of QUIET + 1, which learned from it, is compared on the week after
    assert_every_night_is_published_and_entered(quiet, QUIET_NIGHTS)


# A night of which 30 % of the labels are flipped, and a night of nothing but frauds; a person excludes each


FLIPPED, ALL_FRAUDS, POISONED_NIGHTS = 13, 18, 22


@pytest.fixture(scope="module")
def poisoned(make: Make) -> World:
    trade = drawn_trade(POISONED_NIGHTS, lambda place: 2 * ROWS if place == ALL_FRAUDS else FRAUDS, rows=2 * ROWS)
    world = learning_world(make("poisoned"), POISONED_NIGHTS, flipped(trade, FLIPPED, 0.3))
    assert run_nights(world, range(FLIPPED + 3)) == []
    exclude(FLIPPED, Night.parse(night(FLIPPED + 4)).start + dt.timedelta(hours=5))  # after the end of the night FLIPPED + 3
    assert run_nights(world, range(FLIPPED + 3, ALL_FRAUDS + 2)) == []
    exclude(ALL_FRAUDS, Night.parse(night(ALL_FRAUDS + 2)).start + dt.timedelta(hours=5))
    assert run_nights(world, range(ALL_FRAUDS + 2, POISONED_NIGHTS)) == []
    return world


def test_poison_or_not_every_night_is_published_and_entered(poisoned: World) -> None:
    assert_every_night_is_published_and_entered(poisoned, POISONED_NIGHTS)


def test_a_challenger_that_learned_from_a_night_of_30_percent_flipped_labels_is_not_promoted(poisoned: World) -> None:
    assert outcomes(poisoned, [FLIPPED]) == ["promoted"]
    assert outcomes(poisoned, range(FLIPPED + 1, FLIPPED + 3)) == ["kept"] * 2
    assert all("night_rate_ratio.max" in reason for reason in reasons(poisoned, range(FLIPPED + 1, FLIPPED + 3)))


def test_an_exclusion_counts_from_the_first_night_that_ends_after_it_and_then_challengers_are_promoted_again(poisoned: World) -> None:
    assert outcomes(poisoned, [FLIPPED + 3, FLIPPED + 4]) == ["kept", "promoted"]
    excluded = poisoned.rows("SELECT night, manifest::jsonb #> '{lineage,excluded}' AS nights FROM scoring.model_version ORDER BY night")
    told = {str(row.night): row.nights for row in excluded}
    assert told[night(FLIPPED + 3)] == []
    assert told[night(FLIPPED + 4)] == [night(FLIPPED)]


def test_a_challenger_that_learned_from_a_night_of_nothing_but_frauds_is_not_promoted(poisoned: World) -> None:
    assert outcomes(poisoned, [ALL_FRAUDS, ALL_FRAUDS + 1]) == ["promoted", "kept"]
    assert "night_rate_ratio.max" in reasons(poisoned, [ALL_FRAUDS + 1])[0]
    after = reasons(poisoned, range(ALL_FRAUDS + 2, POISONED_NIGHTS))
    assert not any("night_rate_ratio" in reason or "WORSE" in reason for reason in after), "excluded, it holds nobody up"


# Changes that stay: twice as many frauds, and, as a limit of what is caught, half of the frauds no longer found


CHANGED, CHANGED_NIGHTS = 13, 19


def test_a_doubled_fraud_rate_is_learned(make: Make) -> None:
    trade = drawn_trade(CHANGED_NIGHTS, lambda place: 2 * FRAUDS if place >= CHANGED else FRAUDS)
    world = learning_world(make("doubled"), CHANGED_NIGHTS, trade)
    assert run_nights(world, range(CHANGED_NIGHTS)) == []
    assert_every_night_is_published_and_entered(world, CHANGED_NIGHTS)
    assert outcomes(world, range(CHANGED + 1, CHANGED_NIGHTS)).count("promoted") >= 3


def test_half_of_the_frauds_never_found_again_are_not_missed(make: Make) -> None:
    trade = without_labels_of(drawn_trade(CHANGED_NIGHTS), range(15), CHANGED)
    world = learning_world(make("half_found"), CHANGED_NIGHTS, trade)
    assert run_nights(world, range(CHANGED_NIGHTS)) == []
    assert_every_night_is_published_and_entered(world, CHANGED_NIGHTS)
    told = reasons(world, range(CHANGED + 2, CHANGED_NIGHTS))
    assert not any("night_rate_ratio" in reason or "WORSE" in reason for reason in told), "no check speaks of it"
