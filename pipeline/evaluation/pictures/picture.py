"""A picture as the page takes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """`svg` is one element, empty where there is nothing to draw: then `sentence` says why. `head` and `rows` hold the numbers drawn."""

    title: str
    sentence: str
    svg: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def percent(share: float) -> str:
    """A share as a person reads it, in two digits where it is small.

    >>> percent(0.5), percent(0.0123), percent(0.0), percent(1.0)
    ('50.0\xa0%', '1.2\xa0%', '0.0\xa0%', '100.0\xa0%')
    """
    number = f"{100 * share:.1f}" if share >= 0.01 or share == 0 else f"{100 * share:.2g}"
    return f"{number}\N{NO-BREAK SPACE}%"


def short(number: float) -> str:
    """A score or an effect in three digits.

    >>> short(0.01234), short(1.0), short(0.00001234), short(12.3456)
    ('0.0123', '1', '1.23e-05', '12.3')
    """
    return f"{number:.3g}"
