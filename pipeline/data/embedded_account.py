"""The account that runs root's embedded PostgreSQL, and what that account can reach: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import UsageError, WorldError

ACCOUNTS = ("postgres", "nobody")  # who runs root's server: the first that exists


@dataclass(frozen=True)
class Account:
    """Who runs the server, where that is not the caller."""

    name: str
    uid: int
    gid: int


def owner_of(path: Path) -> Account:
    """The account that owns `path`."""
    status = path.stat()
    try:
        name = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        name = f"user {status.st_uid}"
    return Account(name, status.st_uid, status.st_gid)


def server_account(data: Path, folder: Path) -> Account | None:
    """None for an ordinary user; for root the owner of the data or of the folder, else the first of `ACCOUNTS` that exists."""
    if os.geteuid() != 0:
        return None
    for owner in (owner_of(path) for path in (data, folder) if path.exists()):
        if owner.uid != 0:
            return owner
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return Account(name, known[name].pw_uid, known[name].pw_gid)
    raise UsageError(f"PostgreSQL does not run as root, and no account {' or '.join(ACCOUNTS)} exists: run 'useradd --system postgres'")


def popen_as(account: Account | None, command: list[str], output: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Run `command` under `account`, in a session of its own, with nothing of our environment but what is given.

    The caller's environment holds secrets, and PG* variables that would turn the server's head.
    """
    try:
        return subprocess.Popen(  # noqa: S603  # the program is the wheel's own or the shell, and no word of it is typed by a user
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", **environment},
            start_new_session=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
    except OSError as error:
        who = "this account" if account is None else account.name
        raise WorldError(f"could not run {command[0]} as {who}: {error.strerror}") from None


def may_reach(account: Account, path: Path) -> bool:
    """Whether `account` may enter the folder or execute the file at `path`, asked by trying it under that account."""
    with popen_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], subprocess.DEVNULL, {}) as process:
        return process.wait() == 0
