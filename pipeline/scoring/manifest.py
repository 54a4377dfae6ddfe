"""All that is known of a model but its trees: what it was trained on, with what, and how it scored there."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.core.errors import CorruptionError
from pipeline.scoring.golden import Golden
from pipeline.scoring.learner import Parameters
from pipeline.scoring.tails import Tail

DIGEST_LENGTH = 8  # hexadecimal characters in a version: two models of one night and learner meet by chance once in four thousand million


@dataclass(frozen=True)
class Partition:
    """One sealed partition of the reservoir that was read: the night in which its rows entered, and the SHA-256 of the file."""

    night: str
    sha256: str


@dataclass(frozen=True)
class Lineage:
    """Where a model comes from: enough to train it again.

    `night`: the one whose end was the cutoff. `parent`: the model before it in the chain. `first_night`: the oldest night whose
    transactions count, `last_night` the newest that has matured; `fresh_after`: rows that entered after this night are new to the parent.
    `rows`, `share`: bounds of the training set. `code`: hash of the source that trains.
    """

    night: str
    view: str
    cutoff: dt.datetime
    maturity: dt.timedelta
    first_night: str
    last_night: str
    rows: int
    share: float
    parent: str | None = None
    fresh_after: str | None = None
    excluded: tuple[str, ...] = ()
    partitions: tuple[Partition, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Distribution:
    """Quantiles of the model's scores on its training set, each row weighted by how many transactions it stands for."""

    levels: tuple[float, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Manifest:
    """The description that travels with a model; it holds no clock, so that the same training gives the same manifest."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    version: str
    lineage: Lineage
    learner: str
    parameters: Parameters
    seed: int
    columns: tuple[str, ...]
    tails: tuple[Tail, ...]
    share: float
    rows: int
    frauds: int
    training_sha256: str
    libraries: Mapping[str, str]
    distribution: Distribution
    golden: Golden

    @property
    def view(self) -> str:
        """Fingerprint of the feature view that the model reads."""
        return self.lineage.view

    def to_json(self) -> str:
        """Canonical: keys sorted, no space, numbers as Python writes them. Stored as text or `jsonb`, `from_json` reads it back equal."""
        return json.dumps(ADAPTER.dump_python(self, mode="json"), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The manifest that `to_json` wrote; anything else is a `CorruptionError`."""
        try:
            return ADAPTER.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the text"
            raise CorruptionError(
                f"this is not the manifest of a model ({where}: {first['msg']}): take another model, or train again"
            ) from None


ADAPTER = TypeAdapter(Manifest)


def named(manifest: Manifest) -> Manifest:
    """The manifest under the version that its night, its learner and its own content give it: `2026-11-20-boosted_trees-1a2b3c4d`."""
    digest = hashlib.sha256(dataclasses.replace(manifest, version="").to_json().encode()).hexdigest()
    return dataclasses.replace(manifest, version=f"{manifest.lineage.night}-{manifest.learner}-{digest[:DIGEST_LENGTH]}")
