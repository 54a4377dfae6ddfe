"""How many different values a column has, in 32 kB: exactly while they are few, else estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import Keys, Words, key_hashes, mix
from pipeline.evaluation.moments import Floats

LIMIT = 4096  # hashes kept: below it the count is exact, above it the standard error is 1/sqrt(4094), 1.6 %
SEED = np.uint64(0)
HASHES = 2.0**64


@dataclass(frozen=True, eq=False)
class Distinct:
    """The `LIMIT` smallest hashes of the values seen, in order: a uniform sample of the different values, however often each comes.

    Bar-Yossef, Jayram, Kumar, Sivakumar and Trevisan, "Counting distinct elements in a data stream" (2002); the estimate without bias is
    that of Beyer, Haas, Reinwald, Sismanis and Gemulla (2007). It keeps no value, and the sample of two parts is the sample of the whole.
    """

    smallest: Words

    @property
    def count(self) -> int:
        """The number of different values: exact below `LIMIT` (of texts up to a collision of 64 bits), else estimated."""
        if len(self.smallest) < LIMIT:
            return len(self.smallest)
        return round((LIMIT - 1) / ((float(self.smallest[-1]) + 1.0) / HASHES))

    def with_numbers(self, numbers: Floats) -> Self:
        """These finite numbers seen too; -0.0 is 0.0."""
        hashed = numbers if self._full else pc.unique(pa.array(numbers)).to_numpy()  # twice as fast where few values differ
        return self._with(mix((hashed + 0.0).view(np.uint64)))

    def with_keys(self, keys: Keys) -> Self:
        """These keys seen too (`int64` or `string`); a null is no key."""
        return self._with(key_hashes(pc.unique(keys.drop_null()), SEED))

    def __add__(self, other: Self) -> Self:
        """What either saw."""
        return self._with(other.smallest)

    @property
    def _full(self) -> bool:
        return len(self.smallest) == LIMIT

    def _with(self, hashes: Words) -> Self:
        """Of many different values only the few whose hash is small go on to the slower steps."""
        if self._full:
            hashes = pc.unique(pa.array(hashes[hashes < self.smallest[-1]])).to_numpy()
        if not len(hashes):
            return self
        in_order = np.sort(np.concatenate([self.smallest, hashes]))
        first = np.concatenate([[True], in_order[1:] != in_order[:-1]])
        return type(self)(in_order[first][:LIMIT])


NONE_SEEN = Distinct(np.empty(0, np.uint64))
