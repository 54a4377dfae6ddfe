"""The source's checksum of a night's keys, worked out of the keys that came: `Source.checksum` of PostgreSQL, to the last digit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.data.key_hashes import KEY_HASHES


class KeyChecksum:
    """How many rows came, and the sum of `hashint8extended(key, 0)` over their whole-number keys."""

    def __init__(self) -> None:
        self.rows = 0
        self.keys = 0
        self._sums = np.zeros(2, np.int64)

    def add(self, keys: pa.Array) -> None:
        """Take the keys of some rows more; a missing one counts as a row alone."""
        numbers = np.ascontiguousarray((keys.drop_null() if keys.null_count else keys).to_numpy())
        KEY_HASHES(numbers, len(numbers), self._sums)
        self.rows += len(keys)
        self.keys += len(numbers)

    @property
    def text(self) -> str:
        """As the source says it, where no key is no sum."""
        upper, lower = self._sums.tolist()
        return f"{self.rows} {(upper << 32) + lower if self.keys else None}"
