"""Who made this model? A signature over its row in the registry, which holds the hash of its file."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from pipeline.core.errors import CorruptionError, UsageError
from pipeline.scoring.manifest import Manifest

KEY_BYTES = 32  # as many as SHA-256 gives: a shorter key is easier to guess than the signature
PURPOSE = b"nightshift model 1\n"  # a signature made with this key for anything else is none of a model


@dataclass(frozen=True)
class SignedRecord:
    """A model's row in the registry: version, SHA-256 of its file, manifest, and their HMAC-SHA256 (hexadecimal)."""

    version: str
    sha256: str
    manifest: Manifest
    signature: str


def sign(manifest: Manifest, payload: bytes, key: bytes) -> SignedRecord:
    """The registry row of a model whose file is `payload`."""
    sha256 = hashlib.sha256(payload).hexdigest()
    return SignedRecord(manifest.version, sha256, manifest, _signature(manifest.version, sha256, manifest, key))


def verify(payload: bytes, record: SignedRecord, key: bytes) -> None:
    """Refuse (`CorruptionError`) a row that `key` did not sign, and a file that is not the row's."""
    signature = _signature(record.version, record.sha256, record.manifest, key)
    if not hmac.compare_digest(signature.encode(), record.signature.encode()):
        raise CorruptionError(
            f"model {record.version}: its registry row is not signed with our key; the row was changed, or signing_key_file is another: "
            "put the row or the key back, or train a new model"
        )
    found = hashlib.sha256(payload).hexdigest()
    if not hmac.compare_digest(found, record.sha256):
        raise CorruptionError(
            f"model {record.version}: its file has SHA-256 {found[:12]}… where the registry says {record.sha256[:12]}…: "
            "put the file back, or train a new model"
        )


def _signature(version: str, sha256: str, manifest: Manifest, key: bytes) -> str:
    if len(key) < KEY_BYTES:
        raise UsageError(f"the signing key has {len(key)} bytes and needs {KEY_BYTES}: let 'nightshift init' make one")
    row = json.dumps(
        {"version": version, "sha256": sha256, "manifest": json.loads(manifest.to_json())}, sort_keys=True, separators=(",", ":")
    )
    return hmac.new(key, PURPOSE + row.encode(), hashlib.sha256).hexdigest()
