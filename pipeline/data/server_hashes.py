"""PostgreSQL's own hashes of keys and numbers, computed here: sums over many rows are compared without the rows being sent.

They are Bob Jenkins's lookup3 (2006) as in PostgreSQL's `hashfn.c`, which hash partitions on disk rest on, so that no version changes them.
A server of other byte order gives other hashes of texts and doubles: whoever compares must take a difference for a reason to look.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.hashing import Keys

Words: TypeAlias = npt.NDArray[np.uint32]
Hashes: TypeAlias = npt.NDArray[np.uint64]
Floats: TypeAlias = npt.NDArray[np.float64]
Lengths: TypeAlias = npt.NDArray[np.int64]

START = 0x9E3779B9 + 3923095
BLOCK = 12  # bytes that are mixed at once
ROWS_AT_ONCE = 16_384  # the words of so many rows stay in the processor's cache
KEPT = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)  # a mask of the first so many bytes of a word


def sum_of_rows(ids: Keys, scores: Floats) -> int:
    """The sum over all rows, modulo 2^64, of `hashfloat8extended(score, hash of the id)`; ids are `int64` or `string`, none null."""
    total = 0
    for start in range(0, len(scores), ROWS_AT_ONCE):
        keys, numbers = ids.slice(start, ROWS_AT_ONCE), scores[start : start + ROWS_AT_ONCE]
        seeds = of_numbers(keys.to_numpy()) if keys.type == pa.int64() else of_texts(keys)
        total += int(of_doubles(numbers, seeds).sum(dtype=np.uint64))
    return total % 2**64


def of_numbers(numbers: npt.NDArray[np.int64]) -> Hashes:
    """`hashint8extended(number, 0)` of each."""
    words = numbers.view(np.uint64)
    low, high = words.astype(np.uint32), (words >> np.uint64(32)).astype(np.uint32)
    a, b, c = (_filled(4, len(numbers)) for _ in range(3))
    a += low ^ np.where(numbers >= 0, high, ~high)
    return _final(a, b, c)


def of_doubles(doubles: Floats, seeds: Hashes) -> Hashes:
    """`hashfloat8extended(double, seed)` of each; both zeros are one number."""
    words = doubles.view(np.uint64)
    a, b, c = _seeded(8, seeds)
    a += words.astype(np.uint32)
    b += (words >> np.uint64(32)).astype(np.uint32)
    return np.where(doubles == 0, seeds, _final(a, b, c))


def of_texts(texts: Keys) -> Hashes:
    """`hashtextextended(text, 0)` of each, in a database of UTF-8 and under a collation by which only equal texts are equal."""
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    joined = b"".join([*(text.encode() for text in texts.to_pylist()), bytes(BLOCK)])
    four = np.ndarray(len(joined) - 3, "<u4", buffer=joined, strides=(1,))  # a view: a word begins at every byte
    a, b, c = (_filled(0, len(lengths)) + lengths.astype(np.uint32) for _ in range(3))
    for block in range(0, int(lengths.max(initial=0)) // BLOCK):
        longer = np.flatnonzero(lengths >= BLOCK * (block + 1))
        at = starts[longer] + BLOCK * block
        a[longer], b[longer], c[longer] = _mixed(a[longer] + four[at], b[longer] + four[at + 4], c[longer] + four[at + 8])
    left, at = lengths % BLOCK, starts + lengths - lengths % BLOCK
    first, second, third = (_kept(four, at, left, offset) for offset in (0, 4, 8))
    return _final(a + first, b + second, c + (third << np.uint32(8)))  # the lowest byte of the last word is the length's


def _kept(four: Words, at: Lengths, left: Lengths, offset: int) -> Words:
    """The word at an offset of what is left of each text; bytes beyond it are zero."""
    return np.asarray(four[at + np.minimum(offset, left)] & KEPT[np.clip(left - offset, 0, 4)], np.uint32)


def _filled(length: int, rows: int) -> Words:
    return np.full(rows, (START + length) & 0xFFFFFFFF, np.uint32)


def _seeded(length: int, seeds: Hashes) -> tuple[Words, Words, Words]:
    """The three words before anything is hashed; a seed of zero is none."""
    plain = _filled(length, len(seeds))
    mixed = _mixed(plain + (seeds >> np.uint64(32)).astype(np.uint32), plain + seeds.astype(np.uint32), plain)
    a, b, c = (np.where(seeds == 0, plain, word) for word in mixed)
    return a, b, c


def _mixed(a: Words, b: Words, c: Words) -> tuple[Words, Words, Words]:
    for bits in ((4, 6, 8), (16, 19, 4)):
        a = (a - c) ^ _turned(c, bits[0])
        c = c + b
        b = (b - a) ^ _turned(a, bits[1])
        a = a + c
        c = (c - b) ^ _turned(b, bits[2])
        b = b + a
    return a, b, c


def _final(a: Words, b: Words, c: Words) -> Hashes:
    c = (c ^ b) - _turned(b, 14)
    a = (a ^ c) - _turned(c, 11)
    b = (b ^ a) - _turned(a, 25)
    c = (c ^ b) - _turned(b, 16)
    a = (a ^ c) - _turned(c, 4)
    b = (b ^ a) - _turned(a, 14)
    c = (c ^ b) - _turned(b, 24)
    return (b.astype(np.uint64) << np.uint64(32)) | c


def _turned(words: Words, bits: int) -> Words:
    return (words << np.uint32(bits)) | (words >> np.uint32(32 - bits))
