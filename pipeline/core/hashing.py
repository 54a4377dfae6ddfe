"""A hash of keys and numbers that never changes.

It is written out here, because a library that changed its own would change every model: who is sampled hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Keys: TypeAlias = pa.Array | pa.ChunkedArray
Words: TypeAlias = npt.NDArray[np.uint64]

WORD = 8  # bytes that are hashed at once
PIECE = 16_384  # texts that are hashed at once
BYTES_KEPT = np.array([2 ** (8 * kept) - 1 for kept in range(WORD + 1)], np.uint64)  # a mask of the first so many bytes of a word


def key_hashes(keys: Keys, seed: np.uint64) -> Words:
    """64 bits for each key, another hash for another `seed`; `TypeError` for keys that are neither `int64` nor `string`.

    Of `int64` no two keys have the same hash. None may be null.
    """
    if keys.type == pa.int64():
        return mix(keys.to_numpy().view(np.uint64) ^ seed)
    if keys.type == pa.string():
        return np.concatenate([np.empty(0, np.uint64), *(_text_hashes(piece, seed) for piece in _pieces(keys))])
    raise TypeError(f"ids are {keys.type}: they must be int64 or string")


def mix(words: Words) -> Words:
    """SplitMix64 (Steele, Lea and Flood 2014): every bit of the input reaches every bit of the output, and no two inputs give the same."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def _pieces(keys: Keys) -> Iterator[pa.StringArray]:
    """The keys in runs that fit the processor's cache."""
    for chunk in keys.chunks if isinstance(keys, pa.ChunkedArray) else [keys]:
        yield from (chunk.slice(start, PIECE) for start in range(0, len(chunk), PIECE))


def _text_hashes(texts: pa.StringArray, seed: np.uint64) -> Words:
    """Hash of each text: its length, then its UTF-8 bytes by eights (little-endian, the last eight filled with zeros)."""
    lengths = pc.binary_length(texts).to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    text = b"".join([_bytes_of(texts), bytes(WORD)])
    words = mix(lengths.astype(np.uint64) ^ seed)
    for place in range(0, int(lengths.max(initial=0)), WORD):
        longer = np.flatnonzero(lengths > place)
        words[longer] = mix(words[longer] ^ _word_at(text, starts[longer] + place, lengths[longer] - place))
    return words


def _bytes_of(texts: pa.StringArray) -> bytes:
    """The bytes of all texts, one after the other, without what an Arrow slice hides before and after them."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(memoryview(texts.buffers()[2] or b"")[offsets[0] : offsets[-1]])


def _word_at(text: bytes, starts: npt.NDArray[np.int64], left: npt.NDArray[np.int64]) -> Words:
    """The eight bytes of `text` from each start as one number; bytes beyond the `left` ones of that key are zero."""
    eight = np.ndarray(len(text) - WORD + 1, "<u8", buffer=text, strides=(1,))  # a view: a word begins at every byte
    return eight[starts].astype(np.uint64) & BYTES_KEPT[np.minimum(left, WORD)]
