"""`nightshift doctor`: a line for each thing that nights rely on, and what to do about the one that is not in order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commanding import SCORED, nightshift
from tests.worlds import SMALL, World

pytestmark = pytest.mark.slow

EVERYTHING = [
    *("settings", "signing key", "view", "lake", "warehouse", "source", "schema", "rights"),
    *("clock", "sealed files", "models", "champion", "nights", "leavings"),
]
LONG_AGO = 3 * 86_400
RANDOM = "0123456789abcdef" * 2


def findings(*words: str) -> dict[str, tuple[str, str]]:
    """What the doctor says of each thing: ok or WRONG, and the words."""
    outcome = nightshift("doctor", *words)
    lines = [(line[:6].strip(), line[7:20].strip(), line[21:]) for line in outcome.out.splitlines()]
    assert outcome.code == (3 if any(state == "WRONG" for state, _, _ in lines) else 0), outcome
    return {what: (state, seen) for state, what, seen in lines}


def wrong(*words: str) -> dict[str, str]:
    return {what: seen for what, (state, seen) in findings(*words).items() if state == "WRONG"}


def test_a_sound_house_is_told_thing_by_thing_and_only_the_nights_since_are_missing(behind: World) -> None:
    told = findings()
    assert list(told) == EVERYTHING
    assert {what for what, (state, _) in told.items() if state == "WRONG"} == {"nights"}  # the source ended long before today
    assert "nightshift gaps" in told["nights"][1]


def misspell(world: World) -> None:
    world.configure(**SMALL, alert_bugdet=5)


def open_key(world: World) -> None:
    key(world).chmod(0o644)


def shorten_key(world: World) -> None:
    key(world).write_bytes(b"short")


def key(world: World) -> Path:
    return next(path for path in world.home.rglob("*") if path.is_file() and path.stat().st_size == 32)


def lose_view(world: World) -> None:
    world.configure(**{**SMALL, "view": "tests.worlds:NO_SUCH_VIEW"})


def another_view(world: World) -> None:
    world.configure(**{**SMALL, "view": "tests.learning:UNLABELLED_VIEW"})


def close_lake(world: World) -> None:
    (world.home / "file").write_text("no folder")
    world.configure(**SMALL, lake_uri=f"file://{world.home}/file/lake")


def lose_warehouse(world: World) -> None:
    gone = world.database.url.set(port=1).render_as_string(hide_password=False)
    world.configure(**SMALL, warehouse_url=gone)


def rename_column(world: World) -> None:
    world.change("ALTER TABLE transactions RENAME COLUMN amount TO value")


def forget_migration(world: World) -> None:
    world.change("DELETE FROM scoring.migration WHERE number = 2")


def damage_seal(world: World) -> None:
    path = sealed(world, "features")
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def lose_seal(world: World) -> None:
    sealed(world, "transactions").unlink()


def sealed(world: World, what: str) -> Path:
    named = world.scalar(f"SELECT path FROM scoring.seal WHERE what = '{what}' AND night = '{SCORED}' AND bound_at IS NOT NULL")
    return next(world.home.rglob(str(named)))


def damage_model(world: World) -> None:
    next(world.home.rglob("*.skops")).write_bytes(b"no model")


Ruin = Callable[[World], None]


@pytest.mark.parametrize(
    ("ruin", "what", "says"),
    [
        (misspell, "settings", "alert_budget"),
        (open_key, "signing key", "chmod 600"),
        (shorten_key, "signing key", "put the right key back"),
        (lose_view, "view", "NO_SUCH_VIEW"),
        (another_view, "champion", "set the view back"),
        (close_lake, "lake", "the lake cannot write"),
        (lose_warehouse, "warehouse", "is the server up"),
        (rename_column, "source", "has no column 'amount'"),
        (forget_migration, "schema", "run 'nightshift init'"),
        (damage_seal, "sealed files", "restore from a copy"),
        (lose_seal, "sealed files", "restore from a copy"),
        (damage_model, "models", "nightshift rollback"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(behind: World, ruin: Ruin, what: str, says: str) -> None:
    ruin(behind)
    assert says in wrong()[what]


def test_a_repair_closes_the_key_to_others(behind: World) -> None:
    open_key(behind)
    assert findings("--repair")["signing key"][0] == "ok"
    assert key(behind).stat().st_mode & 0o777 == 0o600


def leave(world: World, name: str, age: float) -> Path:
    """A file that a run left behind so many seconds ago."""
    path = sealed(world, "features").with_name(name)
    path.write_bytes(b"half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_a_repair_removes_what_no_row_names_and_what_is_older_than_a_day_and_nothing_else(behind: World) -> None:
    """Nothing that a row names goes, however old it is."""
    for path in behind.home.rglob("*.parquet"):
        os.utime(path, (time.time() - LONG_AGO,) * 2)
    before = sorted(path for path in behind.home.rglob("*") if path.is_file())
    old = [leave(behind, name, LONG_AGO) for name in (f".{RANDOM}", f"{RANDOM[:16]}.parquet")]
    young, theirs = leave(behind, f"{RANDOM[8:24]}.parquet", 0), leave(behind, "notes.txt", LONG_AGO)
    assert "2 files" in wrong()["leavings"]
    assert findings("--repair")["leavings"] == ("ok", "2 files (0.0 MB) and 0 tables of runs that were cut off: removed")
    assert findings()["leavings"][0] == "ok"
    assert not any(path.exists() for path in old)
    assert sorted(path for path in behind.home.rglob("*") if path.is_file()) == sorted([*before, young, theirs])


def test_a_repair_drops_the_tables_of_runs_that_were_cut_off_and_leaves_those_of_runs_that_go_on(behind: World) -> None:
    for name, started in (("old", "interval '2 days'"), ("young", "interval '1 minute'")):
        behind.change(
            f"""INSERT INTO scoring.run (night, mode, scheduled, requested_by, backtestable, cutoff, known_through, champion_at, publishes,
                in_chain, started_at) SELECT '{SCORED}', 'as-of', false, '{name}', true, cutoff, known_through, champion_at, true, true,
                clock_timestamp() - {started} FROM scoring.run WHERE night = '{SCORED}' LIMIT 1"""
        )
    tables = {
        str(row.requested_by): f"prediction_{SCORED.replace('-', '')}_r{row.run_id}"
        for row in behind.rows("SELECT requested_by, run_id FROM scoring.run WHERE requested_by IN ('old', 'young')")
    }
    behind.change(*(f"CREATE TABLE scoring.{table} (LIKE scoring.prediction)" for table in tables.values()))
    assert "1 tables" in wrong()["leavings"]
    findings("--repair")
    standing = {name for name, table in tables.items() if behind.scalar(f"SELECT to_regclass('scoring.{table}')") is not None}
    assert standing == {"young"}
