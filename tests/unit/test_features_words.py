"""What features are called, and that names are names: they change no value."""

from __future__ import annotations

import datetime as dt

from pipeline.core.night import ONE_DAY
from pipeline.features.declarations import Amount, AmountRatio, Called, Count, FraudRate, NightTime, Weekend
from pipeline.features.handbook import VIEW
from pipeline.features.view import FeatureView
from pipeline.features.words import FeatureWords, words_of


def test_every_column_of_the_handbook_is_told_in_words() -> None:
    words = {told.feature: (told.reason_code, told.phrase, told.decimals) for told in words_of(VIEW)}
    assert tuple(words) == VIEW.columns
    assert words["amount"] == ("amount", "amount", 2)
    assert words["is_weekend"] == ("time", "at the weekend", None)
    assert words["is_night"] == ("time", "at night", None)
    assert words["customer_count_7d"] == ("customer's activity", "transactions of the customer, last 7 days", 0)
    assert words["customer_amount_mean_1d"] == ("customer's amounts", "mean amount of the customer, last 1 day", 2)
    rate = ("terminal's known fraud", "share of known fraud of the terminal, 30 days up to 7 days ago", 3)
    assert words["terminal_fraud_rate_30d_delay_7d"] == rate


def test_a_declaration_that_is_called_otherwise_is_told_so() -> None:
    came_back = Called("product's returns", "share of the product's lines that came back")
    rate = FraudRate("product", (ONE_DAY, dt.timedelta(hours=36)), called=came_back)
    view = FeatureView(
        "shop", (Amount(called=Called("price", "price of the line")), AmountRatio("two_words", (ONE_DAY,)), rate), minor_units=0
    )
    assert words_of(view) == (
        FeatureWords("amount", "price", "price of the line", 0),
        FeatureWords("two_words_amount_ratio_1d", "two words's amounts", "amount over the mean of the two words, last 1 day", 3),
        FeatureWords("product_fraud_rate_1d", "product's returns", "share of the product's lines that came back, last 1 day", 3),
        FeatureWords("product_fraud_rate_36h", "product's returns", "share of the product's lines that came back, last 36 hours", 3),
    )


def test_what_a_feature_is_called_is_no_part_of_the_fingerprint() -> None:
    plain = FeatureView("plain", (Amount(), Weekend(), NightTime(), Count("customer", (ONE_DAY,))))
    called = Called("a", "b")
    renamed = FeatureView("plain", (Amount(called), Weekend(called), NightTime(6, called), Count("customer", (ONE_DAY,), called=called)))
    assert renamed.fingerprint == plain.fingerprint
