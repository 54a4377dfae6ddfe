"""The supervisor with real processes, small ones: who dies comes back, who is told to go leaves nobody behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ops import airflow
from ops.airflow import Place
from ops.supervisor import Supervisor, members

SLEEPER = ["sleep", "300"]
WITH_WORKER = ["bash", "-c", "sleep 300 & echo $! > worker; wait"]
DEAF = ["bash", "-c", "trap '' TERM; while true; do sleep 0.1; done"]
SHORT_LIVED = ["true"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


@pytest.fixture
def begun(folder: Path) -> Iterator[Callable[..., Supervisor]]:
    """Makes supervisors that have looked once, and stops them all in the end."""
    made: list[Supervisor] = []

    def begin(**commands: list[str]) -> Supervisor:
        made.append(Supervisor(folder, commands, lambda _: None))
        made[-1].watch(os.environ)
        return made[-1]

    yield begin
    for supervisor in made:
        supervisor.stop()


def _wait(what: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _pid(supervisor: Supervisor) -> int:
    process = supervisor._children[0].process
    assert process is not None
    return process.pid


def test_a_child_that_is_killed_is_started_again_at_the_next_look(begun: Callable[..., Supervisor]) -> None:
    supervisor = begun(a=SLEEPER)
    first = _pid(supervisor)
    os.kill(first, signal.SIGKILL)
    _wait(lambda: not supervisor._children[0].is_up)
    supervisor.watch(os.environ)
    assert _pid(supervisor) != first
    assert psutil.pid_exists(_pid(supervisor))


def test_the_workers_of_a_child_that_died_go_before_it_is_started_again(begun: Callable[..., Supervisor], folder: Path) -> None:
    supervisor = begun(a=WITH_WORKER)
    _wait(lambda: (folder / "worker").exists() and bool((folder / "worker").read_text()))
    first, worker = _pid(supervisor), int((folder / "worker").read_text())
    os.kill(first, signal.SIGKILL)
    _wait(lambda: not supervisor._children[0].is_up)
    assert [process.pid for process in members(first)] == [worker]
    supervisor.watch(os.environ)
    assert list(members(first)) == []


def test_a_child_that_keeps_dying_is_given_longer_and_longer_pauses(begun: Callable[..., Supervisor]) -> None:
    supervisor = begun(a=SHORT_LIVED)
    child = supervisor._children[0]
    for _ in range(2):
        _wait(lambda: child.process is not None and not child.is_up)
        supervisor.watch(os.environ)
    assert child.process is None
    assert child.not_before > time.monotonic()


@pytest.mark.parametrize("command", [SLEEPER, WITH_WORKER])
def test_stop_leaves_nobody_in_any_session(begun: Callable[..., Supervisor], command: list[str]) -> None:
    supervisor = begun(a=command)
    session = _pid(supervisor)
    supervisor.stop()
    assert list(members(session)) == []


def test_stop_kills_who_does_not_listen(begun: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.supervisor.TERM_PATIENCE", 0.5)
    supervisor = begun(a=DEAF)
    session = _pid(supervisor)
    time.sleep(0.2)  # until it has stopped listening
    supervisor.stop()
    assert list(members(session)) == []


def test_the_next_supervisor_ends_what_a_killed_one_has_left(begun: Callable[..., Supervisor], folder: Path) -> None:
    session = _pid(begun(a=WITH_WORKER))
    assert len(list(members(session))) >= 1
    Supervisor(folder, {}, lambda _: None).sweep()
    assert list(members(session)) == []
    assert not (folder / "children.json").exists()


def test_a_number_that_belongs_to_somebody_else_by_now_is_left_alone(begun: Callable[..., Supervisor], folder: Path) -> None:
    session = _pid(begun(a=SLEEPER))
    record = folder / "children.json"
    record.write_text(f'{{"a": [{session}, {psutil.Process(session).create_time() - 3600}]}}')
    Supervisor(folder, {}, lambda _: None).sweep()
    assert [process.pid for process in members(session)] == [session]


def test_the_port_of_last_time_is_taken_again_and_another_where_it_is_in_use(tmp_path: Path) -> None:
    import socket

    place = Place(tmp_path, tmp_path / "nightshift.toml")
    first = airflow.choose_port(place)
    assert airflow.choose_port(place) == first
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        assert airflow.choose_port(place) != first


def test_secrets_are_made_once_and_read_by_their_owner_alone(tmp_path: Path) -> None:
    place = Place(tmp_path / "airflow", tmp_path / "nightshift.toml")
    first = airflow.prepare(place)
    password = place.password
    assert airflow.prepare(place) == first
    assert place.password == password
    assert {oct(path.stat().st_mode & 0o777) for path in (place.secrets_file, place.passwords_file)} == {"0o600"}


def test_no_two_homes_share_a_secret(tmp_path: Path) -> None:
    places = [Place(tmp_path / name, tmp_path / "nightshift.toml") for name in "ab"]
    assert airflow.prepare(places[0]) != airflow.prepare(places[1])
    assert places[0].password != places[1].password
