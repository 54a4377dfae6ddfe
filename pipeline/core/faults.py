"""Named points of a night at which a trial lets something go wrong; where nobody listens, passing one costs a look at an empty list.

A point stands before and after each thing that others can see: a file written, hashed and moved, a transaction committed, a step begun
and entered. `listen` is for `tests/faults`; nothing else calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]

_listeners: list[Listener] = []


def reached(point: str) -> None:
    """Say that the process has come to this point."""
    for listener in _listeners:
        listener(point)


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Tell `listener` of every point until the end of the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
