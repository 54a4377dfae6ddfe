"""Disks that can be full and a clock that can jump, for processes of ours."""

from __future__ import annotations

import datetime as dt
import mmap
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.house import wall_clock

MOUNTS = os.geteuid() == 0  # an ordinary user may not mount a disk
SERVER_ROOM = "600m"  # the server, its log ahead, and some thirty databases of 8 MB
HOME_ROOM = "24m"
OFFSET = struct.Struct("d")
_offset = mmap.mmap(-1, OFFSET.size)  # shared with every process that is forked from us


@contextmanager
def disk(folder: Path, room: str) -> Iterator[None]:
    """A disk of this size at `folder`, in memory."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room},mode=0755", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[bool]:
    """Nothing more fits the disk of `folder` until the end of the block."""
    ballast = folder / "ballast"
    try:
        yield fill(ballast)
    finally:
        ballast.unlink()


def fill(ballast: Path) -> bool:
    """Take what is free, to the last page; whether the disk is full then."""
    with ballast.open("wb") as file:
        while free := os.statvfs(ballast).f_bavail * os.statvfs(ballast).f_frsize:
            try:
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)
            except OSError:
                break
    return os.statvfs(ballast).f_bavail == 0


def jump(seconds: float) -> None:
    """From now on the clocks of our processes are this far ahead of the true one."""
    OFFSET.pack_into(_offset, 0, seconds)


def jumping_clock() -> dt.datetime:
    """What takes the place of the wall clock in a trial."""
    return wall_clock() + dt.timedelta(seconds=OFFSET.unpack_from(_offset, 0)[0])
