"""The lake: plain Parquet, written beside, hashed, moved into place, verified when read."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from pipeline.core.errors import CorruptionError, UsageError, WorldError
from pipeline.core.faults import reached
from pipeline.core.night import Night
from pipeline.data.parquet_files import write_parquet

if TYPE_CHECKING:
    from typing_extensions import Buffer

HASHED_AT_ONCE = 2**20  # bytes: they stay in the processor's cache


@dataclass(frozen=True)
class Stored:
    """A file as it lies in the lake; `path` is relative to the lake."""

    path: str
    rows: int
    bytes: int
    sha256: str
    columns: str


@dataclass(frozen=True)
class Found:
    """A file as it was found lying in the lake; `changed_at` is the clock of the file system."""

    path: str
    bytes: int
    changed_at: dt.datetime


class HashedFile(io.RawIOBase):
    """What is written to it is hashed on the way; the hash names the file."""

    def __init__(self, stream: pa.NativeFile, folder: str, suffix: str) -> None:
        self.stream, self.folder, self.suffix = stream, folder, suffix
        self.bytes = 0
        self._hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, payload: Buffer) -> int:
        size = memoryview(payload).nbytes
        with _writing(self.folder):
            self.stream.write(payload)
        self._hash.update(payload)
        self.bytes += size
        return size

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.sha256[:16]}.{self.suffix}"


class Lake:
    """Files under one URI (`file:///…`, `s3://…`): immutable, named by their content."""

    def __init__(self, uri: str) -> None:
        try:
            self.filesystem, self.root = fs.FileSystem.from_uri(uri)
        except pa.ArrowInvalid:  # its words repeat the URI
            raise UsageError(
                f"lake_uri '{_without_secrets(uri)}' cannot be opened: write for example s3://bucket/nightshift or file:///srv/nightshift, "
                "a secret in it with %2F for /, and as options those that pyarrow knows"
            ) from None
        except OSError as error:
            raise WorldError(f"lake_uri '{_without_secrets(uri)}' cannot be opened: {str(error).splitlines()[0]}") from None
        if "\0" in self.root:
            raise UsageError(f"lake_uri '{_without_secrets(uri)}' cannot be opened: a path holds no NUL")

    def write_table(self, folder: str, table: pa.Table) -> Stored:
        """Write a table whose rows are in canonical order: the same rows give the same bytes, hence the same name."""
        return self.write_pieces(folder, [table], table.schema)

    def write_pieces(self, folder: str, pieces: Iterable[pa.Table], schema: pa.Schema) -> Stored:
        """Write tables of one schema, in canonical order one after the other, as they come: the bytes do not tell where one ended."""
        with self._beside(folder, "parquet") as file:
            rows = write_parquet(file, pieces, schema)
        return Stored(file.path, rows, file.bytes, file.sha256, describe(schema))

    def write_bytes(self, folder: str, suffix: str, payload: bytes | pa.Buffer) -> Stored:
        """Write beside, then move into place under the hash of the content."""
        with self._beside(folder, suffix) as file:
            file.write(payload)
        return Stored(file.path, 0, file.bytes, file.sha256, "")

    @contextmanager
    def _beside(self, folder: str, suffix: str) -> Iterator[HashedFile]:
        """A file that is hashed as it is written, and lies in its place at the end; it is gone where the writing failed."""
        beside = f"{self.root}/{folder}/.{uuid.uuid4().hex}"
        with _writing(folder):
            self.filesystem.create_dir(f"{self.root}/{folder}", recursive=True)
            reached("lake.write")
            stream = self.filesystem.open_output_stream(beside, compression=None)
        file = HashedFile(stream, folder, suffix)
        try:
            yield file
            with _writing(folder):
                stream.close()
                reached("lake.written")
        except BaseException:
            with suppress(OSError):
                stream.close()
                self.filesystem.delete_file(beside)
            raise
        with _writing(file.path):
            self.filesystem.move(beside, self._at(file.path))
            reached("lake.moved")

    def read_bytes(self, path: str, sha256: str) -> pa.Buffer:
        """The file's bytes; other bytes than were sealed are a `CorruptionError`."""
        with _reading(path), self.filesystem.open_input_file(self._at(path)) as stream:
            buffer = stream.read_buffer()
        require_sealed(hashlib.sha256(buffer).hexdigest(), path, sha256)
        return buffer

    def read_table(self, path: str, sha256: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The file as a table, with only `columns` decoded; a file that was never one of ours is a `CorruptionError`."""
        return self.open_table(path, sha256).read(columns=None if columns is None else list(columns))

    def open_table(self, path: str, sha256: str) -> pq.ParquetFile:
        """The file with nothing decoded yet, for whoever needs some of its rows; it was hashed whole all the same."""
        return _parquet(pa.BufferReader(self.read_bytes(path, sha256)), path)

    def read_batches(self, path: str, sha256: str, rows: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The file by so many rows at a time, in bounded memory: all of it is hashed before the first of them is given.

        The errors of `read_table`. The last batch may be smaller, and a file without rows gives none.
        """
        with _reading(path), self.filesystem.open_input_file(self._at(path)) as stream:
            found = hashlib.sha256()
            while piece := stream.read(HASHED_AT_ONCE):
                found.update(piece)
            require_sealed(found.hexdigest(), path, sha256)
            stream.seek(0)
            yield from _parquet(stream, path).iter_batches(rows, columns=None if columns is None else list(columns))

    def files(self) -> list[Found]:
        """Every file of the lake, whoever put it there, but for what lies behind a link and where we may not look."""
        with _reading(self.root):
            if isinstance(self.filesystem, fs.LocalFileSystem):
                paths = [Path(folder, name) for folder, _, names in os.walk(self.root) for name in names]
                found = self.filesystem.get_file_info([str(path) for path in paths if not path.is_symlink()])
            else:
                found = self.filesystem.get_file_info(fs.FileSelector(self.root, recursive=True, allow_not_found=True))
        return [self._found(info) for info in found if info.type == fs.FileType.File]

    def find(self, path: str) -> Found | None:
        """A file as it lies there now; None where there is none, or something that is no file."""
        with _reading(path):
            info = self.filesystem.get_file_info(self._at(path))
        return self._found(info) if info.type == fs.FileType.File else None

    def _found(self, info: fs.FileInfo) -> Found:
        changed_at = dt.datetime.fromtimestamp(info.mtime_ns / 1e9, dt.UTC)
        return Found(info.path.removeprefix(self.root).lstrip("/"), info.size, changed_at)

    def put_aside(self, path: str, changed_before: dt.datetime) -> bool:
        """Move a file into the folder `leavings`, where a person deletes it; False where somebody has written it again since.

        A file that is written in the same instant is put back: moving keeps the instant at which it was written (not on S3, where we
        look before alone).
        """
        if not self._is_older(path, changed_before):
            return False
        aside = f"leavings/{path}"
        with _writing(aside):
            self.filesystem.create_dir(f"{self.root}/{aside.rpartition('/')[0]}", recursive=True)
            self.filesystem.move(self._at(path), self._at(aside))
            if isinstance(self.filesystem, fs.LocalFileSystem) and not self._is_older(aside, changed_before):
                self.filesystem.move(self._at(aside), self._at(path))
                return False
        return True

    def delete_half(self, path: str, changed_before: dt.datetime) -> bool:
        """Delete a file that was being written; False where somebody still does."""
        if not self._is_older(path, changed_before):
            return False
        self.delete(path)
        return True

    def _is_older(self, path: str, instant: dt.datetime) -> bool:
        found = self.find(path)
        return found is not None and found.changed_at < instant

    def delete(self, path: str) -> None:
        """Remove a file; one that is gone already was removed."""
        try:
            self.filesystem.delete_file(self._at(path))
        except FileNotFoundError:
            return
        except OSError as error:
            raise WorldError(f"the lake cannot remove {path}: {error.strerror or error}") from None

    def _at(self, path: str) -> str:
        """Where a path of the lake lies; one that climbs out of it comes from a row that somebody wrote (`CorruptionError`)."""
        if ".." in path.split("/"):
            raise CorruptionError(f"{path!r} leads out of the lake: the row that names it was changed by hand; put the row back")
        return f"{self.root}/{path}"

    def _page_at(self, path: str) -> str:
        """`_at` for what carries no hash: nor may a link on the way lead out of the lake (`CorruptionError`)."""
        place = self._at(path)
        if isinstance(self.filesystem, fs.LocalFileSystem):
            root = os.path.realpath(self.root)
            if os.path.commonpath([root, os.path.realpath(place)]) != root:
                raise CorruptionError(f"{path!r} is a link that leads out of the lake, or lies behind one: remove the link")
        return place

    def address(self, path: str) -> str:
        """Where a person finds the file."""
        scheme = "file://" if isinstance(self.filesystem, fs.LocalFileSystem) else f"{self.filesystem.type_name}://"
        return f"{scheme}{self.root}/{path}"

    def write_page(self, path: str, text: str) -> str:
        """Write a page that may be written again (reports), atomically; returns its address."""
        folder, beside = path.rpartition("/")[0], f"{path}.{uuid.uuid4().hex}"
        place = self._page_at(path)
        with _writing(path):
            self.filesystem.create_dir(f"{self.root}/{folder}", recursive=True)
            reached("page.write")
            with self.filesystem.open_output_stream(f"{self.root}/{beside}", compression=None) as stream:
                stream.write(text.encode())
            reached("page.written")
            self.filesystem.move(f"{self.root}/{beside}", place)
            reached("page.moved")
        return self.address(path)

    def pages(self, folder: str) -> list[str]:
        """Names of the files in a folder, in order; none where it does not exist."""
        with _reading(folder):
            found = self.filesystem.get_file_info(fs.FileSelector(f"{self.root}/{folder}", allow_not_found=True))
        return sorted(info.base_name for info in found if info.type == fs.FileType.File)

    def read_page(self, path: str) -> bytes | None:
        """A page as it was written last; None where there is none."""
        try:
            with self.filesystem.open_input_file(self._page_at(path)) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WorldError(f"the lake cannot read {path}: {error.strerror or error}") from None


def _without_secrets(uri: str) -> str:
    """The URI as it may be told: nothing behind the scheme where there may be a secret, even one with a sign that should be escaped.

    >>> _without_secrets("s3://key:sec/ret@bucket"), _without_secrets("s3://bucket?secret_key=secret"), _without_secrets("s3://bucket")
    ('s3://…', 's3://…', 's3://bucket')
    """
    if not {"@", "?"} & set(uri):
        return uri
    scheme = re.match(r"\w+://", uri)
    return f"{scheme[0] if scheme else ''}…"


def require_sealed(found: str, path: str, sha256: str) -> None:
    """Refuse a file whose hash is another than that of what was written there."""
    if found != sha256:
        raise CorruptionError(f"{path} in the lake is not what was written there (SHA-256 {sha256[:16]}…): restore it from a copy")


def _parquet(source: pa.NativeFile, path: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(source, page_checksum_verification=True)
    except pa.ArrowInvalid:
        raise CorruptionError(f"{path} in the lake is no Parquet file: its row was changed by hand; put the row back") from None


@contextmanager
def _reading(path: str) -> Iterator[None]:
    """A file that should be there and is not was lost; anything else may pass."""
    try:
        yield
    except FileNotFoundError:
        raise CorruptionError(f"{path} is missing from the lake: restore it from a copy") from None
    except OSError as error:
        raise WorldError(f"the lake cannot read {path}: {error.strerror or error}") from None


@contextmanager
def _writing(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WorldError(f"the lake cannot write {path}: {error.strerror or error}") from None


def partition(what: str, night: Night, view: str = "") -> str:
    """Folder of a night's file: `transactions/night=2026-11-22`, `features/view=…/night=…`."""
    return f"{what}/view={view}/night={night}" if view else f"{what}/night={night}"


def describe(schema: pa.Schema) -> str:
    """The columns in one line, for the seal."""
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def concatenated(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Tables of one schema as one, empty where there are none."""
    return pa.concat_tables([schema.empty_table(), *tables])
