"""Whatever straggles into sealed nights is taken once, as by looking at every row of every night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import BusyError
from pipeline.core.night import ONE_DAY, Night
from pipeline.data import intake, runs, seals
from pipeline.data.contract import Contract
from pipeline.data.intake import Taking
from pipeline.data.lake import Stored
from pipeline.data.names import FEATURES, LABELS, TRANSACTIONS
from pipeline.house import House
from tests.oracles.contract import Row
from tests.oracles.nights import SlowHouse, SlowNight
from tests.worlds import Trade, World, as_of, label, transaction

pytestmark = pytest.mark.slow

FIRST = Night.parse("2026-03-01")
NIGHTS = 4
IDS = range(100, 108)
NAMELESS = st.lists(st.sampled_from([None, *IDS[:3]]), max_size=2)
REUSED = settings(
    deadline=None,
    max_examples=10,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes where every example runs nights
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Load:
    """What is there before a night runs, wherever its instants lie, and whether the night passes its gates.

    `verdicts` are labels that an analyst wrote; in a night that is sealed already they were committed late.
    """

    transactions: list[Row]
    labels: list[Row]
    verdicts: list[Row]
    passes: bool


@st.composite
def loads(draw: st.DrawFn) -> list[Load]:
    """Four nights; rows arrive in their night, in any before it or in none, ids come again with the same payload or another."""
    return [_load(draw, number) for number in range(NIGHTS)]


def _load(draw: st.DrawFn, number: int) -> Load:
    arrivals = st.integers(0, number).map(lambda night: FIRST.back(-night).start + dt.timedelta(hours=1))
    transactions = draw(st.lists(st.builds(_transaction, st.sampled_from(IDS), arrivals, st.sampled_from([1, 1, 1, 2, -1])), max_size=6))
    labels = draw(st.lists(st.builds(_label, st.sampled_from(IDS), arrivals, st.booleans()), max_size=4))
    verdicts = draw(st.lists(st.builds(_label, st.sampled_from(IDS), arrivals, st.booleans()), max_size=3))
    transactions += [_undated(key) for key in draw(NAMELESS)]
    labels += [label(key, None) for key in draw(NAMELESS)]
    return Load(transactions, labels, verdicts, draw(st.sampled_from([True, True, True, False])))


def _undated(key: int | None) -> Row:
    return transaction(key, FIRST.start, amount=1.0) | {"occurred_at": None, "recorded_at": None}


def _transaction(key: int, arrival: dt.datetime, amount: int) -> Row:
    return transaction(key, FIRST.start, recorded_at=arrival, amount=float(amount))


def _label(key: int, known_at: dt.datetime, is_fraud: bool) -> Row:
    return label(key, known_at, is_fraud=is_fraud)


@pytest.fixture
def house(world: World) -> Iterator[House]:
    """A house over empty tables, whose view looks one night back and whose stragglers are sought in two."""
    world.configure(view="tests.worlds:SMALL_VIEW", straggler_nights=2)
    world.make_tables()
    with world.house() as house:
        yield house


def clear(world: World) -> None:
    with world.database.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # triggers keep what is history from being emptied
        connection.exec_driver_sql(
            "TRUNCATE scoring.feedback, transactions, labels, scoring.seal, scoring.rejected_transaction, scoring.run CASCADE"
        )


def write(world: World, verdicts: list[Row]) -> None:
    """Verdicts of any instant: the trigger that signs them knows only now."""
    statement = """INSERT INTO scoring.feedback (transaction_id, verdict, note, written_by, written_at)
        VALUES (:transaction_id, CASE WHEN :is_fraud THEN 'fraud' ELSE 'genuine' END, 'seen', 'somebody', :known_at)"""
    with world.database.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for verdict in verdicts:
            connection.execute(sa.text(statement), verdict)


def extract(house: House, night: Night) -> int:
    """Open a run of a night and seal it; returns the run."""
    with house.warehouse.begin() as connection:
        run_id = runs.open_run(connection, as_of(str(night)))
    Taking(house.warehouse, house.source, house.lake, run_id, night, ONE_DAY, 2, lambda *_: None, house.room).take()
    return run_id


def bind(house: House, run_id: int, night: Night) -> None:
    with house.warehouse.begin() as connection:
        intake.bind(connection, house.lake, run_id, night)


def sealed(house: House, night: Night) -> SlowNight:
    """A bound night as the twin tells it."""
    with house.warehouse.begin() as connection:
        [transactions] = seals.bound(connection, TRANSACTIONS, night, night)
        [labels] = seals.bound(connection, LABELS, night, night)
        of_both = f"WHERE seal_id IN ({transactions.seal_id}, {labels.seal_id})"
        rejected = connection.exec_driver_sql(f"SELECT transaction_id, occurred_at, reason FROM scoring.rejected_transaction {of_both}")
        refused = sorted((tuple(row) for row in rejected), key=str)
    accepted, of_labels = (house.lake.read_table(seal.path, seal.sha256).to_pylist() for seal in (transactions, labels))
    return SlowNight(accepted, of_labels, refused, transactions.collapsed_rows, transactions.straggler_rows)


def contract(house: House) -> Contract:
    return Contract(pa.int64(), house.source.shape.entities, (), 2, negative_amounts=False)


def own_names(row: Row) -> Row:
    """The row under the names of the contract."""
    renamed = {"customer_id": "customer", "terminal_id": "terminal"}
    return {renamed.get(name, name): value for name, value in row.items()}


def nothing_is_doubled(house: House) -> None:
    with house.warehouse.begin() as connection:
        bound = seals.all_bound(connection, TRANSACTIONS)
    ids = [key for seal in bound for key in house.lake.read_table(seal.path, seal.sha256)["transaction_id"].to_pylist()]
    assert len(ids) == len(set(ids))


@REUSED
@given(drawn=loads())
def test_nights_in_order_hold_what_the_slow_twin_says_and_no_id_twice(world: World, house: House, drawn: list[Load]) -> None:
    clear(world)
    slow, first = SlowHouse(contract(house), straggler_nights=2), _transaction(99, FIRST.start, 1)  # the source begins with the first night
    world.insert("transactions", [first])
    transactions, labels = [own_names(first)], []
    for number, load in enumerate(drawn):
        world.bring(Trade(load.transactions, load.labels))
        write(world, load.verdicts)
        transactions.extend(map(own_names, load.transactions))
        labels.extend(load.labels + load.verdicts)  # to the twin they are labels like any other
        _run(house, slow, FIRST.back(-number), transactions, labels, load.passes)
    for number in range(NIGHTS):  # what did not pass is run again and passes
        _run(house, slow, FIRST.back(-number), transactions, labels, True)
    for start, expected in slow.nights.items():
        assert sealed(house, Night.of(start)) == expected
    nothing_is_doubled(house)


def _run(house: House, slow: SlowHouse, night: Night, transactions: list[Row], labels: list[Row], passes: bool) -> None:
    expected, run_id = slow.run(night.start, transactions, labels), extract(house, night)
    if passes:
        slow.nights[night.start] = expected
        bind(house, run_id, night)


FRESH = st.lists(st.tuples(st.sampled_from(IDS), st.integers(0, NIGHTS - 1)), max_size=8)


@REUSED
@given(drawn=st.lists(FRESH, min_size=NIGHTS, max_size=NIGHTS))
def test_a_good_transaction_ends_in_the_first_night_that_could_seal_it(
    world: World, house: House, drawn: list[list[tuple[int, int]]]
) -> None:
    clear(world)
    world.insert("transactions", [_transaction(99, FIRST.start, 1)])
    first_loads = {99: FIRST}
    for number, load in enumerate(drawn):
        night = FIRST.back(-number)
        near = [(key, max(number - 2, min(arrival, number))) for key, arrival in load]  # within the nights that are looked through
        world.insert("transactions", [_transaction(key, FIRST.back(-arrival).start, 1) for key, arrival in near])
        first_loads |= {key: night for key, _ in load if key not in first_loads}
        bind(house, extract(house, night), night)
    found = {row["transaction_id"]: night for night in _nights() for row in sealed(house, night).transactions}
    assert found == first_loads
    nothing_is_doubled(house)


def _nights() -> list[Night]:
    return [FIRST.back(-number) for number in range(NIGHTS)]


OPERATIONS = st.one_of(
    st.tuples(st.just("load"), st.integers(0, 2), st.sampled_from(IDS[:3])),
    st.tuples(st.sampled_from(["extract", "bind"]), st.integers(0, 2), st.none()),
)


@REUSED
@given(drawn=st.lists(OPERATIONS, max_size=14))
def test_however_runs_of_several_nights_interleave_no_id_is_bound_twice(
    world: World, house: House, drawn: list[tuple[str, int, int | None]]
) -> None:
    clear(world)
    world.insert("transactions", [_transaction(99, FIRST.start, 1)])
    newest: dict[Night, int] = {}
    for operation, number, key in drawn:
        night = FIRST.back(-number)
        if operation == "load":
            world.insert("transactions", [_transaction(key, night.start, 1)])  # type: ignore[arg-type]
        elif operation == "extract":
            newest[night] = extract(house, night)
        elif night in newest:
            with suppress(BusyError):
                bind(house, newest[night], night)
    nothing_is_doubled(house)


def test_of_two_nights_that_sealed_one_transaction_at_the_same_time_the_second_must_look_again(world: World, house: House) -> None:
    world.insert("transactions", [_transaction(99, FIRST.start, 1), _transaction(1, FIRST.next().start, 1)])
    later = extract(house, FIRST.next())
    world.insert("transactions", [_transaction(1, FIRST.start, 1)])
    bind(house, extract(house, FIRST), FIRST)
    with pytest.raises(BusyError, match="run night 2026-03-02 again"):
        bind(house, later, FIRST.next())
    bind(house, extract(house, FIRST.next()), FIRST.next())
    assert [sealed(house, night).collapsed for night in (FIRST, FIRST.next())] == [0, 1]


def test_of_two_nights_that_took_one_undated_row_at_the_same_time_the_second_must_look_again(world: World, house: House) -> None:
    world.insert("transactions", [_transaction(99, FIRST.start, 1), _undated(None)])
    world.insert("labels", [label(99, None)])
    later, earlier = extract(house, FIRST.next()), extract(house, FIRST)
    bind(house, earlier, FIRST)
    with pytest.raises(BusyError, match="night 2026-03-02 took stragglers or undated rows while night 2026-03-01 took some too"):
        bind(house, later, FIRST.next())
    bind(house, extract(house, FIRST.next()), FIRST.next())
    assert [len(sealed(house, night).rejected) for night in (FIRST, FIRST.next())] == [2, 0]


def test_two_runs_that_seal_one_night_at_the_same_time_make_two_versions(world: World, house: House) -> None:
    world.insert("transactions", [_transaction(99, FIRST.start, 1)])
    run_id = extract(house, FIRST)

    def seal(connection: sa.Connection) -> int:
        return seals.record(connection, run_id, FIRST, FEATURES, Stored("file", 0, 1, "0" * 64, ""), seals.Counted(0), "view").version

    def seal_meanwhile() -> int:
        with house.warehouse.begin() as connection:
            return seal(connection)

    with ThreadPoolExecutor() as pool, house.warehouse.begin() as connection:
        first, second = seal(connection), pool.submit(seal_meanwhile)
        wait([second], timeout=0.5)  # it waits for us
    assert (first, second.result()) == (1, 2)


def test_a_straggler_that_also_arrives_in_the_night_itself_is_read_once_each_time(world: World, house: House) -> None:
    world.insert("transactions", [_transaction(99, FIRST.start, 1)])
    bind(house, extract(house, FIRST), FIRST)
    nights = [FIRST, FIRST.next(), FIRST.back(-2)]  # late, in time, and not known before the night after
    world.insert("transactions", [_transaction(1, night.start, 1) for night in nights])
    bind(house, extract(house, FIRST.next()), FIRST.next())
    night = sealed(house, FIRST.next())
    assert (len(night.transactions), night.stragglers, night.collapsed) == (1, 1, 1)


def test_a_row_of_a_night_that_did_not_pass_is_not_lost_to_the_night_after(world: World, house: House) -> None:
    rows = [_transaction(99, FIRST.start, 1), _transaction(1, FIRST.next().start, 1)]
    world.insert("transactions", [*rows, _transaction(1, FIRST.back(-2).start, 1)])
    extract(house, FIRST.next())  # sealed, but stopped by a gate
    after = FIRST.back(-2)
    bind(house, extract(house, after), after)
    with world.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM transactions WHERE transaction_id = 1 AND recorded_at < '2026-03-03'")
    bind(house, extract(house, FIRST.next()), FIRST.next())
    assert [[row["transaction_id"] for row in sealed(house, night).transactions] for night in (FIRST.next(), after)] == [[], [1]]
