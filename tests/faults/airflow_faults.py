"""Faults of Airflow, done to a real one while it runs a night that stands published: afterwards all must stand as it stood.

Judged from outside: what an analyst read all the while, what the warehouse says by SQL, and the hashes of the lake's files.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import psycopg

from ops import stay
from ops.keeper import DATABASE
from ops.rest import wait_until
from pipeline.core.errors import WorldError
from pipeline.core.night import Night
from pipeline.core.settings import load_settings
from pipeline.data import server
from pipeline.data.database import Database
from pipeline.house import warehouse_of
from tests.dags.conftest import Installed, begin_with_connection, run_three, settings_in_effect, usual_airflow
from tests.faults.reading import conninfo, state_of, watched
from tests.faults.trials import Trial, another_past, rows_of, untrue
from tests.worlds import World

SUBJECT = "nightly_scoring in Airflow"
PATIENCE = 600  # seconds for a step to begin on a very busy machine; 20 on a quiet one
WAITING = "SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND client_port > 0"
DRAWS = 3  # of a trial that met no fault
DRAWN_AGAIN = 100_000  # added to the seed of such a trial
LONGEST_STAND = 3  # seconds
READ_EVERY = 0.2  # seconds: 8,000 rows are read, and a trial takes minutes
BUILT = "SELECT 1 FROM scoring.run_step WHERE step = 'build_features' AND run_id = (SELECT max(run_id) FROM scoring.run)"


@dataclass(frozen=True)
class Hold:
    """A place in `score` at which it stands still, since the lock that it needs there is ours."""

    name: str
    statement: str


@dataclass(frozen=True)
class Disturbed:
    """The run that Airflow made, and whether what should go wrong was seen to."""

    run_id: str
    fired: bool


BEFORE_STAGING = Hold("score, nothing staged", "SELECT FROM scoring.night_owner FOR UPDATE")
HALF_STAGED = Hold("score, half staged", "LOCK TABLE scoring.reason_word IN SHARE MODE")
NOT_ENTERED = Hold("score, all staged", "LOCK TABLE scoring.run_step IN SHARE MODE")


@dataclass(frozen=True)
class Scene:
    """An Airflow, its warehouse as its owner sees it, and what the seed decides."""

    installed: Installed
    world: World
    rng: random.Random

    @classmethod
    def of(cls, installed: Installed, rng: random.Random) -> Scene:
        with settings_in_effect(installed.config):
            url = warehouse_of(load_settings()).url.render_as_string(hide_password=False)
        return cls(installed, World(url, installed.home, Database(url, "warehouse")), rng)

    def files(self) -> Mapping[Path, str]:
        """The SHA-256 of each Parquet file and model of the lake."""
        found = [path for path in (self.installed.home / "lake").rglob("*") if path.suffix in {".parquet", ".skops"}]
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}

    def publications(self) -> int:
        """How many there ever were."""
        return int(str(self.world.scalar("SELECT count(*) FROM scoring.publication")))

    def begin(self, night: Night) -> str:
        """Let Airflow run the night again; its run, once its features are there."""
        earlier = self.world.scalar("SELECT max(run_id) FROM scoring.run")
        run_id = self.installed.api.trigger({"night": str(night)})
        wait_until("the features", PATIENCE, lambda: self.world.rows(f"{BUILT} AND run_id > {earlier}") or None, rest=0.02)
        return run_id

    @contextmanager
    def standing_still(self, hold: Hold) -> Iterator[psutil.Process]:
        """The process of the task `score`, after it stood there for a while; it goes on at the end of the block."""
        with self.world.database.engine.connect() as holder:
            holder.exec_driver_sql(hold.statement)
            process = self.waiting()
            time.sleep(self.rng.uniform(0, LONGEST_STAND))
            yield process

    def waiting(self, beside: int | None = None) -> psutil.Process:
        """The process that waits for a lock, another than `beside`."""
        return wait_until("a step that waits", PATIENCE, lambda: self._waiting(beside), rest=0.1)

    def _waiting(self, beside: int | None) -> psutil.Process | None:
        ports = {int(str(port)) for (port,) in self.world.rows(WAITING)}
        clients = [found.pid for found in psutil.net_connections("tcp") if found.laddr and found.laddr.port in ports]
        others = [pid for pid in clients if pid not in {None, beside}]
        return psutil.Process(others[0]) if others else None


def task_killed(scene: Scene, night: Night, hold: Hold) -> Disturbed:
    """The task's process dies, its worker notices, and the next try follows."""
    run_id = scene.begin(night)
    with scene.standing_still(hold) as process:
        process.kill()
        return Disturbed(run_id, ended(process))


def worker_killed(scene: Scene, night: Night) -> Disturbed:
    """The task and the worker above it die at one blow: nobody tells Airflow, which misses the heartbeats."""
    run_id = scene.begin(night)
    with scene.standing_still(NOT_ENTERED) as process:
        worker = process.parent()
        assert worker is not None
        process.kill()
        worker.kill()
        return Disturbed(run_id, ended(process) and ended(worker))


def woken_beside_its_retry(scene: Scene, night: Night) -> Disturbed:
    """The worker dies, its task is frozen with the night's lock in its hands, and wakes up while the next try waits for that.

    In this order: Airflow gives each task a process group of its own, and the kernel sends SIGHUP to a group with a stopped member as its
    last parent elsewhere in the session ends (POSIX, `_exit`). Frozen first, the task would die with its worker.
    """
    run_id = scene.begin(night)
    with scene.standing_still(BEFORE_STAGING) as process:
        worker = process.parent()
        assert worker is not None
        worker.kill()
        fired = ended(worker)
        process.suspend()
    try:
        scene.waiting(beside=process.pid)
        fired &= process.status() == psutil.STATUS_STOPPED
    except (WorldError, psutil.NoSuchProcess):  # the next try came when the frozen one had lost its lock, or its life
        fired = False
    finally:
        with suppress(psutil.NoSuchProcess):
            process.resume()
    return Disturbed(run_id, fired)


def scheduler_killed(scene: Scene, night: Night) -> Disturbed:
    """The scheduler dies, and its workers with it; the keeper starts another."""
    record = scene.installed.place.home / "children.json"
    run_id = scene.begin(night)
    with scene.standing_still(HALF_STAGED):
        scheduler = psutil.Process(json.loads(record.read_text())["scheduler"][0])
        scheduler.kill()
        fired = ended(scheduler)
        wait_until("another scheduler", PATIENCE, lambda: json.loads(record.read_text())["scheduler"][0] != scheduler.pid or None)
    return Disturbed(run_id, fired)


def metadata_lost(scene: Scene, night: Night) -> Disturbed:
    """Airflow's own database is dropped while it is down, and made anew as it comes up: it knows of no run that ever was."""
    installed = scene.installed
    before = state_of(scene.world.url)
    scene.world.database.engine.dispose()
    stay.down(installed.place, installed.home)
    with psycopg.connect(conninfo(server.start(installed.home).url), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)')
    assert state_of(scene.world.url) == before  # the warehouse tells by itself what is published
    with settings_in_effect(installed.config):
        stay.await_healthy(installed.place, begin_with_connection(installed.place), lambda _: None)
    fired = installed.api.runs() == []
    installed.api.pause(False)
    assert installed.run_of(installed.last).state == "success"  # the schedule runs the last night again
    return Disturbed(installed.api.trigger({"night": str(night)}), fired)


def ended(process: psutil.Process) -> bool:
    """Whether it runs no longer, though its parent may not have asked yet how it ended."""
    with suppress(psutil.NoSuchProcess):
        deadline = time.monotonic() + PATIENCE
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
    return True


Disturb = Callable[[Scene, Night], Disturbed]
FAULTS: Mapping[str, Disturb] = {
    **{f"task killed in {hold.name}": partial(task_killed, hold=hold) for hold in (HALF_STAGED, BEFORE_STAGING, NOT_ENTERED)},
    "task and its worker killed": worker_killed,
    "task woken beside its retry": woken_beside_its_retry,
    "scheduler killed": scheduler_killed,
    "Airflow's database lost": metadata_lost,
}


def airflow_trials(folder: Path, faults: Sequence[str], seeds: Sequence[int]) -> Iterator[Trial]:
    """Start an Airflow under `folder`, let it publish three nights, and for each seed do each fault to one of them run again."""
    if not (faults and seeds):
        return
    with usual_airflow(folder) as installed:
        run_three(installed)
        for seed in seeds:
            for fault in faults:
                tries = (try_it(installed, fault, drawn) for drawn in range(seed, seed + DRAWS * DRAWN_AGAIN, DRAWN_AGAIN))
                yield next((trial for trial in tries if trial.fired or not trial.survived), _never_fired(fault, seed))


def _never_fired(fault: str, seed: int) -> Trial:
    return Trial(fault, SUBJECT, "score", seed, False, 0, 0, 0, 0, 0.0, (f"it met no fault in {DRAWS} draws",))


def try_it(installed: Installed, fault: str, seed: int) -> Trial:
    """Do it while a night that is published runs once more, and look whether all stands as it stood."""
    scene = Scene.of(installed, random.Random(seed))
    night = installed.last.back(scene.rng.randrange(3))
    before, files, began = state_of(scene.world.url), scene.files(), str(scene.world.scalar("SELECT clock_timestamp()"))
    published = scene.publications()
    with watched(scene.world.url, READ_EVERY) as watch:
        disturbed = FAULTS[fault](scene, night)
        undone = time.monotonic()
        state = installed.finished(disturbed.run_id).state
    recovery, after = time.monotonic() - undone, state_of(scene.world.url)
    complaints = [*another_past(scene.world, before, began), *untrue(scene.world), *_changed(files, scene.files())]
    complaints += [f"the run ended as {state}"] if state != "success" else []
    complaints += ["what stands is not what stood"] if after != before else []
    complaints += ["no reader read anything"] if not watch.seen else []
    complaints += ["the night was not published again"] if scene.publications() == published else []
    scene.world.database.engine.dispose()
    return Trial(
        fault=fault,
        subject=SUBJECT,
        point="score",  # or while it stands still in it
        seed=seed,
        fired=disturbed.fired,
        wrong_reads=watch.wrong(before),
        lost=rows_of(before) - rows_of(after),
        doubled=sum(rows - different for _, rows, different, _ in after),
        retries=_retries(installed, disturbed.run_id),
        recovery=recovery,
        complaints=tuple(complaints),
    )


def _changed(before: Mapping[Path, str], after: Mapping[Path, str]) -> Iterator[str]:
    """Files of the lake that are not what they were."""
    yield from (f"{path.name} is not what it was" for path, sha256 in before.items() if after.get(path) != sha256)


def _retries(installed: Installed, run_id: str) -> int:
    """How often `score` was tried again."""
    instance = installed.api._ask("GET", f"/api/v2/dags/nightly_scoring/dagRuns/{run_id}/taskInstances/score")
    return int(str(instance["try_number"])) - 1
