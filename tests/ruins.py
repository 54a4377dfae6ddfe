"""Ways to ruin a registered model: its file or its row, by hand, or signed anew by somebody who holds the key."""

from __future__ import annotations

import dataclasses
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from pipeline.scoring.manifest import Manifest
from pipeline.scoring.signing import sign
from tests.worlds import World

MARKER = "ran"  # the file, in the world's home, that a trap makes
Change = Callable[[Manifest], Manifest]


@dataclasses.dataclass
class Trap:
    """An object that makes a file when a pickle brings it to life."""

    path: str

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (self.path, "w"))


def file_of(world: World, version: str) -> Path:
    """Where a model's file lies."""
    return world.home / ".nightshift" / "lake" / str(world.scalar(f"SELECT path FROM scoring.model_version WHERE version = '{version}'"))


def one_bit_changed(world: World, version: str) -> None:
    payload = bytearray(file_of(world, version).read_bytes())
    payload[len(payload) // 2] ^= 1
    file_of(world, version).write_bytes(payload)


def truncated(world: World, version: str) -> None:
    payload = file_of(world, version).read_bytes()
    file_of(world, version).write_bytes(payload[: len(payload) // 2])


def lost(world: World, version: str) -> None:
    file_of(world, version).unlink()


def another_models_file(world: World, version: str) -> None:
    other = world.scalar(f"SELECT min(version) FROM scoring.model_version WHERE version <> '{version}'")
    file_of(world, version).write_bytes(file_of(world, str(other)).read_bytes())


def a_pickle(world: World, version: str) -> None:
    file_of(world, version).write_bytes(pickle.dumps(Trap(str(world.home / MARKER))))


def a_pickle_that_the_row_names(world: World, version: str) -> None:
    """As somebody could do it who may write into lake and warehouse but does not hold the key."""
    hmac = world.scalar(f"SELECT hmac FROM scoring.model_version WHERE version = '{version}'")
    a_signed_pickle(world, version)
    world.change(f"UPDATE scoring.model_version SET hmac = '{hmac}' WHERE version = '{version}'")


def a_signed_pickle(world: World, version: str) -> None:
    signed_anew(world, version, pickle.dumps(Trap(str(world.home / MARKER))))


def a_class_under_its_old_name(world: World, version: str) -> None:
    """As it was called until scikit-learn 1.0."""
    signed_anew(world, version, _schema_changed(file_of(world, version).read_bytes(), "__module__", "sklearn.experimental._forests"))


def an_older_format(world: World, version: str) -> None:
    """A file of a library that knew other kinds of nodes."""
    signed_anew(world, version, _schema_changed(file_of(world, version).read_bytes(), "__loader__", "OldNode"))


def other_libraries(world: World, version: str) -> None:
    """A model whose golden rows came out otherwise where it was trained, in the last bit."""

    def trained_elsewhere(manifest: Manifest) -> Manifest:
        golden = dataclasses.replace(manifest.golden, scores=tuple(score * (1 + 2**-52) for score in manifest.golden.scores))
        return dataclasses.replace(manifest, golden=golden, libraries={**manifest.libraries, "scikit-learn": "1.2.0"})

    signed_anew(world, version, file_of(world, version).read_bytes(), trained_elsewhere)


def another_view(world: World, version: str) -> None:
    def of_another(manifest: Manifest) -> Manifest:
        return dataclasses.replace(manifest, lineage=dataclasses.replace(manifest.lineage, view="feedfeedfeedfeed"))

    signed_anew(world, version, file_of(world, version).read_bytes(), of_another)


def another_hash_in_the_row(world: World, version: str) -> None:
    world.change(f"UPDATE scoring.model_version SET sha256 = repeat('0', 64) WHERE version = '{version}'")


def another_share_in_the_row(world: World, version: str) -> None:
    world.change(f"UPDATE scoring.model_version SET manifest = jsonb_set(manifest::jsonb, '{{share}}', '0.5') WHERE version = '{version}'")


def no_manifest_in_the_row(world: World, version: str) -> None:
    world.change(f"UPDATE scoring.model_version SET manifest = '{{}}' WHERE version = '{version}'")


def another_path_in_the_row(world: World, version: str) -> None:
    world.change(f"UPDATE scoring.model_version SET path = '/etc/hostname' WHERE version = '{version}'")


def signed_anew(world: World, version: str, payload: bytes, change: Change = lambda manifest: manifest) -> None:
    """Put this file in the model's place, and sign the row that says so with the world's own key."""
    row = world.rows(f"SELECT manifest FROM scoring.model_version WHERE version = '{version}'")[0]
    with world.house() as house:
        record = sign(change(Manifest.from_json(str(row.manifest))), payload, house.signing_key)
    file_of(world, version).write_bytes(payload)
    statement = "UPDATE scoring.model_version SET sha256 = :sha256, hmac = :hmac, manifest = :manifest WHERE version = :version"
    values = {"sha256": record.sha256, "hmac": record.signature, "manifest": record.manifest.to_json(), "version": version}
    with world.database.begin() as connection:
        connection.execute(sa.text(statement), values)


def _schema_changed(payload: bytes, key: str, value: str) -> bytes:
    """A skops file of which the classifier's own node has another entry."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(payload)) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, json.dumps({**json.loads(content), key: value}) if name == "schema.json" else content)
    return changed.getvalue()
