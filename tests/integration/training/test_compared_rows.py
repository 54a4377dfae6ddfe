"""What a nightly verdict compares on: every row of the matured nights, with the labels that the reservoir has."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from pipeline import challenging
from pipeline.challenging import matured_nights
from pipeline.comparing import Matured
from pipeline.core.night import Night
from pipeline.data.names import ENTERED, IS_FRAUD, NIGHT, TRANSACTION_ID
from pipeline.reservoirs import reservoir_at
from tests.learning import FRAUDS, RAN, ROWS, learning_world, night, run_nights
from tests.worlds import World

pytestmark = pytest.mark.slow

NEWEST = RAN - 2  # the night that has matured last when the last one has run


@pytest.fixture(scope="module")
def sampled(make: Callable[[str], World]) -> World:
    """Nights of which the reservoir holds a tenth of the genuine."""
    world = learning_world(make("sampled"), RAN, subsample=0.1)
    assert run_nights(world, range(RAN)) == []
    return world


def matured(world: World, since: int) -> Matured | None:
    with world.house() as house, house.warehouse.begin() as connection:
        return matured_nights(house, connection, reservoir_at(house, connection, Night.parse(night(RAN - 1))), Night.parse(night(since)))


def test_all_rows_of_the_nights_since_a_member_are_compared_on_and_frauds_are_those_of_the_reservoir(sampled: World) -> None:
    found = matured(sampled, since=3)
    assert found is not None
    nights = NEWEST - 3
    assert (found.rows.num_rows, found.share) == (nights * ROWS, 1.0)
    with sampled.house() as house, house.warehouse.begin() as connection:
        reservoir = reservoir_at(house, connection, Night.parse(night(RAN - 1))).rows
    assert reservoir.num_rows < (NEWEST + 1) * (FRAUDS + 0.2 * ROWS)
    theirs = reservoir.filter(pa.array([day > Night.parse(night(3)).day for day in reservoir[NIGHT].to_pylist()]))
    ours = found.rows.select([name for name in theirs.column_names if name != ENTERED])
    known = {row[TRANSACTION_ID]: row for row in ours.to_pylist()}
    assert all(known[row[TRANSACTION_ID]] == {name: value for name, value in row.items() if name != ENTERED} for row in theirs.to_pylist())
    frauds = [row[TRANSACTION_ID] for row in theirs.to_pylist() if row[IS_FRAUD]]
    assert sorted(frauds) == sorted(key for key, row in known.items() if row[IS_FRAUD])


def test_of_too_many_rows_all_frauds_and_a_share_of_the_genuine_are(sampled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenging, "ROWS_COMPARED", 450)
    found = matured(sampled, since=3)
    assert found is not None
    assert found.share == 0.5
    assert int(found.rows.filter(found.rows[IS_FRAUD]).num_rows) == 3 * FRAUDS
    assert found.rows.num_rows == pytest.approx(3 * FRAUDS + 0.5 * 3 * (ROWS - FRAUDS), rel=0.15)


def test_where_nights_are_too_large_to_read_or_a_file_is_lost_the_reservoir_must_do(
    sampled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(challenging, "ROWS_READ", 10)
        assert matured(sampled, since=3) is None
    path = sampled.scalar(f"SELECT path FROM scoring.seal WHERE what = 'features' AND night = '{night(NEWEST)}'")
    file = sampled.home / ".nightshift" / "lake" / str(path)
    aside = file.rename(file.with_suffix(".aside"))
    assert matured(sampled, since=3) is None
    aside.rename(file)


def test_without_a_night_since_then_there_is_nothing(sampled: World) -> None:
    assert matured(sampled, since=RAN) is None
