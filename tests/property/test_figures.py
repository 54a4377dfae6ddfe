"""The figures of a night equal those of a plain loop, and survive the warehouse."""

from __future__ import annotations

import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.night import Night
from pipeline.data.names import ALERT_RANK, AMOUNT_CENTS, INSTANT, OCCURRED_AT, SCORE, TRANSACTION_ID
from pipeline.evaluation.figures import Figures, column_figures
from pipeline.evaluation.frames import Filed
from pipeline.evaluation.night_figures import Intake, feature_figures, prediction_figures, transaction_figures
from tests.oracles import figures as slow

NIGHT = Night.parse("2026-11-22")
START = int(NIGHT.start.timestamp()) * 1_000_000
quick = settings(max_examples=60, deadline=None)  # the first example also pays for imports

NOTHING_ELSE = Intake(source_rows=0, rejected_rows=0, collapsed_rows=0, straggler_rows=0, source_disagrees=False)

numbers = st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0]))
ids = st.one_of(st.lists(st.integers(0, 20), max_size=30), st.lists(st.text(max_size=2), max_size=30))


def same(found: Figures, expected: dict[str, float]) -> bool:
    """Equal in names and values, NaN equal to NaN, sums up to the last digits."""
    return dict(found.values).keys() == expected.keys() and all(
        value == pytest.approx(expected[name], rel=1e-9, abs=1e-6, nan_ok=True) for name, value in found.values
    )


def ids_of(values: list[Any]) -> pa.Array:
    return pa.array(values, pa.string() if values and isinstance(values[0], str) else pa.int64())


@quick
@given(st.lists(numbers, max_size=40), st.integers(1, 7))
def test_column_figures_equal_a_plain_loop_however_the_column_is_chunked(values: list[float | None], chunk: int) -> None:
    chunks = [pa.array(values[at : at + chunk], pa.float64()) for at in range(0, len(values), chunk)]
    table = pa.table({"mean_7d": pa.chunked_array(chunks, pa.float64())})
    assert same(column_figures(table, ["mean_7d"]), {f"mean_7d.{name}": value for name, value in slow.column(values).items()})


@quick
@given(st.lists(numbers, max_size=40), st.integers(1, 7))
def test_chunks_change_no_bit_of_a_figure(values: list[float | None], chunk: int) -> None:
    whole = pa.table({"mean_7d": pa.array(values, pa.float64())})
    chunked = pa.Table.from_batches(whole.to_batches(max_chunksize=chunk), whole.schema)
    assert column_figures(chunked, ["mean_7d"]) == column_figures(whole, ["mean_7d"])


@quick
@given(ids, st.integers(0, 40))
def test_feature_rows_are_counted_against_the_seal_and_ids_against_themselves(drawn: list[Any], sealed_rows: int) -> None:
    features = pa.table({TRANSACTION_ID: ids_of(drawn), AMOUNT_CENTS: pa.array([5] * len(drawn), pa.int64())})
    figures = feature_figures(features, sealed_rows, [])
    assert figures.get("missing_rows") == sealed_rows - len(drawn)
    assert figures.get("duplicate_ids") == slow.duplicates(drawn)


@quick
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3]), st.one_of(st.none(), st.integers(1, 6))), max_size=12), st.integers(1, 8))
def test_ranks_and_scores_are_held_against_each_other_as_a_plain_loop_does(rows: list[tuple[float, int | None]], budget: int) -> None:
    scores, ranks = [score for score, _ in rows], [rank for _, rank in rows]
    table = pa.table(
        {
            TRANSACTION_ID: pa.array(range(len(rows)), pa.int64()),
            SCORE: pa.array(scores, pa.float64()),
            ALERT_RANK: pa.array(ranks, pa.int32()),
        }
    )
    figures = prediction_figures(table, len(rows), budget)
    alerts = sum(rank is not None for rank in ranks)
    assert figures.get("alerts") == alerts
    assert figures.get("missing_alerts") == min(budget, len(rows)) - alerts
    assert figures.get("rank_gaps") == slow.rank_gaps(ranks)
    assert figures.get("misranked_rows") == slow.misranked(scores, ranks)
    assert figures.get("all_scores_equal") == ((len(rows) > 1 and len(set(scores)) == 1) if rows else None)
    assert figures.get("alert_line") == min((score for score, rank in rows if rank is not None), default=None)


@quick
@given(st.lists(st.integers(START - 40 * 86_400_000_000, START + 86_400_000_000 - 1) | st.just(START), max_size=30))
def test_late_rows_are_those_before_the_night_and_their_age_is_in_days(occurred_at: list[int]) -> None:
    sealed = pa.table(
        {
            TRANSACTION_ID: pa.array(range(len(occurred_at)), pa.int64()),
            OCCURRED_AT: pa.array(occurred_at, INSTANT),
            AMOUNT_CENTS: pa.array([1] * len(occurred_at), pa.int64()),
        }
    )
    figures, ages = transaction_figures(sealed, NOTHING_ELSE, NIGHT, []), slow.late_days(occurred_at, START)
    assert figures.get("late_rows") == len(ages)
    assert figures.get("late_share") == (len(ages) / len(occurred_at) if occurred_at else None)
    for name, share in (("median", 0.5), ("p99", 0.99), ("max", 1.0)):
        assert figures.get(f"late_days.{name}") == pytest.approx(slow.quantile(ages, share))


@quick
@given(ids, st.booleans(), st.data())
def test_a_table_that_stays_in_its_file_has_the_figures_that_it_has_in_memory(
    drawn: list[Any], in_order: bool, data: st.DataObject
) -> None:
    """Cut into batches of a few rows: more than one is needed to see an id come again."""
    keys = sorted(set(drawn)) if in_order else drawn
    of_each = {"min_size": len(keys), "max_size": len(keys)}
    moments = st.none() | st.integers(START - 3 * 86_400_000_000, START + 86_400_000_000 - 1)
    columns = {
        TRANSACTION_ID: ids_of(keys),
        OCCURRED_AT: pa.array(data.draw(st.lists(moments, **of_each)), INSTANT),
        AMOUNT_CENTS: pa.array(data.draw(st.lists(st.integers(1, 3), **of_each)), pa.int64()),
        "customer": pa.array(data.draw(st.lists(st.none() | st.integers(1, 4), **of_each)), pa.int64()),
    }
    table = pa.table(columns)
    few = data.draw(st.integers(1, 7))
    filed = Filed(table.schema, lambda names: table.select(names).to_batches(max_chunksize=few))
    for told in (
        lambda frame: transaction_figures(frame, NOTHING_ELSE, NIGHT, ["customer"]),
        lambda frame: feature_figures(frame, len(keys), ["customer"]),
    ):
        assert same(told(filed), dict(told(table).values))


@quick
@given(st.dictionaries(st.text(max_size=8), st.floats(), max_size=8))
def test_figures_come_back_equal_from_strict_json(named: dict[str, float]) -> None:
    figures = Figures.of(named)
    stored = json.dumps(figures.to_json(), allow_nan=False)
    assert Figures.from_json(json.loads(stored)) == figures


@quick
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(-3, 3))
def test_rows_that_nobody_accounts_for_are_counted(sealed_rows: int, rejected: int, collapsed: int, lost: int) -> None:
    sealed = pa.table(
        {
            TRANSACTION_ID: pa.array(range(sealed_rows), pa.int64()),
            OCCURRED_AT: pa.array([START] * sealed_rows, INSTANT),
            AMOUNT_CENTS: pa.array([1] * sealed_rows, pa.int64()),
        }
    )
    intake = Intake(sealed_rows + rejected + collapsed + lost, rejected, collapsed, straggler_rows=0, source_disagrees=False)
    figures = transaction_figures(sealed, intake, NIGHT, [])
    assert figures.get("unaccounted_rows") == lost
    assert figures.get("accepted_share") == (sealed_rows / (sealed_rows + rejected) if sealed_rows + rejected else None)
