"""Which genuine transactions a model learns from, and what that does to its scores.

The choice hangs on the transaction's id alone: whoever samples, in whatever order and company, takes the same rows, and a smaller share
is part of every larger one. The hash is written out here, because a library that changed its own would change every model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Keys: TypeAlias = pa.Array | pa.ChunkedArray
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Words: TypeAlias = npt.NDArray[np.uint64]

SAMPLING_KEY = np.uint64(0x6E69676874736866)  # keeps the choice apart from any hash of the same ids elsewhere; a new key means new models
WORD = 8  # bytes that are hashed at once
PIECE = 16_384  # ids that are hashed at once


def chosen(ids: Keys, share: float) -> Bools:
    """Whether each id (`int64` or `string`, none null) belongs to the `share` (0 to 1) that is kept.

    >>> chosen(pa.array(range(8)), 0.5).tolist()
    [False, True, True, True, True, True, True, False]
    """
    return unit_hash(ids) < share


def unit_hash(ids: Keys) -> Floats:
    """A number in [0, 1) for each id, evenly spread; `TypeError` for ids that are neither `int64` nor `string`, `ValueError` for a null."""
    if ids.null_count:
        raise ValueError(f"{ids.null_count} of {len(ids)} ids are null: a transaction without an id cannot be sampled")
    if ids.type == pa.int64():
        words = _mix(ids.to_numpy().view(np.uint64) ^ SAMPLING_KEY)
    elif ids.type == pa.string():
        words = np.concatenate([np.empty(0, np.uint64), *(_text_hash(piece) for piece in _pieces(ids))])
    else:
        raise TypeError(f"ids are {ids.type}: they must be int64 or string")
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53  # the 53 bits that a double holds exactly


def correct_for_sampling(probabilities: Floats, share: float) -> Floats:
    """Probabilities as they would be had all genuine rows been learned from, and not only `share` (β) of them.

    p = βp' / ((β - 1)p' + 1), Dal Pozzolo, Caelen, Johnson and Bontempi, "Calibrating Probability with Undersampling for
    Unbalanced Classification" (2015), equation 4. It keeps 0, 1 and the order to the last bit, and so leaves [0, 1] never.

    >>> correct_for_sampling(np.array([0.0, 0.5, 1.0]), 0.1).round(4).tolist()
    [0.0, 0.0909, 1.0]
    """
    with np.errstate(divide="ignore", over="ignore"):  # a probability of 0 has infinite odds against it, and comes out as 0
        odds_against = (1.0 - probabilities) / (share * probabilities)
    return 1.0 / (1.0 + odds_against)  # the same formula in steps that each keep the order; as it is printed, rounding can give 1 + 2e-16


def _mix(words: Words) -> Words:
    """SplitMix64 (Steele, Lea and Flood 2014): every bit of the input reaches every bit of the output."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), np.uint64)


def _pieces(ids: Keys) -> Iterator[pa.StringArray]:
    """The ids in runs that fit the processor's cache."""
    for chunk in ids.chunks if isinstance(ids, pa.ChunkedArray) else [ids]:
        yield from (chunk.slice(start, PIECE) for start in range(0, len(chunk), PIECE))


def _text_hash(ids: pa.StringArray) -> Words:
    """Hash of each text: its length, then its UTF-8 bytes by eights (little-endian, the last eight filled with zeros)."""
    lengths = pc.binary_length(ids).to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    text = np.frombuffer(b"".join([_bytes_of(ids), bytes(WORD)]), np.uint8)
    words = _mix(lengths.astype(np.uint64) ^ SAMPLING_KEY)
    for place in range(0, int(lengths.max(initial=0)), WORD):
        longer = np.flatnonzero(lengths > place)
        words[longer] = _mix(words[longer] ^ _word_at(text, starts[longer] + place, lengths[longer] - place))
    return words


def _bytes_of(ids: pa.StringArray) -> bytes:
    """The bytes of all texts, one after the other, without what an Arrow slice hides before and after them."""
    offsets = np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]
    return bytes(memoryview(ids.buffers()[2] or b"")[offsets[0] : offsets[-1]])


def _word_at(text: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], left: npt.NDArray[np.int64]) -> Words:
    """The eight bytes of `text` from each start as one number; bytes beyond the `left` ones of that id are zero."""
    places = np.arange(WORD)
    eight = text[np.minimum(starts[:, None] + places, len(text) - 1)]
    return np.where(places < left[:, None], eight, np.uint8(0)).view("<u8")[:, 0].astype(np.uint64)
