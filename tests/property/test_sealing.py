"""Sealing: the same rows are the same bytes however they came, and a row belongs to the first night that sealed it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.data.contract import Contract, Split, rejected_rows, split_labels, split_transactions
from pipeline.data.lake import Lake
from pipeline.data.names import INSTANT, labels_schema, transactions_schema
from pipeline.data.sealed_keys import SealedKeys
from pipeline.data.seals import Seal
from tests.oracles import contract as oracle

NIGHT = Night.parse("2026-03-02")
KEYS: dict[pa.DataType, list[object]] = {
    pa.int64(): [-5, 0, 3, 10, 2**62],
    pa.string(): ["", "10", "3", "z", "é"],  # 10 before 3 as text, after it as a number
}
HOURS = st.integers(0, 23).map(lambda hour: NIGHT.start + dt.timedelta(hours=hour))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(tmp_path_factory.mktemp("lake").as_uri())


@st.composite
def shuffled(draw: st.DrawFn, rows: st.SearchStrategy[oracle.Row], schema: pa.Schema) -> tuple[pa.Table, pa.Table]:
    """The same rows twice, in two orders and cut into chunks at two places."""
    drawn = draw(st.lists(rows, max_size=12))
    return tuple(_cut(draw(st.permutations(drawn)), draw(st.integers(0, 12)), schema) for _ in range(2))  # type: ignore[return-value]


def _cut(rows: list[oracle.Row], at: int, schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([pa.Table.from_pylist(part, schema) for part in (rows[:at], rows[at:])])


FETCHED = pa.schema(
    [
        ("transaction_id", pa.string()),
        ("occurred_at", INSTANT),
        ("recorded_at", INSTANT),
        ("amount", pa.float64()),
        ("customer", pa.string()),
    ]
)
ROWS = st.fixed_dictionaries(
    {
        "transaction_id": st.sampled_from([None, "a", "b", "c", "d"]),
        "occurred_at": st.just(NIGHT.start),
        "recorded_at": HOURS,
        "amount": st.sampled_from([1.0, 1.0, 1.0, 2.0]),
        "customer": st.sampled_from(["x", None]),
    }
)
LABELS = st.fixed_dictionaries(
    {"transaction_id": st.sampled_from(["a", "b", None]), "is_fraud": st.sampled_from([True, False, None]), "known_at": HOURS}
)


@settings(deadline=None, max_examples=60)
@given(tables=shuffled(ROWS, FETCHED))
def test_the_same_transactions_in_any_order_are_sealed_as_the_same_bytes(lake: Lake, tables: tuple[pa.Table, pa.Table]) -> None:
    contract = Contract(pa.string(), {"customer": pa.string()}, ("customer",), 2, negative_amounts=False)
    one, other = (lake.write_table("t", split_transactions(table, contract, NIGHT).accepted) for table in tables)
    assert one == other
    assert lake.read_bytes(one.path, one.sha256) == lake.read_bytes(other.path, other.sha256)


@settings(deadline=None, max_examples=40)
@given(tables=shuffled(LABELS, pa.schema([("transaction_id", pa.string()), ("is_fraud", pa.bool_()), ("known_at", INSTANT)])))
def test_the_same_labels_in_any_order_are_sealed_as_the_same_bytes(lake: Lake, tables: tuple[pa.Table, pa.Table]) -> None:
    one, other = (lake.write_table("l", split_labels(table, pa.string()).accepted) for table in tables)
    assert one == other


@dataclasses.dataclass(frozen=True)
class Drawn:
    """Rows that some nights sealed, each id once, and the rows of a new night."""

    key: pa.DataType
    sealed: list[tuple[Night, list[oracle.Row]]]
    arrived: list[oracle.Row]


@st.composite
def nights(draw: st.DrawFn) -> Drawn:
    key = draw(st.sampled_from(list(KEYS)))
    holders = {place: draw(st.sampled_from([None, 0, 1, 2, 3])) for place in range(len(KEYS[key]))}
    sealed = [
        (NIGHT.back(back), [_row(draw, KEYS[key][place]) for place, holder in holders.items() if holder == back]) for back in range(4)
    ]
    return Drawn(key, sealed, [_row(draw, one) for one in KEYS[key] if draw(st.booleans())])


def _row(draw: st.DrawFn, key: object) -> oracle.Row:
    instants = {"occurred_at": NIGHT.start, "recorded_at": draw(HOURS)}
    return {"transaction_id": key, **instants, "amount_cents": draw(st.integers(1, 2)), "customer": draw(st.sampled_from(["x", None]))}


@settings(deadline=None, max_examples=80)
@given(drawn=nights())
def test_what_other_nights_sealed_is_collapsed_or_rejected_as_by_looking_at_each_row(lake: Lake, drawn: Drawn) -> None:
    schema = transactions_schema(drawn.key, {"customer": pa.string()})
    owned = SealedKeys(lake, list(_seals(lake, drawn, schema)))
    split = owned.without_sealed(NIGHT, Split(pa.Table.from_pylist(drawn.arrived, schema), _none_rejected(), 0))
    others = [row for night, rows in drawn.sealed if night != NIGHT for row in rows]
    slow = oracle.without_sealed(oracle.SlowSplit(drawn.arrived), others)
    assert split.accepted.to_pylist() == slow.accepted
    assert [tuple(row.values()) for row in split.rejected.to_pylist()] == slow.rejected
    assert split.collapsed == slow.collapsed


def _seals(lake: Lake, drawn: Drawn, schema: pa.Schema) -> Iterator[Seal]:
    for seal_id, (night, rows) in enumerate(drawn.sealed):
        ids = [row["transaction_id"] for row in rows]
        stored = lake.write_table("s", pa.Table.from_pylist(rows, schema))
        unused = {field.name: None for field in dataclasses.fields(Seal)}
        told = {"seal_id": seal_id, "night": night, "path": stored.path, "sha256": stored.sha256, "row_count": len(rows)}
        keys = {"first_key": str(ids[0]), "last_key": str(ids[-1])} if ids else {}
        yield Seal(**{**unused, **told, **keys})  # type: ignore[arg-type]


def _none_rejected() -> pa.Table:
    return rejected_rows(pa.chunked_array([[]], pa.string()), pa.nulls(0, INSTANT), pa.nulls(0, pa.string()))


def test_one_row_more_or_one_value_changed_is_another_file(lake: Lake) -> None:
    rows = [
        {"transaction_id": 1, "is_fraud": True, "known_at": NIGHT.start},
        {"transaction_id": 2, "is_fraud": True, "known_at": NIGHT.start},
    ]
    changed = [rows[0], {**rows[1], "is_fraud": False}]
    hashes = {lake.write_table("l", pa.Table.from_pylist(part, labels_schema(pa.int64()))).sha256 for part in (rows, rows[:1], changed)}
    assert len(hashes) == 3


def test_a_file_sealed_twice_lies_in_the_lake_once(tmp_path: Path) -> None:
    lake, table = Lake(tmp_path.as_uri()), pa.table({"transaction_id": [1]})
    assert lake.write_table("l", table) == lake.write_table("l", table)
    assert [path.suffix for path in (tmp_path / "l").iterdir()] == [".parquet"]
