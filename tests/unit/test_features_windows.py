"""Worked examples of what a window, a delay and a label mean."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from pipeline.features.declarations import AmountRatio, Count, Feature, FraudRate, MeanAmount, NightTime, Weekend
from pipeline.features.view import FeatureView
from tests.oracles.drawn import labels, transactions

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 3, 24, 12, tzinfo=dt.UTC)
NO_LABELS = labels(pa.int64(), [])


def night_of(*rows: tuple[dt.datetime, int], customer: int | None = 1) -> pa.Table:
    """Transactions 0, 1, 2 … of one customer, given as instant and cents."""
    return transactions(pa.int64(), pa.int64(), [(number, at, cents, customer, None) for number, (at, cents) in enumerate(rows)])


def values(feature: Feature, arrived: pa.Table, told: pa.Table = NO_LABELS, timezone: str = "UTC") -> list[float | None]:
    """The only column of a view that declares one feature."""
    view = FeatureView("one", (feature,), timezone)
    return list(view.compute(arrived.slice(0, 0), arrived, told)[view.columns[0]].to_pylist())


def test_a_window_holds_its_last_instant_but_not_its_first() -> None:
    arrived = night_of((NOON - HOUR, 100), (NOON - HOUR + dt.timedelta(microseconds=1), 100), (NOON, 100))
    assert values(Count("customer", (HOUR,)), arrived) == [1, 2, 2]


def test_of_two_transactions_in_one_instant_only_the_later_id_sees_the_other() -> None:
    assert values(Count("customer", (HOUR,)), night_of((NOON, 100), (NOON, 100))) == [1, 2]


def test_a_delayed_window_ends_with_the_instant_that_lies_the_delay_before() -> None:
    arrived = night_of((NOON - 2 * HOUR, 100), (NOON - HOUR, 100), (NOON - HOUR + dt.timedelta(microseconds=1), 100), (NOON, 100))
    assert values(Count("customer", (HOUR,), delay=HOUR), arrived) == [0, 1, 1, 1]


def test_a_mean_is_exact_to_the_cent_and_divided_last() -> None:
    arrived = night_of((NOON - HOUR, 10), (NOON - HOUR, 20), (NOON, 30))
    assert values(MeanAmount("customer", (DAY,)), arrived) == [0.10, 0.15, 0.20]


def test_a_refund_lowers_the_mean() -> None:
    assert values(MeanAmount("customer", (DAY,)), night_of((NOON - HOUR, 500), (NOON, -700))) == [5.0, -1.0]


def test_a_mean_over_an_empty_delayed_window_is_null() -> None:
    assert values(MeanAmount("customer", (DAY,), delay=HOUR), night_of((NOON, 500))) == [None]


def test_a_ratio_is_the_own_amount_over_the_mean_and_null_where_that_is_zero() -> None:
    assert values(AmountRatio("customer", (DAY,)), night_of((NOON - HOUR, 100), (NOON, 300))) == [1.0, 1.5]
    assert values(AmountRatio("customer", (DAY,)), night_of((NOON - HOUR, 100), (NOON, -100))) == [1.0, None]


def test_sums_beyond_63_bits_do_not_disturb_windows_that_fit() -> None:
    huge = 2**62
    arrived = night_of((NOON - 9 * DAY, huge), (NOON - 6 * DAY, huge), (NOON - 3 * DAY, huge), (NOON, 700))
    assert values(MeanAmount("customer", (DAY,)), arrived) == [huge / 100, huge / 100, huge / 100, 7.0]


def test_a_null_entity_has_no_past() -> None:
    assert values(Count("customer", (DAY,)), night_of((NOON, 100), (NOON, 100), customer=None)) == [None, None]


def test_a_fraud_counts_from_the_instant_it_is_known() -> None:
    arrived = night_of((NOON, 100), (NOON + HOUR, 100), (NOON + 2 * HOUR, 100))
    told = labels(pa.int64(), [(0, True, NOON + 2 * HOUR)])
    assert values(FraudRate("customer", (DAY,)), arrived, told) == [0, 0, 1 / 3]


def test_a_fraud_known_early_counts_from_the_end_of_the_delay() -> None:
    arrived = night_of((NOON, 100), (NOON + HOUR, 100), (NOON + 2 * HOUR, 100))
    told = labels(pa.int64(), [(0, True, NOON)])
    assert values(FraudRate("customer", (DAY,), delay=2 * HOUR), arrived, told) == [0, 0, 1]


def test_a_fraud_that_is_taken_back_counts_no_longer() -> None:
    arrived = night_of((NOON, 100), *((NOON + hours * HOUR, 100) for hours in (1, 2, 3, 4)))
    told = labels(pa.int64(), [(0, False, NOON + 3 * HOUR), (0, True, NOON + HOUR)])
    assert values(FraudRate("customer", (DAY,)), arrived, told) == [0, 1 / 2, 1 / 3, 0, 0]


def test_a_fraud_that_is_known_only_after_its_transaction_left_the_window_never_counts() -> None:
    arrived = night_of((NOON, 100), (NOON + 3 * HOUR, 100))
    told = labels(pa.int64(), [(0, True, NOON + 2 * HOUR)])
    assert values(FraudRate("customer", (HOUR,)), arrived, told) == [0, 0]


def test_of_two_labels_known_at_one_instant_the_fraud_wins() -> None:
    arrived = night_of((NOON, 100), (NOON + HOUR, 100))
    for order in ((True, False), (False, True)):
        told = labels(pa.int64(), [(0, is_fraud, NOON) for is_fraud in order])
        assert values(FraudRate("customer", (DAY,)), arrived, told) == [0, 1 / 2]


def test_a_fraud_of_one_customer_says_nothing_about_the_next() -> None:
    rows = [(0, NOON, 100, 1, None), (1, NOON + HOUR, 100, 1, None), (2, NOON, 100, 2, None), (3, NOON + 2 * HOUR, 100, 2, None)]
    told = labels(pa.int64(), [(0, True, NOON)])
    assert values(FraudRate("customer", (DAY,)), transactions(pa.int64(), pa.int64(), rows), told) == [0, 1 / 2, 0, 0]


def test_no_transaction_sees_its_own_label_however_early_it_is_known() -> None:
    told = labels(pa.int64(), [(0, True, NOON - DAY)])
    assert values(FraudRate("customer", (DAY,)), night_of((NOON, 100)), told) == [0]


def test_weekend_and_night_are_those_of_the_views_time_zone() -> None:
    friday_night = dt.datetime(2026, 3, 27, 23, 30, tzinfo=dt.UTC)  # half past midnight on Saturday in Brussels
    arrived = night_of((friday_night, 100))
    assert [values(feature, arrived)[0] for feature in (Weekend(), NightTime())] == [0, 0]
    assert [values(feature, arrived, timezone="Europe/Brussels")[0] for feature in (Weekend(), NightTime())] == [1, 1]


def test_night_lasts_to_the_end_of_its_last_hour() -> None:
    midnight = NOON - 12 * HOUR
    arrived = night_of(*((midnight + hours * HOUR - dt.timedelta(microseconds=1), 100) for hours in (0, 1, 7, 8)))
    assert values(NightTime(), arrived) == [0, 1, 1, 0]
    assert values(NightTime(last_hour=7), arrived) == [0, 1, 1, 1]
