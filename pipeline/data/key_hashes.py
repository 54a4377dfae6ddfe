"""The loop of the checksum: PostgreSQL's hash of whole numbers, summed up."""

from __future__ import annotations

from pipeline.core.kernels import Integers, Kernel

WORD = 0xFFFFFFFF
SEEDED = 0x9E3779B9 + 4 + 3_923_095  # what the mix begins with, as PostgreSQL has it for four bytes


def key_hashes(keys: Integers, count: int, sums: Integers) -> None:
    """Add to `sums` the upper halves of `hashint8extended(key, 0)`, which have the sign, and the lower ones.

    The mix is the last one of Bob Jenkins's lookup3, as `hash_bytes_uint32_extended` in PostgreSQL's hashfn.c: each word is mixed with
    another, and loses that one turned. Two billion keys fill no sum.
    """
    upper = 0
    lower = 0
    for here in range(count):
        key = keys[here]
        high = key >> 32 & WORD
        b = SEEDED & WORD
        c = SEEDED & WORD
        a = b + (key & WORD ^ (high if key >= 0 else ~high & WORD)) & WORD
        c = (c ^ b) - (b << 14 & WORD | b >> 18) & WORD
        a = (a ^ c) - (c << 11 & WORD | c >> 21) & WORD
        b = (b ^ a) - (a << 25 & WORD | a >> 7) & WORD
        c = (c ^ b) - (b << 16 & WORD | b >> 16) & WORD
        a = (a ^ c) - (c << 4 & WORD | c >> 28) & WORD
        b = (b ^ a) - (a << 14 & WORD | a >> 18) & WORD
        c = (c ^ b) - (b << 24 & WORD | b >> 8) & WORD
        upper += b - (b >> 31 << 32)
        lower += c
    sums[0] += upper
    sums[1] += lower


KEY_HASHES = Kernel(key_hashes)
