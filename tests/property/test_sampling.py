"""The sample: who is in it, for ever."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.hashing import PIECE
from pipeline.scoring.sampling import chosen, correct_for_sampling, unit_hash
from tests.oracles import scoring as oracle

INTEGERS = st.lists(st.integers(-(2**63), 2**63 - 1))
TEXTS = st.lists(st.text(max_size=40))


def keys(ids: list[int] | list[str], kind: pa.DataType) -> pa.Array:
    return pa.array(ids, kind)


@settings(deadline=None)
@given(INTEGERS)
def test_the_hash_of_integers_is_that_of_the_slow_twin(ids: list[int]) -> None:
    assert unit_hash(keys(ids, pa.int64())).tolist() == [oracle.unit_hash(one) for one in ids]


@settings(deadline=None)
@given(TEXTS, st.data())
def test_the_hash_of_texts_is_that_of_the_slow_twin_wherever_a_slice_begins(ids: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(ids)))
    assert unit_hash(keys(ids, pa.string()).slice(start)).tolist() == [oracle.unit_hash(one) for one in ids[start:]]


def test_the_mixing_is_the_published_splitmix64() -> None:
    assert oracle.mix(1234567) == 6457827717110365317


def test_the_sample_never_changes() -> None:
    """Written down in November 2026: if these numbers move, every model trained before is another model."""
    assert unit_hash(pa.array([0, 1, -1, 2**62])).tolist() == [
        0.6325447842161198,
        0.45881958107354237,
        0.46025870123677504,
        0.35850914593980354,
    ]
    assert unit_hash(pa.array(["", "a", "transaction-0001", "Café ☕"])).tolist() == [
        0.6325447842161198,
        0.7184340187527111,
        0.09386843362810648,
        0.1407897468177316,
    ]


@settings(deadline=None)
@given(st.permutations(list(range(50))), st.floats(0, 1))
def test_the_choice_depends_on_neither_order_nor_company_nor_chunks(order: list[int], share: float) -> None:
    alone = {one: bool(chosen(pa.array([one]), share)[0]) for one in order}
    together = chosen(pa.chunked_array([pa.array(order[:20]), pa.array(order[20:])]), share)
    assert together.tolist() == [alone[one] for one in order]


@settings(deadline=None)
@given(INTEGERS, st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_share_is_part_of_a_larger_one(ids: list[int], one: float, other: float) -> None:
    small, large = (chosen(keys(ids, pa.int64()), share) for share in sorted((one, other)))
    assert not (small & ~large).any()


def test_a_share_of_one_keeps_all_and_a_share_of_zero_keeps_none() -> None:
    ids = pa.array(range(10_000))
    assert chosen(ids, 1.0).all()
    assert not chosen(ids, 0.0).any()


@pytest.mark.parametrize("name", ["{:d}", "transaction-{:09d}", "{:x}"])
def test_of_consecutive_ids_the_share_is_kept_within_chance(name: str) -> None:
    rows = 10 * PIECE
    ids = pa.array([name.format(row) for row in range(rows)])
    for share in (0.01, 0.1, 0.5):
        assert abs(chosen(ids, share).mean() - share) < 4 * np.sqrt(share * (1 - share) / rows)


def test_ids_that_are_null_or_of_another_type_are_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 ids are null"):
        chosen(pa.array([1, None]), 0.1)
    with pytest.raises(TypeError, match="ids are double: they must be int64 or string"):
        chosen(pa.array([1.0]), 0.1)


@settings(deadline=None)
@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.001, 1))
def test_the_correction_gives_back_the_chance_that_sampling_hid(chance: float, share: float) -> None:
    among_the_sampled = chance / (chance + share * (1 - chance))
    assert correct_for_sampling(np.array([among_the_sampled]), share)[0] == pytest.approx(chance, rel=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1) | st.floats(1 - 1e-14, 1), min_size=2), st.floats(0.001, 1))
def test_the_correction_keeps_order_and_bounds(probabilities: list[float], share: float) -> None:
    corrected = correct_for_sampling(np.sort(probabilities), share)
    assert (np.diff(corrected) >= 0).all(), "to the last bit: alerts are ranked by it"
    assert (corrected >= 0).all()
    assert (corrected <= 1).all()
