"""A rule says when a champion expires, and why it did."""

from __future__ import annotations

import pytest

from pipeline.core.errors import UsageError
from pipeline.scoring.expiry import FIGURES, Rule

DAY = 86_400.0


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("age>60d", "age > 60d"),
        ("  average_precision  <0.550  ", "average_precision < 0.55"),
        ("age >= 1440h or age >= 90m", "age >= 60d or age >= 90m"),
        ("mean_score<=1e-3 and\nmatured_frauds>=200", "mean_score <= 0.001 and matured_frauds >= 200"),
    ],
)
def test_a_rule_has_one_canonical_text_which_reads_as_the_same_rule(text: str, canonical: str) -> None:
    assert str(Rule.parse(text)) == canonical
    assert Rule.parse(canonical) == Rule.parse(text)


def test_the_first_alternative_that_holds_is_told_with_its_figures() -> None:
    rule = Rule.parse("average_precision < 0.55 or age > 60d")
    assert rule.fires({"average_precision": 0.51, "age": 61 * DAY}) == "average_precision is 0.51, below 0.55"
    assert rule.fires({"average_precision": 0.7, "age": 61.25 * DAY}) == "age is 61.2d, above 60d"
    assert rule.fires({"average_precision": 0.7, "age": 60 * DAY}) is None


def test_and_binds_tighter_than_or() -> None:
    rule = Rule.parse("age > 90d or fraud_ratio > 2 and matured_frauds >= 200")
    assert rule.fires({"age": 91 * DAY, "fraud_ratio": 1.0, "matured_frauds": 0}) == "age is 91d, above 90d"
    assert rule.fires({"age": 1 * DAY, "fraud_ratio": 3.0, "matured_frauds": 100}) is None
    both = "fraud_ratio is 3, above 2, and matured_frauds is 12345, at least 200"
    assert rule.fires({"age": 1 * DAY, "fraud_ratio": 3.0, "matured_frauds": 12345}) == both


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("unknown", [{}, {"average_precision": None}, {"average_precision": float("nan")}])
def test_of_a_figure_that_is_not_known_nothing_is_true(sign: str, unknown: dict[str, float | None]) -> None:
    rule = Rule.parse(f"average_precision {sign} 0.55 or age > 60d")
    assert rule.fires(unknown) is None
    assert rule.fires({**unknown, "age": 61 * DAY}) == "age is 61d, above 60d"


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("average_precision < 0.55", 0.5499, "0.5499, below 0.55"),
        ("average_precision < 0.55", 0.54321, "0.543, below 0.55"),
        ("fraud_ratio > 2", float("inf"), "inf, above 2"),
        ("age > 60d", 60 * DAY + 0.5, "60.00001d, above 60d"),
        ("age < 12h", 6 * 3600.0, "0.25d, below 12h"),
        ("matured_frauds > 1000000", 1_234_567, "1234567, above 1000000"),
    ],
)
def test_a_figure_is_not_rounded_to_where_the_sentence_would_be_false(text: str, value: float, shown: str) -> None:
    figure = text.split(maxsplit=1)[0]
    assert Rule.parse(text).fires({figure: value}) == f"{figure} is {shown}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is no comparison, write a figure, a sign and a number, for example average_precision < 0.55 or age > 60d"),
        ("average_precision", "'average_precision' is no comparison"),
        ("age > 60d or", "'' is no comparison"),
        ("and age > 60d", "'' is no comparison"),
        ("age > 60d AND mean_score > 1", "'age > 60d AND mean_score > 1' is no comparison"),
        ("0.1 < mean_score < 0.2", "'0.1 < mean_score < 0.2' is no comparison"),
        ("average_precison < 0.55", f"'average_precison' is no figure, did you mean average_precision? known are {', '.join(FIGURES)}"),
        ("weather > 3", f"'weather' is no figure, known are {', '.join(FIGURES)}"),
        ("60d < age", "'60d' is no figure"),
        ("age = 60d", "'=' compares nothing, write one of < <= > >="),
        ("age => 60d", "'=>' compares nothing"),
        ("age != 60d", "'!=' compares nothing"),
        ("age > 60", "'60' is not a duration: write a number and a unit, for example 7d, 6h or 30m"),
        ("age > 9999999999d", "'9999999999d' is too long"),
        ("average_precision < 55%", "average_precision is compared with '55%', write a number, for example 0.55"),
        ("mean_score > nan", "mean_score is compared with 'nan'"),
        ("mean_score > 1e999", "mean_score is compared with '1e999'"),
        ("fraud_ratio > 60d", "fraud_ratio is compared with '60d'"),
        ("(age > 60d) or mean_score > 1", "it needs no parentheses, 'and' binds tighter than 'or'"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        Rule.parse(text)
    assert str(caught.value).startswith(f"the rule '{text}' cannot be read: ")
    assert sentence in str(caught.value)
