"""Faults of Airflow, done to a real one while it runs a night that stands published: afterwards all must stand as it stood.

Judged from outside: what an analyst read all the while, what the warehouse says by SQL, and the hashes of the lake's files.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import psycopg

from ops import stay
from ops.keeper import DATABASE
from ops.rest import wait_until
from pipeline.core.night import Night
from pipeline.core.settings import load_settings
from pipeline.data import server
from pipeline.data.database import Database
from pipeline.house import warehouse_of
from tests.dags.conftest import Installed, begin_with_connection, run_three, settings_in_effect, usual_airflow
from tests.faults.reading import conninfo, state_of, watched
from tests.faults.trials import Trial, another_past, rows_of, untrue
from tests.worlds import World

PATIENCE = 600  # seconds for a step to begin on a very busy machine; 20 on a quiet one
WAITING = "SELECT client_port FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND client_port > 0"
BUILT = "SELECT 1 FROM scoring.run_step WHERE step = 'build_features' AND run_id = (SELECT max(run_id) FROM scoring.run)"


@dataclass(frozen=True)
class Hold:
    """A place in `score` at which it stands still, since the lock that it needs there is ours."""

    name: str
    statement: str


BEFORE_STAGING = Hold("score, nothing staged", "SELECT FROM scoring.night_owner FOR UPDATE")
HALF_STAGED = Hold("score, half staged", "LOCK TABLE scoring.reason_word IN SHARE MODE")
NOT_ENTERED = Hold("score, all staged", "LOCK TABLE scoring.run_step IN SHARE MODE")


@dataclass(frozen=True)
class Scene:
    """An Airflow, and its warehouse as its owner sees it."""

    installed: Installed
    world: World

    @classmethod
    def of(cls, installed: Installed) -> Scene:
        with settings_in_effect(installed.config):
            url = warehouse_of(load_settings()).url.render_as_string(hide_password=False)
        return cls(installed, World(url, installed.home, Database(url, "warehouse")))

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
        """The process of the task `score`, which goes on at the end of the block."""
        with self.world.database.engine.connect() as holder:
            holder.exec_driver_sql(hold.statement)
            yield self.waiting()

    def waiting(self, beside: int | None = None) -> psutil.Process:
        """The process that waits for a lock, another than `beside`."""
        return wait_until("a step that waits", PATIENCE, lambda: self._waiting(beside), rest=0.1)

    def _waiting(self, beside: int | None) -> psutil.Process | None:
        ports = {int(str(port)) for (port,) in self.world.rows(WAITING)}
        clients = [found.pid for found in psutil.net_connections("tcp") if found.laddr and found.laddr.port in ports]
        others = [pid for pid in clients if pid not in {None, beside}]
        return psutil.Process(others[0]) if others else None


def task_killed(scene: Scene, night: Night, hold: Hold) -> str:
    """The task's process dies, its worker notices, and the next try follows."""
    run_id = scene.begin(night)
    with scene.standing_still(hold) as process:
        process.kill()
    return run_id


def worker_killed(scene: Scene, night: Night) -> str:
    """The task and the worker above it die at one blow: nobody tells Airflow, which misses the heartbeats."""
    run_id = scene.begin(night)
    with scene.standing_still(NOT_ENTERED) as process:
        worker = process.parent()
        process.kill()
        if worker is not None:
            worker.kill()
    return run_id


def woken_beside_its_retry(scene: Scene, night: Night) -> str:
    """The worker dies, its task is frozen with the night's lock in its hands, and wakes up while the next try waits for that."""
    run_id = scene.begin(night)
    with scene.standing_still(BEFORE_STAGING) as process:
        worker = process.parent()
        process.suspend()
        if worker is not None:
            worker.kill()
    try:
        scene.waiting(beside=process.pid)
    finally:
        process.resume()
    return run_id


def scheduler_killed(scene: Scene, night: Night) -> str:
    """The scheduler dies, and its workers with it; the keeper starts another."""
    record = scene.installed.place.home / "children.json"
    run_id = scene.begin(night)
    with scene.standing_still(HALF_STAGED):
        session = json.loads(record.read_text())["scheduler"][0]
        os.kill(session, signal.SIGKILL)
        wait_until("another scheduler", PATIENCE, lambda: json.loads(record.read_text())["scheduler"][0] != session or None)
    return run_id


def metadata_lost(scene: Scene, night: Night) -> str:
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
    assert installed.api.runs() == []
    installed.api.pause(False)
    assert installed.run_of(installed.last).state == "success"  # the schedule runs the last night again
    return installed.api.trigger({"night": str(night)})


Disturb = Callable[[Scene, Night], str]
FAULTS: Mapping[str, Disturb] = {
    **{f"task killed in {hold.name}": partial(task_killed, hold=hold) for hold in (HALF_STAGED, BEFORE_STAGING, NOT_ENTERED)},
    "task and its worker killed": worker_killed,
    "task woken beside its retry": woken_beside_its_retry,
    "scheduler killed": scheduler_killed,
    "Airflow's database lost": metadata_lost,  # the last: it knows of nothing afterwards
}


def airflow_trials(folder: Path, only: str | None) -> Iterator[Trial]:
    """Start an Airflow under `folder`, let it publish three nights, and do each fault, or only one, to the second of them run again."""
    with usual_airflow(folder) as installed:
        run_three(installed)
        for fault in FAULTS if only is None else [only]:
            yield try_it(installed, fault, installed.last.back(1))


def try_it(installed: Installed, fault: str, night: Night) -> Trial:
    """Do it while `night`, which is published, runs once more, and look whether all stands as it stood."""
    scene = Scene.of(installed)
    before, files, began = state_of(scene.world.url), scene.files(), str(scene.world.scalar("SELECT clock_timestamp()"))
    published = scene.publications()
    with watched(scene.world.url) as watch:
        run_id = FAULTS[fault](scene, night)
        undone = time.monotonic()
        state = installed.finished(run_id).state
    recovery, after = time.monotonic() - undone, state_of(scene.world.url)
    complaints = [*another_past(scene.world, before, began), *untrue(scene.world), *_changed(files, scene.files())]
    complaints += [f"the run ended as {state}"] if state != "success" else []
    complaints += ["what stands is not what stood"] if after != before else []
    complaints += ["no reader read anything"] if not watch.seen else []
    complaints += ["the night was not published again"] if scene.publications() == published else []
    scene.world.database.engine.dispose()
    return Trial(
        fault=fault,
        subject="nightly_scoring in Airflow",
        point="score",  # or while it stands still in it
        seed=0,
        fired=True,
        wrong_reads=watch.wrong(before),
        lost=rows_of(before) - rows_of(after),
        doubled=sum(rows - different for _, rows, different, _ in after),
        retries=_retries(installed, run_id),
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
