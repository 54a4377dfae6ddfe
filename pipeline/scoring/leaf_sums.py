"""The loop of the tree scorer: to which leaf of each tree does a row come, and what do these leaves add up to?"""

from __future__ import annotations

import math

from pipeline.core.kernels import Floats, Integers, Kernel, Words

LEAVES = 32  # of a tree: a bit for each fits a word; our trees have at most 31
WORD = 0xFFFFFFFF
DE_BRUIJN = 0x077CB531  # the five bits that a power of two brings to its top are others for each


def leaf_sums(
    rows: Floats,
    count: int,
    columns: int,
    edges: Floats,
    starts: Integers,
    masks: Words,
    trees: int,
    values: Floats,
    met: Words,
    sums: Floats,
) -> None:
    """Add to each of the `count` sums what the trees say of its row, tree after tree, as scikit-learn adds.

    `rows`: (count, columns). `edges`: of each column the ascending upper ends of its bins, from its place in `starts` on, which ends with
    the number of all. `masks`: of each column and bin (the last two: beyond the last edge, and missing), of each tree, the leaves that
    stay open, a bit for each. `values`: of each tree 32, each leaf's at the place that the upper five bits of its bit times `DE_BRUIJN`
    tell. `met`: room for a word a tree.
    """
    for row in range(count):
        for tree in range(trees):
            met[tree] = WORD
        for column in range(columns):
            value = rows[row * columns + column]
            first = starts[column]
            left = starts[column + 1] - first
            place = 0
            if math.isnan(value):
                place = left + 1
            else:
                while left > 0:
                    half = left >> 1
                    if edges[first + place + half] < value:
                        place += half + 1
                        left -= half + 1
                    else:
                        left = half
            line = (first + 2 * column + place) * trees
            for tree in range(trees):
                met[tree] &= masks[line + tree]
        total = sums[row]
        for tree in range(trees):
            leaf = met[tree]
            total += values[LEAVES * tree + (((leaf & -leaf) * DE_BRUIJN & WORD) >> 27)]
        sums[row] = total


LEAF_SUMS = Kernel(leaf_sums)
