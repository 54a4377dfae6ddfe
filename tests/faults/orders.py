"""Is there an order of operations, one after the other, that explains what was observed of them side by side?

An operation may be placed behind another only where it did not end before that one began (linearisability; Herlihy and Wing 1990).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

Content = str | None  # a hash of all that a publication says; None where it was pruned since, and may have said anything


@dataclass(frozen=True)
class Publication:
    """What one run made current of a night."""

    run_id: int
    night: str
    content: Content


@dataclass(frozen=True)
class Operation:
    """What one process did between two instants (seconds); `published` is None where it published nothing.

    `refused`: it gave way to another; `modelless`: it found no model that may score. A scheduled night honours withdrawals.
    """

    name: str
    night: str | None
    began: float
    ended: float
    refused: bool = False
    modelless: bool = False
    scheduled: bool = False
    withdraws: bool = False
    published: Publication | None = None

    def overlaps(self, other: Operation) -> bool:
        return self.began < other.ended and other.began < self.ended

    def stood_in_the_way_of(self, other: Operation) -> bool:
        """Whether it is a reason for which the other may have been refused."""
        return self is not other and self.overlaps(other) and (self.withdraws or (self.night is not None and self.night == other.night))


@dataclass(frozen=True)
class State:
    """What operations one after the other have come to: nights with a publication, and whether the only champion was withdrawn."""

    published: frozenset[str] = frozenset()
    withdrawn: bool = False

    def after(self, one: Operation, contents: Mapping[str, str]) -> State | None:
        """The state behind this operation; None where it cannot have done here what it did.

        A scheduled night finds no model behind a withdrawal, but where an earlier publication has settled which one it keeps.
        """
        settled = one.night in self.published
        without_model = one.scheduled and self.withdrawn and not settled
        if (one.modelless or one.published is not None) and one.modelless != without_model:
            return None
        if one.published is None:
            return replace(self, withdrawn=self.withdrawn or one.withdraws)
        if one.published.content not in {None, contents[one.published.night]}:
            return None
        return replace(self, published=self.published | {one.published.night})


def explanation(
    operations: Sequence[Operation], observed: Sequence[Publication], contents: Mapping[str, str], at_first: State
) -> list[str] | None:
    """The names of the operations in an order that respects real time and makes the observed sequence of publications; None: there is none.

    `contents` are what each night publishes where operations come one after the other.
    """
    if any(one.refused and not any(other.stood_in_the_way_of(one) for other in operations) for one in operations):
        return None
    return _placed(tuple(operations), tuple(observed), contents, at_first)


def _placed(left: tuple[Operation, ...], observed: tuple[Publication, ...], contents: Mapping[str, str], state: State) -> list[str] | None:
    if not left:
        return None if observed else []
    for one in _next(left, observed):
        behind = state.after(one, contents)
        if behind is not None:
            others = tuple(other for other in left if other is not one)
            rest = _placed(others, observed[1 if one.published else 0 :], contents, behind)
            if rest is not None:
                return [one.name, *rest]
    return None


def _next(left: tuple[Operation, ...], observed: tuple[Publication, ...]) -> Iterator[Operation]:
    """Operations that may come first among those that are left: none ended before they began, and what they published is next."""
    for one in left:
        in_time = all(other.ended >= one.began for other in left)
        if in_time and (one.published is None or observed[:1] == (one.published,)):
            yield one
