"""`nightshift doctor`: a line for each thing that nights rely on, and what to do about the one that is not in order."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import orphans, server
from pipeline.data.lake import Found
from pipeline.data.orphans import Orphans
from pipeline.examining import inside
from pipeline.house import open_house, wall_clock
from tests.commanding import NEXT, SCORED, nightshift
from tests.worlds import SMALL, World

pytestmark = pytest.mark.slow

EVERYTHING = [
    *("settings", "secrets", "signing key", "view", "lake", "warehouse", "source", "schema", "rights"),
    *("clock", "sealed files", "models", "champion", "published", "nights", "leavings"),
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
    assert told["rights"][1].endswith("this login may extract, score, train")
    assert "have all their rows" in told["published"][1]


@pytest.mark.parametrize(("ahead", "is_wrong"), [(-90, True), (-30, False), (30, False), (90, True)])
def test_clocks_that_are_more_than_a_minute_apart_are_told_with_their_distance(world: World, ahead: int, is_wrong: bool) -> None:
    world.make_tables()
    with open_house(clock=lambda: wall_clock() + dt.timedelta(seconds=ahead)) as house:
        found = next(inside(house, repair=False, sound=True))
    assert (found.what, found.wrong) == ("clock", is_wrong)
    assert ("set both by a time server" in found.seen) == is_wrong


def misspell(world: World) -> None:
    world.configure(**SMALL, alert_bugdet=5)


def open_settings(world: World) -> None:
    (world.home / "nightshift.toml").chmod(0o644)


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


def come_from_the_future(world: World) -> None:
    world.change("INSERT INTO scoring.migration (number, name, sha256) VALUES (9999, '9999_flying', 'x')")


def damage_seal(world: World) -> None:
    path = sealed(world, "features")
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def lose_seal(world: World) -> None:
    sealed(world, "transactions").unlink()


def put_a_folder_in_its_place(world: World) -> None:
    path = sealed(world, "transactions")
    path.unlink()
    path.mkdir()


def put_a_pipe_in_its_place(world: World) -> None:
    path = sealed(world, "transactions")
    path.unlink()
    os.mkfifo(path)


def unmount(world: World) -> None:
    (world.home / ".nightshift" / "lake").rename(world.home / "elsewhere")


def lose_rows(world: World) -> None:
    world.change(f"DELETE FROM scoring.prediction WHERE night = '{SCORED}' AND score < (SELECT max(score) FROM scoring.prediction)")


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
        (open_settings, "secrets", "chmod 600"),
        (open_key, "signing key", "chmod 600"),
        (shorten_key, "signing key", "put the right key back"),
        (lose_view, "view", "NO_SUCH_VIEW"),
        (another_view, "champion", "set the view back"),
        (close_lake, "lake", "the lake cannot write"),
        (lose_warehouse, "warehouse", "is the server up"),
        (rename_column, "source", "has no column 'amount'"),
        (forget_migration, "schema", "run 'nightshift init'"),
        (come_from_the_future, "schema", "a newer version, which applied 9999_flying: update nightshift"),
        (damage_seal, "sealed files", "restore it from a copy"),
        (lose_seal, "sealed files", "restore it from a copy"),
        (put_a_folder_in_its_place, "sealed files", "restore it from a copy"),
        (put_a_pipe_in_its_place, "sealed files", "restore it from a copy"),
        (unmount, "sealed files", "is its disk mounted"),
        (damage_model, "models", "nightshift rollback"),
        (lose_rows, "published", "not what was published"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(behind: World, ruin: Ruin, what: str, says: str) -> None:
    ruin(behind)
    assert says in wrong()[what]


def test_a_repair_closes_the_key_to_others(behind: World) -> None:
    open_key(behind)
    assert findings("--repair")["signing key"][0] == "ok"
    assert key(behind).stat().st_mode & 0o777 == 0o640  # the group may be that of the service, which reads it


def test_a_key_may_be_read_by_the_group_of_the_service_and_a_repair_leaves_it_that(behind: World) -> None:
    key(behind).chmod(0o640)
    assert findings("--repair")["signing key"][0] == "ok"
    assert key(behind).stat().st_mode & 0o777 == 0o640


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
    state, told = findings("--repair")["leavings"]
    assert (state, told.partition(":")[0]) == ("ok", "2 files (0.0 MB) and 0 tables of runs that were cut off")
    assert findings()["leavings"][0] == "ok"
    assert not any(path.exists() for path in old)
    (aside,) = lake(behind).joinpath("leavings").rglob(f"{RANDOM[:16]}.parquet")
    assert aside.read_bytes() == b"half"  # nobody can know that nobody needs a whole file
    assert sorted(path for path in behind.home.rglob("*") if path.is_file()) == sorted([*before, young, theirs, aside])


def lake(world: World) -> Path:
    return world.home / ".nightshift" / "lake"


def aged(world: World) -> dict[Path, bytes]:
    """All that lies in the lake, as if it had lain there for days."""
    for path in lake(world).rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (time.time() - LONG_AGO,) * 2)
    return {path: path.read_bytes() for path in lake(world).rglob("*") if path.is_file()}


def test_a_repair_by_a_warehouse_that_knows_none_of_its_nights_takes_nothing_from_a_lake(
    behind: World, postgres: server.Embedded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = aged(behind)
    (tmp_path / "other").mkdir()
    other = World.make(server.create_database(postgres, f"other_{uuid.uuid4().hex[:8]}"), tmp_path / "other", monkeypatch)
    other.make_tables()
    other.configure(**SMALL, lake_uri=lake(behind).as_uri())
    assert findings("--repair")["leavings"] == ("ok", "no file or table without an owner")
    assert {path: path.read_bytes() for path in lake(behind).rglob("*") if path.is_file()} == before


def test_files_of_nights_that_ran_after_a_backup_are_no_leavings_of_the_warehouse_that_was_restored_from_it(behind: World) -> None:
    path = leave(behind, f"{RANDOM[:16]}.parquet", 2 * 86_400)
    behind.change("ALTER TABLE scoring.seal DISABLE TRIGGER USER", "UPDATE scoring.seal SET sealed_at = sealed_at - interval '3 days'")
    findings("--repair")
    assert path.exists()


def test_a_repair_follows_no_link_and_takes_no_copy_and_no_file_of_another_kind_of_name(behind: World) -> None:
    outside, place = behind.home / "outside", lake(behind)
    for path in (
        outside / "transactions" / f"night={SCORED}" / f"{RANDOM[:16]}.parquet",
        place / f"export.{RANDOM}",
        place / f".keep-{RANDOM}",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        os.utime(path, (time.time() - LONG_AGO,) * 2)
    shutil.copytree(place / "transactions", place / "backup" / "transactions")
    (place / "archive").symlink_to(outside)
    (place / "latest").symlink_to(sealed(behind, "transactions").parent)
    (place / "loop").symlink_to(place)
    before = aged(behind)
    assert findings("--repair")["leavings"] == ("ok", "no file or table without an owner")
    assert {path: path.read_bytes() for path in before} == before


def test_what_a_row_names_by_now_or_is_written_again_by_now_is_not_removed(behind: World) -> None:
    """A night that was killed and runs again writes the same files, between the look and the repair."""
    path, written = sealed(behind, "transactions"), leave(behind, f"{RANDOM[:16]}.parquet", 0)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=LONG_AGO)
    os.utime(path, (time.time() - LONG_AGO,) * 2)
    seen = [Found(str(one.relative_to(lake(behind))), 4, long_ago) for one in (path, written)]
    half = leave(behind, f".{RANDOM}", 0)
    seen.append(Found(str(half.relative_to(lake(behind))), 4, long_ago))
    with behind.house() as house:
        removed = orphans.remove(house.warehouse, house.lake, Orphans(seen, []), dt.datetime.now(dt.UTC))
    assert removed == Orphans([], [])
    assert path.exists()
    assert written.exists()
    assert half.exists()


def test_nothing_is_removed_while_anything_else_is_wrong(behind: World) -> None:
    path = leave(behind, f"{RANDOM[:16]}.parquet", LONG_AGO)
    with behind.house() as house:  # its clock is decades ahead: all is old by it
        told = {finding.what: finding for finding in inside(house, repair=True, sound=True)}
    assert told["clock"].wrong
    assert told["leavings"].seen.endswith("none is removed before what is WRONG above is put right")
    behind.change(f"UPDATE scoring.seal SET path = '../x' WHERE what = 'labels' AND night = '{SCORED}'")
    said = wrong("--repair")
    assert "put the row back" in said["sealed files"]
    assert said["leavings"].endswith("none is removed before what is WRONG above is put right")
    assert path.exists()


def test_a_night_that_is_under_way_is_told_and_is_not_wrong(behind: World) -> None:
    with behind.house() as house:
        opened = steps.plan(house, Night.parse(NEXT), scheduled=False, requested_by="doctor")
    told = findings()["nights"][1]
    assert f"{NEXT} is under way" in told
    assert f"{NEXT} is lacking" not in told
    behind.change(f"UPDATE scoring.run SET started_at = started_at - interval '4 hours' WHERE run_id = {opened}")
    assert "under way" not in findings()["nights"][1]


def test_a_repair_drops_the_tables_of_runs_that_were_cut_off_and_leaves_those_of_runs_that_go_on(behind: World) -> None:
    for name, started in (("old", "interval '2 days'"), ("young", "interval '1 minute'"), ("again", "interval '2 days'")):
        behind.change(
            f"""INSERT INTO scoring.run (night, mode, scheduled, requested_by, backtestable, cutoff, known_through, champion_at, publishes,
                in_chain, started_at) SELECT '{SCORED}', 'as-of', false, '{name}', true, cutoff, known_through, champion_at, true, true,
                clock_timestamp() - {started} FROM scoring.run WHERE night = '{SCORED}' LIMIT 1"""
        )
    tables = {
        str(row.requested_by): f"prediction_{SCORED.replace('-', '')}_r{row.run_id}"
        for row in behind.rows("SELECT requested_by, run_id FROM scoring.run WHERE requested_by IN ('old', 'young', 'again')")
    }
    behind.change(*(f"CREATE TABLE scoring.{table} (LIKE scoring.prediction)" for table in tables.values()))
    behind.rows("SELECT scoring.begin_try(run_id) FROM scoring.run WHERE requested_by = 'again'")  # cleared in Airflow, a step goes on
    assert "1 tables" in wrong()["leavings"]
    findings("--repair")
    standing = {name for name, table in tables.items() if behind.scalar(f"SELECT to_regclass('scoring.{table}')") is not None}
    assert standing == {"young", "again"}
