"""Amounts of memory as people write them: `768MiB`, `2GiB`."""

from __future__ import annotations

import re

SIZE = re.compile(r"(\d+)\s*(KiB|MiB|GiB|TiB)")
UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def parse_size(text: object) -> int:
    """Read `768MiB` or `2GiB` as bytes; anything else is a `ValueError` that shows the right form.

    >>> parse_size("2GiB")
    2147483648
    """
    if isinstance(text, int):
        return text
    match = SIZE.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"'{text}' is not an amount of memory: write a number and a unit, for example 768MiB or 2GiB")
    return int(match[1]) * UNITS[match[2]]
