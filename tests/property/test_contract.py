"""The source contract against judging one row at a time."""

from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.data.contract import Contract, split_labels, split_transactions
from pipeline.data.names import INSTANT
from tests.oracles import contract as oracle

NIGHT = Night.parse("2026-03-02")
END = NIGHT.end
KEYS = {pa.int64(): [-1, 0, 7, 2**62], pa.string(): ["", "a", "B", "é", "𝄞", "7", "é" * 1000, "é" * 1000 + "a"]}
AMOUNTS = [0.0, -0.0, 1.0, 1.005, 2.675, 0.125, -3.0, 1e15, 9e13, 1e308, -1e308, math.nan, math.inf, -math.inf, None]
SECOND = dt.timedelta(seconds=1)
INSTANTS = [
    END - dt.timedelta(hours=3),
    NIGHT.start - dt.timedelta(days=366),
    NIGHT.start - dt.timedelta(days=366, microseconds=1),
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
    END + dt.timedelta(minutes=5),
    END + dt.timedelta(minutes=5, microseconds=1),
    dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    dt.datetime(9998, 1, 1, tzinfo=dt.UTC),
    None,
]


@st.composite
def sources(draw: st.DrawFn) -> tuple[list[oracle.Row], Contract]:
    """Up to fourteen rows, most of them good, and many of one id."""
    key, entity = draw(st.sampled_from(list(KEYS))), draw(st.sampled_from(list(KEYS)))
    fields = {
        "transaction_id": _mostly(st.sampled_from(KEYS[key]), st.none()),
        "occurred_at": _mostly(st.just(INSTANTS[0]), st.sampled_from(INSTANTS)),
        "recorded_at": st.sampled_from([END - SECOND, END - 2 * SECOND, None]),
        "amount": _mostly(st.sampled_from([0.0, -0.0, 1.0, 1.005]), st.sampled_from(AMOUNTS)),
        "customer": st.sampled_from([*KEYS[entity][:1], None]),
        "shop": _mostly(st.just(1), st.none()),
    }
    rows = draw(st.lists(st.fixed_dictionaries(fields), max_size=14))
    nullable = draw(st.sampled_from([(), ("customer",)]))
    entities = {"customer": entity, "shop": pa.int64()}
    return rows, Contract(key, entities, nullable, draw(st.integers(0, 4)), draw(st.booleans()))


def _mostly(usual: st.SearchStrategy[object], other: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(usual, usual, usual, other)


def fetched(rows: list[oracle.Row], contract: Contract) -> pa.Table:
    """Rows as a source brings them."""
    fixed = [("transaction_id", contract.key), ("occurred_at", INSTANT), ("recorded_at", INSTANT), ("amount", pa.float64())]
    return pa.Table.from_pylist(rows, pa.schema([*fixed, *contract.entities.items()]))


def as_rejections(rejected: pa.Table) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row.values())) for row in rejected.to_pylist())


@settings(deadline=None, max_examples=150)
@given(sources())
def test_every_row_is_accepted_rejected_or_collapsed_as_by_judging_it_alone(source: tuple[list[oracle.Row], Contract]) -> None:
    rows, contract = source
    split, slow = split_transactions(fetched(rows, contract), contract, NIGHT), oracle.split_transactions(rows, contract, NIGHT.start)
    assert split.accepted.to_pylist() == slow.accepted
    assert as_rejections(split.rejected) == sorted(tuple(map(str, row)) for row in slow.rejected)
    assert split.collapsed == slow.collapsed
    assert split.accepted.num_rows + split.rejected.num_rows + split.collapsed == len(rows)


LABELS = st.fixed_dictionaries(
    {
        "transaction_id": st.sampled_from([None, "a", "a", "b"]),
        "is_fraud": st.sampled_from([True, False, None]),
        "known_at": st.sampled_from([END - dt.timedelta(hours=1), END - dt.timedelta(hours=2)]),
    }
)


@settings(deadline=None, max_examples=80)
@given(st.lists(LABELS, max_size=12))
def test_every_label_is_accepted_rejected_or_collapsed_as_by_judging_it_alone(rows: list[oracle.Row]) -> None:
    schema = pa.schema([("transaction_id", pa.string()), ("is_fraud", pa.bool_()), ("known_at", INSTANT)])
    split, slow = split_labels(pa.Table.from_pylist(rows, schema), pa.string()), oracle.split_labels(rows)
    assert split.accepted.to_pylist() == slow.accepted
    assert as_rejections(split.rejected) == sorted(tuple(map(str, row)) for row in slow.rejected)
    assert split.collapsed == slow.collapsed
    assert split.accepted.num_rows + split.rejected.num_rows + split.collapsed == len(rows)


def test_amounts_of_three_decimals_round_half_to_even_in_minor_units() -> None:
    contract = Contract(pa.int64(), {}, (), 2, negative_amounts=False)
    rows = [
        {"transaction_id": place, "occurred_at": END - SECOND, "recorded_at": END - SECOND, "amount": amount}
        for place, amount in enumerate([0.125, 0.375, 2.5])
    ]
    assert split_transactions(fetched(rows, contract), contract, NIGHT).accepted["amount_cents"].to_pylist() == [12, 38, 250]
