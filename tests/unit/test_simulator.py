"""The simulated source: the book's figures, the arrival of rows and labels, and days that do not depend on each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import UsageError
from pipeline.simulator import Simulated, Simulation, simulate
from pipeline.simulator.__main__ import main
from pipeline.simulator.day import Day, draw_day
from pipeline.simulator.world import World, make_world

LAST = dt.date(2026, 11, 22)
SMALL = Simulation(LAST, days=6, customers=120, terminals=300, radius=20.0)
FAR = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
DAY = 86_400


@pytest.fixture(scope="module")
def usual() -> Simulated:
    """Thirty days of the default size, with everything that will ever be known of them."""
    return simulate(Simulation(LAST, days=30, until=FAR))


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(Simulation(LAST))


@pytest.fixture(scope="module")
def drawn(world: World) -> list[Day]:
    simulation = Simulation(LAST, days=15)
    return [draw_day(simulation, world, date) for date in simulation.dates]


def seconds(delay: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(delay.cast(pa.int64()).to_numpy() / 1e6)


def test_about_eight_thousand_transactions_happen_a_day(usual: Simulated) -> None:
    days = pc.value_counts(usual.transactions["occurred_at"].cast(pa.date32()).combine_chunks())
    assert len(days) == 30
    assert all(7_500 < count < 8_700 for count in days.field("counts").to_pylist())


def test_tables_have_the_columns_of_the_source_contract(usual: Simulated) -> None:
    instant = pa.timestamp("us", "UTC")
    assert dict(zip(usual.transactions.schema.names, usual.transactions.schema.types, strict=True)) == {
        "transaction_id": pa.int64(),
        "occurred_at": instant,
        "recorded_at": instant,
        "customer_id": pa.int64(),
        "terminal_id": pa.int64(),
        "amount": pa.decimal128(12, 2),
    }
    assert dict(zip(usual.labels.schema.names, usual.labels.schema.types, strict=True)) == {
        "transaction_id": pa.int64(),
        "is_fraud": pa.bool_(),
        "known_at": instant,
    }


def test_ids_are_unique_and_tell_the_day(usual: Simulated) -> None:
    ids = usual.transactions["transaction_id"]
    assert pc.count_distinct(ids).as_py() == len(ids)
    assert pc.strftime(usual.transactions["occurred_at"], "%Y%m%d").cast(pa.int64()).equals(pc.divide(ids, 10_000_000))


def test_amounts_follow_the_customers_means(usual: Simulated) -> None:
    amounts = usual.transactions["amount"].cast(pa.float64()).to_numpy()
    assert amounts.min() >= 0
    assert 52 < amounts.mean() < 58  # the published half year: 53.6; normal means 52.5, cut at zero a little more


def test_a_day_has_its_peak_at_noon(usual: Simulated) -> None:
    hours = np.bincount(pc.hour(usual.transactions["occurred_at"]).to_numpy(), minlength=24)
    assert hours.argmax() in range(9, 15)
    assert hours[0] + hours[23] < hours[12]


def test_one_transaction_in_a_hundred_is_fraud(usual: Simulated) -> None:
    closed = set(usual.labels.filter(pc.invert(usual.labels["is_fraud"]))["transaction_id"].to_pylist())
    opened = set(usual.labels.filter(usual.labels["is_fraud"])["transaction_id"].to_pylist())
    assert 0.007 < len(opened - closed) / len(usual.transactions) < 0.013  # the published half year: 0.0084, its first weeks less


def test_every_amount_above_220_is_fraud(drawn: list[Day]) -> None:
    assert sum((day.amount_cents > 22_000).sum() for day in drawn) > 100
    assert all((day.scenario[day.amount_cents > 22_000] > 0).all() for day in drawn)
    assert all((day.amount_cents[day.scenario == 1] > 22_000).all() for day in drawn)


def test_everything_at_a_compromised_terminal_is_fraud(drawn: list[Day]) -> None:
    for day in drawn:
        compromised = np.unique(day.terminal[day.scenario == 2])
        assert 20 < len(compromised) <= 56  # two a day for 28 days, those that saw a customer
        assert (day.scenario[np.isin(day.terminal, compromised)] > 0).all()


def test_a_third_of_what_compromised_customers_do_is_misused_at_fivefold_amounts(drawn: list[Day], world: World) -> None:
    misused = np.concatenate(
        [day.amount_cents[day.scenario == 3] / 100 / world.amount_mean[day.customer[day.scenario == 3]] for day in drawn]
    )
    assert 200 < len(misused) < 600  # 42 customers, two a day, a third of it, 15 days: 420
    assert 4.5 < misused.mean() < 5.7


def test_no_more_than_42_customers_are_compromised_at_once(drawn: list[Day]) -> None:
    assert all(len(np.unique(day.customer[day.scenario == 3])) <= 42 for day in drawn)


def test_customers_pay_only_at_terminals_in_reach(drawn: list[Day], world: World) -> None:
    day = drawn[0]
    for customer, terminal in zip(day.customer[:500], day.terminal[:500], strict=True):
        assert terminal in world.available.terminals[world.available.offsets[customer] : world.available.offsets[customer + 1]]


def test_a_customer_out_of_reach_of_any_terminal_makes_no_trade() -> None:
    lonely = replace(SMALL, terminals=3, radius=1.0)
    reach = make_world(lonely).available.counts
    assert (reach == 0).sum() > 100
    traded = set(simulate(lonely).transactions["customer_id"].to_pylist())
    assert traded <= set(np.flatnonzero(reach).tolist())


def test_most_rows_arrive_within_minutes_and_one_in_a_hundred_hours_to_days_late(usual: Simulated) -> None:
    delay = seconds(pc.subtract(usual.transactions["recorded_at"], usual.transactions["occurred_at"]))
    assert delay.min() >= 0
    assert 15 < np.median(delay) < 25
    assert 0.008 < (delay >= 3_600).mean() < 0.012
    assert delay.max() <= 3 * DAY


def test_nine_frauds_in_ten_are_known_within_seven_days(usual: Simulated) -> None:
    opened = usual.labels.filter(usual.labels["is_fraud"]).join(
        usual.transactions.select(["transaction_id", "recorded_at"]), "transaction_id"
    )
    days = seconds(pc.subtract(opened["known_at"], opened["recorded_at"])) / DAY
    assert days.min() > 0
    assert 1.7 < np.median(days) < 2.3
    assert 0.90 < (days < 7).mean() < 0.98


def test_a_dispute_opens_as_fraud_and_closes_as_none_later(usual: Simulated) -> None:
    rows = usual.labels.to_pylist()
    opened = {row["transaction_id"]: row["known_at"] for row in rows if row["is_fraud"]}
    closed = {row["transaction_id"]: row["known_at"] for row in rows if not row["is_fraud"]}
    assert 150 < len(closed) < 350  # 0.1 % of 243,000
    assert len(opened) + len(closed) == len(rows)
    assert all(opened[transaction] < known_at for transaction, known_at in closed.items())


def test_no_disputes_means_labels_of_frauds_alone() -> None:
    assert pc.all(simulate(replace(SMALL, dispute_share=0.0, until=FAR)).labels["is_fraud"]).as_py()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3), st.integers(1, 6), st.integers(0, 5))
def test_a_day_is_the_same_in_every_span_that_holds_it(seed: int, days: int, back: int) -> None:
    whole = simulate(replace(SMALL, seed=seed, until=FAR))
    part = simulate(replace(SMALL, seed=seed, days=days, last_day=LAST - dt.timedelta(days=back), until=FAR))
    shared = pc.is_in(whole.transactions["transaction_id"], part.transactions["transaction_id"])
    again = pc.is_in(part.transactions["transaction_id"], whole.transactions["transaction_id"])
    assert whole.transactions.filter(shared).equals(part.transactions.filter(again))
    assert again.to_pylist().count(True) == sum(
        day.transactions.num_rows
        for day in [simulate(replace(SMALL, seed=seed, days=1, last_day=date, until=FAR)) for date in _shared(days, back)]
    )


def _shared(days: int, back: int) -> list[dt.date]:
    part = replace(SMALL, days=days, last_day=LAST - dt.timedelta(days=back)).dates
    return [date for date in part if date in SMALL.dates]


@settings(max_examples=25, deadline=None)
@given(st.integers(-1, 9 * 24))
def test_nothing_comes_out_that_is_not_yet_known(hours: int) -> None:
    until = dt.datetime(2026, 11, 16, 13, 20, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
    everything, known = simulate(replace(SMALL, until=FAR)), simulate(replace(SMALL, until=until))
    horizon = pa.scalar(until, pa.timestamp("us", "UTC"))
    assert known.transactions.equals(everything.transactions.filter(pc.less(everything.transactions["recorded_at"], horizon)))
    assert known.labels.equals(everything.labels.filter(pc.less(everything.labels["known_at"], horizon)))


def test_a_source_knows_nothing_after_its_last_night_by_default() -> None:
    source = simulate(SMALL)
    end = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    assert pc.max(source.transactions["recorded_at"]).as_py() < end
    assert pc.max(source.labels["known_at"]).as_py() < end


def test_another_seed_is_another_world() -> None:
    assert simulate(SMALL).transactions.num_rows != simulate(replace(SMALL, seed=1)).transactions.num_rows


def test_a_scaled_world_is_as_dense_as_the_usual_one(world: World) -> None:
    smaller = make_world(Simulation(LAST).scaled(0.2))
    assert len(smaller.daily_transactions) == 840
    assert abs(smaller.available.counts.mean() / world.available.counts.mean() - 1) < 0.25  # the rim of the grid weighs more


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"days": 0}, "at least one of its days, not 0"),
        ({"customers": 0}, "at least one of its customers"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"radius": 0.0}, "outside the grid"),
        ({"late_share": 1.5}, "late_share 1.5 is not a share"),
        ({"until": dt.datetime(2026, 11, 22)}, "has no time zone"),  # noqa: DTZ001  # the mistake under test
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        replace(SMALL, **change)  # type: ignore[arg-type]  # drawn from the table above


def test_the_command_writes_what_the_simulation_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--out", str(tmp_path / "new" / "source"), "--end", "2026-11-22", "--nights", "3", "--customers", "100", "--seed", "5"])
    expected = simulate(Simulation(LAST, days=3, seed=5).scaled(100 / 4_200))
    assert code == 0
    assert pq.read_table(tmp_path / "new" / "source" / "transactions.parquet").equals(expected.transactions)
    assert pq.read_table(tmp_path / "new" / "source" / "labels.parquet").equals(expected.labels)
    assert sorted(path.name for path in (tmp_path / "new" / "source").iterdir()) == ["labels.parquet", "transactions.parquet"]
    assert f"{expected.transactions.num_rows} transactions" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--end", "22.11.2026"], ["--nights", "0"], ["--customers", "0"], ["--seed", "-2"]])
def test_wrong_use_of_the_command_ends_with_2_and_one_line(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path), *wrong]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())
