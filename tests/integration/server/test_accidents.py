"""The embedded PostgreSQL killed, crowded, cheated and shut out."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from pipeline.core.errors import UsageError
from pipeline.data import embedded_place, server
from pipeline.data.embedded_account import may_reach, popen_as
from pipeline.data.embedded_place import place_of
from tests.servers import ask, postmaster, postmasters

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")


def test_a_killed_server_comes_back_with_what_was_committed(home: Path) -> None:
    started = server.start(home)
    ask(started.url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS value")
    for _ in range(3):
        os.kill(postmaster(place_of(home)), signal.SIGKILL)
        assert server.start(home) == started
    assert ask(started.url, "SELECT sum(value) FROM kept") == 500_500


def test_a_stale_lock_file_whose_process_id_lives_on_as_somebody_else_is_no_hindrance(home: Path) -> None:
    started = server.start(home)
    place = place_of(home)
    os.kill(postmaster(place), signal.SIGKILL)
    with popen_as(place.account, ["/bin/sleep", "60"], subprocess.DEVNULL, {}) as stranger:
        lock_file = started.data / "postmaster.pid"
        lines = lock_file.read_text().splitlines()
        lock_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert server.start(home) == started
        assert stranger.poll() is None
        assert postmaster(place) != stranger.pid
        stranger.kill()


class Listener:
    """A stranger on our port who asks for the password in clear, and notes what is said to him."""

    def __init__(self, port: int) -> None:
        self.heard = b""
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            with client:
                self.heard += client.recv(4096)
                client.sendall(b"R\0\0\0\x08\0\0\0\x03")  # AuthenticationCleartextPassword
                self.heard += client.recv(4096)


def test_where_a_stranger_holds_the_port_another_is_taken_and_he_learns_no_password(home: Path) -> None:
    started = server.start(home)
    server.stop(home)
    stranger = Listener(started.port)
    moved = server.start(home)
    stranger.socket.close()
    assert moved.port != started.port
    assert ask(moved.url, "SELECT 1") == 1
    assert server.existing(home) == moved
    assert b"nightshift" in stranger.heard
    assert place_of(home).password().encode() not in stranger.heard


def test_a_lost_or_changed_password_is_said_in_one_line(home: Path) -> None:
    started = server.start(home)
    server.stop(home)
    place = place_of(home)
    right = place.password()
    place.password_file.write_text("wrong")
    with pytest.raises(UsageError, match="is not the password of"):
        server.start(home)
    assert postmasters(started.data) == []
    place.password_file.unlink()
    with pytest.raises(UsageError, match="password is gone"):
        server.start(home)
    place.password_file.write_text(right)
    assert server.start(home) == started


def test_an_interrupted_initialisation_is_begun_anew(home: Path) -> None:
    half = home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert ask(server.start(home).url, "SELECT 1") == 1
    assert not half.exists()
    assert not (home / "postgres" / "initial-password").exists()


def test_many_connections_leave_one_for_the_supervisor_or_it_says_so(shared_home: Path) -> None:
    started = server.start(shared_home)
    url = server.create_database(started, "busy", "busy").replace("postgresql+psycopg", "postgresql")
    crowd: list[psycopg.Connection[tuple[object, ...]]] = []
    with pytest.raises(psycopg.OperationalError, match="connection slots"):
        crowd.extend(psycopg.connect(url) for _ in range(101))
    assert server.existing(shared_home) == started
    for guest in crowd:
        guest.close()


@as_root
def test_under_a_home_that_its_account_cannot_enter_the_data_lie_elsewhere_and_are_named(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    started = server.start(closed / ".nightshift")
    account = place_of(closed / ".nightshift").account
    assert account is not None
    assert not may_reach(account, closed)
    assert started.data.is_relative_to("/var/lib/nightshift")
    assert ask(started.url, "SHOW data_directory") == str(started.data)
    assert server.existing(closed / ".nightshift") == started
    assert server.stop(closed / ".nightshift")
    shutil.rmtree(started.data.parent)


@as_root
def test_programs_that_the_account_cannot_reach_are_copied_once_and_run(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_place, "SHARED", open_folder / "shared")
    place = place_of(open_folder / "home")
    original = place.programs.parent.parent
    copy = embedded_place.copied(original)
    assert embedded_place.copied(original) == copy
    assert [entry.name for entry in (open_folder / "shared").iterdir()] == [copy.parent.name]
    for program in ("postgres", "initdb"):
        with popen_as(place.account, [str(copy / "pginstall18/bin" / program), "--version"], subprocess.PIPE, {}) as process:
            assert b"PostgreSQL" in process.communicate()[0]


def _existing_as_nobody(home: Path) -> str:
    os.setgid(65534)
    os.setuid(65534)
    try:
        return repr(server.existing(home))
    except UsageError as error:
        return str(error)


@as_root
def test_another_account_is_told_whose_server_it_is(shared_home: Path) -> None:
    server.start(shared_home)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        said = pool.apply(_existing_as_nobody, (shared_home,))
    assert "belongs to root: run this as root" in said
