"""The search for an order is itself held against histories that have one and that have none."""

from __future__ import annotations

import itertools

import pytest

from tests.faults.orders import Operation, Publication, State, explanation

FIRST, SECOND, OTHER = Publication(1, "a", "x"), Publication(2, "a", "x"), Publication(3, "a", "y")
CONTENTS = {"a": "x"}
NOTHING = State()


def night(name: str, began: float, ended: float, published: Publication | None = None, *, scheduled: bool = False) -> Operation:
    return Operation(name, "a", began, ended, refused=published is None, scheduled=scheduled, published=published)


def rollback(began: float, ended: float) -> Operation:
    return Operation("rollback", None, began, ended, withdraws=True)


def order(operations: list[Operation], observed: list[Publication]) -> list[str] | None:
    return explanation(operations, observed, CONTENTS, NOTHING)


def test_runs_side_by_side_may_publish_in_either_order() -> None:
    runs = [night("one", 0, 10, FIRST), night("two", 1, 9, SECOND)]
    assert order(runs, [FIRST, SECOND]) == ["one", "two"]
    assert order(runs, [SECOND, FIRST]) == ["two", "one"]


def test_a_run_that_ended_before_another_began_cannot_have_published_after_it() -> None:
    assert order([night("one", 0, 1, FIRST), night("two", 2, 3, SECOND)], [SECOND, FIRST]) is None


@pytest.mark.parametrize("observed", [[], [FIRST, FIRST], [FIRST, SECOND]])
def test_a_publication_that_is_missing_or_nobodys_is_not_explained(observed: list[Publication]) -> None:
    assert order([night("one", 0, 1, FIRST)], observed) is None


def test_a_publication_that_says_something_else_than_the_twin_is_not_explained() -> None:
    assert order([night("one", 0, 1, OTHER)], [OTHER]) is None


def test_a_run_is_refused_only_where_another_was_in_its_way() -> None:
    assert order([night("one", 0, 5, FIRST), night("two", 1, 3)], [FIRST]) is not None
    assert order([night("one", 0, 1, FIRST), night("two", 2, 3)], [FIRST]) is None


def test_a_scheduled_night_that_began_after_a_withdrawal_was_done_publishes_only_what_was_settled_before() -> None:
    late = night("nightly", 2, 3, SECOND, scheduled=True)
    assert order([rollback(0, 1), late], [SECOND]) is None
    assert order([night("by hand", 0, 0.5, FIRST), rollback(0.6, 1), late], [FIRST, SECOND]) == ["by hand", "rollback", "nightly"]
    assert order([rollback(0, 5), late], [SECOND]) == ["nightly", "rollback"]


def test_a_night_finds_no_model_only_behind_a_withdrawal() -> None:
    modelless = Operation("nightly", "a", 2, 3, modelless=True, scheduled=True)
    assert order([rollback(0, 5), modelless], []) == ["rollback", "nightly"]
    assert order([modelless, rollback(4, 5)], []) is None


def test_the_search_finds_an_order_exactly_where_trying_all_of_them_does() -> None:
    """The slow twin: every permutation, looked at as a whole."""
    third = Publication(4, "a", "x")
    runs = [night("one", 0, 4, FIRST), rollback(1, 2), night("two", 3, 6, SECOND), night("three", 3, 7, third, scheduled=True)]
    found = {observed: order(runs, list(observed)) is not None for observed in itertools.permutations([FIRST, SECOND, third])}
    assert found == {observed: any(fits(all_of, observed) for all_of in itertools.permutations(runs)) for observed in found}
    assert set(found.values()) == {True, False}


def fits(operations: tuple[Operation, ...], observed: tuple[Publication, ...]) -> bool:
    in_time = all(later.ended >= earlier.began for earlier, later in itertools.combinations(operations, 2))
    nightly, taken_back = (next(place for place, one in enumerate(operations) if flag(one)) for flag in (_scheduled, _withdraws))
    settled = nightly < taken_back or any(one.published for one in operations[:nightly])
    return in_time and settled and tuple(one.published for one in operations if one.published) == observed


def _scheduled(one: Operation) -> bool:
    return one.scheduled


def _withdraws(one: Operation) -> bool:
    return one.withdraws
