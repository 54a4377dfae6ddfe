"""What goes wrong: each fault is done to a run that stands still at a point, and undone before the run is tried again."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from pipeline.data import server
from tests.faults.grounds import Grounds, Subject, start
from tests.faults.places import HOME_ROOM, MOUNTS, full, jump
from tests.faults.reading import conninfo
from tests.faults.runs import UNEXPLAINED, Run
from tests.servers import postmasters
from tests.worlds import World

KILLED = -signal.SIGKILL
DONE, WORLD, BUSY = 0, 5, 7  # exit codes
PIDFD_GETFD = 438  # the system call, the same on every architecture
FROZEN_FOR = 0.5  # seconds beyond what the run that overtakes takes


@dataclass(frozen=True)
class Scene:
    """One trial as a fault sees it: the run that stands still, and where."""

    grounds: Grounds
    subject: Subject
    world: World
    run: Run
    rng: random.Random


@dataclass(frozen=True)
class Fault:
    """`happen` does it and lets the run go on; what it yields is whether it fired, and behind the `yield` it is undone.

    `codes`: how a run to which it happened may end. `room`: of the disk on which its home and its lake lie.
    """

    name: str
    codes: frozenset[int]
    happen: Callable[[Scene], Iterator[bool]]
    room: str | None = None


@contextmanager
def happening(fault: Fault, scene: Scene) -> Iterator[bool]:
    yield from fault.happen(scene)


def kill(scene: Scene) -> Iterator[bool]:
    scene.run.kill()
    yield scene.run.end() == KILLED


def freeze(scene: Scene) -> Iterator[bool]:
    """Another run does the whole night meanwhile, or is told that this one is in its way; then the sleeper wakes up."""
    scene.run.freeze()
    rival = start(scene.subject, scene.world)
    code = rival.end()
    time.sleep(FROZEN_FOR)
    scene.run.wake()
    scene.run.let_go()
    yield code != UNEXPLAINED


def kill_server(scene: Scene) -> Iterator[bool]:
    """The server and all that serve its connections, at one blow; it is started again before the night is."""
    data = scene.grounds.postgres.data
    main = postmasters(data)
    for pid in [*main, *(child for parent in main for child in children(parent))]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    scene.run.let_go()
    yield bool(main) and wait_gone(data)
    scene.run.end()
    server.start(scene.grounds.folder / "postgres")


def cut_connections(scene: Scene) -> Iterator[bool]:
    """Every connection to the warehouse breaks."""
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    with psycopg.connect(conninfo(scene.grounds.postgres.url)) as connection:
        connection.execute(cut, (scene.world.database.url.database,))
    scene.run.let_go()
    yield True


def reset_connections(scene: Scene) -> Iterator[bool]:
    """Every connection of the run is gone from one moment to the next, and nobody says why."""
    numbers = open_sockets(scene.run.pid)
    process = os.pidfd_open(scene.run.pid)
    try:
        for number in numbers:
            with socket.socket(fileno=taken_over(process, number)) as ours, suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
    finally:
        os.close(process)
    scene.run.let_go()
    yield bool(numbers)


def open_sockets(pid: int) -> list[int]:
    """The numbers under which a process holds sockets."""
    links = [(entry, str(entry.readlink())) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    return [int(entry.name) for entry, target in links if target.startswith("socket:")]


def taken_over(process: int, number: int) -> int:
    """Another process's descriptor as one of our own: both mean the same socket."""
    found = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, number, 0)
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


def fill_lake(scene: Scene) -> Iterator[bool]:
    with full(scene.world.home) as is_full:
        scene.run.let_go()
        yield is_full
        scene.run.end()


def fill_server(scene: Scene) -> Iterator[bool]:
    """A server that can write nothing refuses, or falls over; it is there again before the night is."""
    with full(scene.grounds.folder / "postgres") as is_full:
        scene.run.let_go()
        yield is_full
        scene.run.end()
    server.start(scene.grounds.folder / "postgres")


def jump_clock(scene: Scene) -> Iterator[bool]:
    """The clock goes back, or ahead, by up to ten days."""
    jump(scene.rng.uniform(-10, 10) * 86_400)
    scene.run.let_go()
    yield True
    scene.run.end()
    jump(0)


def run_beside(scene: Scene) -> Iterator[bool]:
    """Two runs of the same night go on side by side."""
    rival = start(scene.subject, scene.world)
    scene.run.let_go()
    scene.run.end()
    yield rival.end() != UNEXPLAINED


def truncate(scene: Scene) -> Iterator[bool]:
    yield from damage(scene, lambda content: content[: len(content) // 2])


def flip_bit(scene: Scene) -> Iterator[bool]:
    def flipped(content: bytes) -> bytes:
        place = scene.rng.randrange(len(content))
        return content[:place] + bytes([content[place] ^ 1 << scene.rng.randrange(8)]) + content[place + 1 :]

    yield from damage(scene, flipped)


def half_copy(scene: Scene) -> Iterator[bool]:
    """As long as it was, with nothing in its second half."""
    yield from damage(scene, lambda content: content[: len(content) // 2].ljust(len(content), b"\0"))


def delete(scene: Scene) -> Iterator[bool]:
    yield from damage(scene, lambda _: None)


def swap(scene: Scene) -> Iterator[bool]:
    """Another file of its kind lies where one belongs, as after a copy was restored that was not the right one."""
    files = sealed_files(scene.world)
    path = scene.rng.choice([path for path in newest(files) if like(path, files)])
    other = scene.rng.choice(like(path, files)).read_bytes()
    yield from damage(scene, lambda _: other, path)


def like(path: Path, files: list[Path]) -> list[Path]:
    """Other files of its kind with other bytes."""
    return [file for file in files if file.parents[1] == path.parents[1] and file.read_bytes() != path.read_bytes()]


def damage(scene: Scene, change: Callable[[bytes], bytes | None], path: Path | None = None) -> Iterator[bool]:
    """One file of the lake, likely one that the night still reads, is not what was written; it is put back when the run has ended."""
    path = path or scene.rng.choice(newest(sealed_files(scene.world)))
    content = path.read_bytes()
    changed = change(content)
    path.unlink() if changed is None else path.write_bytes(changed)
    scene.run.let_go()
    yield changed != content
    scene.run.end()
    path.write_bytes(content)


def sealed_files(world: World) -> list[Path]:
    """The Parquet files and models of the lake."""
    lake = world.home / ".nightshift" / "lake" if (world.home / ".nightshift" / "lake").is_dir() else world.home
    return sorted(path for path in lake.rglob("*") if path.suffix in {".parquet", ".skops"} and not path.name.startswith("."))


def newest(files: list[Path]) -> list[Path]:
    """Of each kind the file of the last night: the night under way has just written it, or reads it next."""
    return list({path.parents[1]: path for path in files}.values())


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in listed.split()]


def wait_gone(data: Path) -> bool:
    deadline = time.monotonic() + 30
    while postmasters(data) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not postmasters(data)


ANY_END = frozenset({DONE, WORLD, BUSY})
UNHARMED = frozenset({DONE, WORLD})
PROCESS_FAULTS = (
    Fault("step killed (kill -9)", frozenset({KILLED}), kill),
    Fault("step frozen, woken late", ANY_END, freeze),
    Fault("a second run at the same time", frozenset({DONE, BUSY}), run_beside),
    Fault("PostgreSQL killed (kill -9)", UNHARMED, kill_server),
    Fault("connections cut", UNHARMED, cut_connections),
    Fault("connections reset", UNHARMED, reset_connections),
    Fault("clock jumps", frozenset({DONE}), jump_clock),
)
FILE_FAULTS = (
    Fault("lake file truncated", UNHARMED, truncate),
    Fault("lake file with one bit flipped", UNHARMED, flip_bit),
    Fault("lake file half copied", UNHARMED, half_copy),
    Fault("lake file deleted", UNHARMED, delete),
    Fault("lake file swapped for another", UNHARMED, swap),
)
DISK_FAULTS = (
    Fault("disk full under the lake", UNHARMED, fill_lake, room=HOME_ROOM),
    Fault("disk full under PostgreSQL", UNHARMED, fill_server),
)
FAULTS = (*PROCESS_FAULTS, *FILE_FAULTS, *(DISK_FAULTS if MOUNTS else ()))


def named(beginning: str) -> Fault:
    """The fault whose name begins so."""
    return next(fault for fault in FAULTS if fault.name.startswith(beginning))
