"""A rule fires where Python, whose `and` and `or` bind alike, says that the same text is true."""

from __future__ import annotations

import math
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import UsageError
from pipeline.scoring.expiry import FIGURES, Rule

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SIGNS = st.sampled_from(["<", "<=", ">", ">="])
SPACES = st.sampled_from(["", " ", "  "])
NUMBERS = st.sampled_from(["0", "0.5", "1", "2.0", "1e-1"]) | st.floats(0, 1e9).map(repr)
DURATIONS = st.builds("{}{}".format, st.integers(0, 50), st.sampled_from("smhd"))
VALUES = st.none() | st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 60.0, 3600.0, 86400.0]) | st.floats(0, 1e9)
KNOWN = st.fixed_dictionaries({}, optional=dict.fromkeys(FIGURES, VALUES))


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    figure = draw(st.sampled_from(FIGURES))
    return f"{figure}{draw(SPACES)}{draw(SIGNS)}{draw(SPACES)}{draw(DURATIONS if figure == 'age' else NUMBERS)}"


RULES = st.lists(st.lists(comparisons(), min_size=1, max_size=3).map(" and ".join), min_size=1, max_size=3).map(" or ".join)


def true_in_python(text: str, figures: dict[str, float | None]) -> bool:
    """A duration is its seconds; an unknown figure is NaN, of which no comparison is true."""
    in_seconds = re.sub(r"(\d+)([smhd])\b", lambda found: str(int(found[1]) * SECONDS[found[2]]), text)
    values = {name: figures.get(name) for name in FIGURES}
    return bool(eval(in_seconds, {}, {name: math.nan if value is None else value for name, value in values.items()}))


@settings(deadline=None)
@given(RULES, KNOWN)
def test_a_rule_fires_where_python_says_that_it_is_true(text: str, figures: dict[str, float | None]) -> None:
    rule = Rule.parse(text)
    assert (rule.fires(figures) is not None) == true_in_python(text, figures)
    assert Rule.parse(str(rule)) == rule
    assert str(Rule.parse(str(rule))) == str(rule)


@settings(deadline=None)
@given(RULES, KNOWN)
def test_the_sentence_is_a_true_one_about_figures_that_the_rule_names(text: str, figures: dict[str, float | None]) -> None:
    words = {"below": "<", "at most": "<=", "above": ">", "at least": ">="}
    told = Rule.parse(text).fires(figures)
    for part in told.split(", and ") if told else []:
        said = re.fullmatch(r"(\w+) is ([\d.e+-]+)d?, (below|at most|above|at least) (\S+)", part)
        assert said is not None, part
        if said[1] != "age":
            assert true_in_python(f"{said[2]} {words[said[3]]} {said[4]}", {}), part


@settings(deadline=None)
@given(
    st.text(max_size=20) | st.lists(st.sampled_from([*FIGURES, "<", ">=", "and", "or", "0.5", "60d", "(", " "]), max_size=7).map(" ".join)
)
def test_whatever_is_written_is_a_rule_or_refused_in_words(text: str) -> None:
    try:
        rule = Rule.parse(text)
    except UsageError as refusal:
        assert str(refusal).startswith(f"the rule '{' '.join(text.split())}' cannot be read: ")
        assert len(str(refusal).splitlines()) == 1
    else:
        assert Rule.parse(str(rule)) == rule
