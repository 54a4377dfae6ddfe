"""Nights that are computed from what the night before left, beside a warehouse in which each is computed from its whole history."""

from __future__ import annotations

import datetime as dt
import operator
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from pipeline.core.night import ONE_DAY, Night
from pipeline.core.settings import CONFIG_VARIABLE
from pipeline.data import server
from pipeline.features import in_buckets
from pipeline.features.declarations import Amount, AmountRatio, Count, FraudRate, MeanAmount
from pipeline.features.view import FeatureView
from tests.commanding import nightshift
from tests.worlds import SMALL, World, label, transaction

pytestmark = pytest.mark.slow

DAYS = [f"2026-03-{day:02d}" for day in range(2, 19)]
RUN = DAYS[11:]  # the first seals what was before as history
WEEK_VIEW = FeatureView(
    "week",
    (
        Amount(),
        *(kind("customer", (ONE_DAY, 9 * ONE_DAY)) for kind in (Count, MeanAmount, AmountRatio)),
        FraudRate("terminal", (ONE_DAY, 8 * ONE_DAY), ONE_DAY),
        FraudRate("terminal", (ONE_DAY,)),
    ),
)
SETTINGS = SMALL | {"view": "tests.integration.test_carrying:WEEK_VIEW"}
FROM_TOTALS = "SELECT run_id, (counts->>'from_totals')::int FROM scoring.run_step WHERE step = 'build_features' ORDER BY run_id"
SEALED = "SELECT what, night, path, sha256 FROM scoring.seal WHERE bound_at IS NOT NULL ORDER BY seal_id"
FEATURES = """SELECT night, sha256, row_count, first_key, last_key, figures, complete FROM scoring.seal
    WHERE what = 'features' AND bound_at IS NOT NULL ORDER BY night"""


def bring(world: World) -> None:
    """Seventeen nights of trade: some rows late by hours, labels that are told, taken back, told late, or of nobody."""
    chance = random.Random(7)
    trade, told, key = [], [], 0
    for day in DAYS:
        start = Night.parse(day).start
        for _ in range(60):
            occurred = start + dt.timedelta(minutes=chance.randrange(1440))
            recorded = (
                occurred + dt.timedelta(seconds=20) if chance.random() < 0.97 else occurred + dt.timedelta(hours=chance.randrange(1, 20))
            )
            dear = chance.random() < 0.5
            trade.append(
                transaction(
                    key,
                    occurred,
                    recorded_at=recorded,
                    customer_id=chance.randrange(9),
                    terminal_id=chance.choice([None, *range(6)]),
                    amount=900 + chance.randrange(50) if dear else chance.randrange(40),
                )
            )
            if dear:
                told.append(label(key + chance.choice([0, 0, 0, 0, 100_000]), recorded + dt.timedelta(hours=chance.randrange(1, 50))))
            if chance.random() < 0.1:
                told.append(label(key, recorded + dt.timedelta(hours=chance.randrange(20, 90)), is_fraud=False))
            key += 1
    world.insert("transactions", trade)
    world.insert("labels", told)


def made(postgres: server.Embedded, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World.make(server.create_database(postgres, name), folder, monkeypatch)
    world.configure(**SETTINGS, transactions={"nullable_entities": ["terminal"]})
    world.make_tables()
    bring(world)
    return world


@pytest.fixture(scope="module")
def lived(
    postgres: server.Embedded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Sequence[sa.Row[tuple[object, ...]]]]]:
    """Six nights that build upon each other, and the features of the same nights where no totals are ever found, but added up."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        anew = made(postgres, "anew", tmp_path_factory.mktemp("anew"), monkeypatch)
        for day in RUN:
            anew.run(day)
            anew.change("DELETE FROM scoring.seal WHERE what = 'totals'")
        assert {built for _, built in anew.rows(FROM_TOTALS)} == {0}
        features = anew.rows(FEATURES)
        anew.database.engine.dispose()
        world = made(postgres, "carried", tmp_path_factory.mktemp("carried"), monkeypatch)
        for day in RUN:
            world.run(day)
        yield world, features
        world.database.engine.dispose()


def test_nights_that_build_upon_each_other_seal_the_same_bits(lived: tuple[World, Sequence[sa.Row[tuple[object, ...]]]]) -> None:
    world, anew = lived
    assert world.rows(FEATURES) == anew
    assert len(anew) == len(RUN)
    assert [built for _, built in world.rows(FROM_TOTALS)] == [0, 1, 1, 1, 1, 1]


def test_each_night_has_the_features_that_all_sealed_rows_give_that_are_held_at_once(lived: tuple[World, object]) -> None:
    world, _ = lived
    with world.house() as house:
        sealed = [(what, str(night), house.lake.read_table(path, sha256)) for what, night, path, sha256 in world.rows(SEALED)]
        for day in RUN:
            before, own, told = (
                [rows for what, night, rows in sealed if (what, night) in {(kind, each) for each in DAYS if wanted(each, day)}]
                for kind, wanted in (("transactions", operator.lt), ("transactions", operator.eq), ("labels", operator.le))
            )
            (features,) = (rows for what, night, rows in sealed if (what, night) == ("features", day))
            assert features.equals(house.view.compute(pa.concat_tables(before), own[0], pa.concat_tables(told)))


def test_nights_that_have_no_room_in_memory_seal_the_same_bits_and_so_does_the_night_after_them(
    lived: tuple[World, Sequence[sa.Row[tuple[object, ...]]]],
    postgres: server.Embedded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    large = made(postgres, "large", tmp_path, monkeypatch)
    monkeypatch.setattr(in_buckets, "BYTES_A_ROW", 2**26)  # sixteen rows have room in the default of two gibibytes
    with caplog.at_level("INFO"):
        for day in RUN[:-1]:
            large.run(day)
    assert caplog.text.count("rows have no room in memory_limit and are computed by buckets") == len(RUN) - 1
    assert large.scalar("SELECT count(*) FROM scoring.seal WHERE what = 'totals'") == 0
    large.run(RUN[1], mode="corrected", reason="seen with what is known now")
    monkeypatch.undo()
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "nightshift.toml"))
    large.run(RUN[-1])
    assert large.scalar("SELECT count(*) FROM scoring.seal WHERE what = 'totals'") == 1
    assert large.rows(FEATURES) == lived[1]
    corrected = "SELECT sha256 FROM scoring.seal WHERE path LIKE 'features_corrected%'"
    by_buckets = large.scalar(corrected)
    large.run(RUN[1], mode="corrected", reason="once more, at once")
    assert {sha256 for (sha256,) in large.rows(corrected)} == {by_buckets}
    assert not list(tmp_path.rglob("scratch/*"))
    large.database.engine.dispose()


def test_the_doctor_knows_what_nights_leave(lived: tuple[World, object]) -> None:
    told = nightshift("doctor")
    assert "are what was sealed" in told.out


def test_a_night_whose_totals_are_damaged_is_computed_from_its_whole_history(
    lived: tuple[World, object], caplog: pytest.LogCaptureFixture
) -> None:
    world, _ = lived
    eve, day = RUN[-2:]
    again = f"SELECT sha256 FROM scoring.seal WHERE what = 'features' AND night = '{day}' ORDER BY version"
    path = world.home / ".nightshift/lake" / str(world.scalar(f"SELECT path FROM scoring.seal WHERE what = 'totals' AND night = '{eve}'"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"!")
    try:
        world.change(f"UPDATE scoring.seal SET bound_at = NULL WHERE what = 'features' AND night = '{day}'")
        run_id = world.run(day)
    finally:
        path.write_bytes(whole)
    assert (
        world.scalar(f"SELECT (counts->>'from_totals')::int FROM scoring.run_step WHERE step = 'build_features' AND run_id = {run_id}") == 0
    )
    assert "it is computed from the whole history instead" in caplog.text
    first, second = (sha256 for (sha256,) in world.rows(again))
    assert first == second
