"""A model as bytes and back, without ever running what the bytes say."""

from __future__ import annotations

import zipfile

from pipeline.core.errors import CorruptionError, NoModelError
from pipeline.scoring.canonical import canonical
from pipeline.scoring.learner import Classifier, Fitted, Learner
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.manifest import Manifest
from pipeline.scoring.model import Model
from pipeline.scoring.signing import SignedRecord, verify

UNREADABLE = (
    zipfile.BadZipFile,
    AttributeError,
    ImportError,
    KeyError,
    TypeError,
    ValueError,
)  # what a file of other library versions raises


def serialize(model: Model) -> bytes:
    """The classifier as a skops file; the same model gives the same bytes. The manifest travels in the registry, not here."""
    import skops.io

    return canonical(skops.io.dumps(model.fitted.classifier))


def load(payload: bytes, record: SignedRecord, key: bytes) -> Model:
    """The model of a registry row, once the row is signed with `key`, the file is the row's, and the golden rows come out as they were.

    A changed row or file, or another key, is a `CorruptionError`, raised before a byte of the file is interpreted. A file that these
    libraries cannot read, or score otherwise, is a `NoModelError`.
    """
    verify(payload, record, key)
    manifest = record.manifest
    model = Model(manifest, Fitted(_classifier(payload, manifest, _learner(manifest)), manifest.columns, manifest.tails))
    check_golden(model)
    return model


def check_golden(model: Model) -> None:
    """Refuse (`NoModelError`) a model that does not give each golden row the score it had in training, to the last bit."""
    golden = model.manifest.golden
    try:
        differing = golden.differing(model.score_rows(golden.matrix()))
    except UNREADABLE as error:
        raise NoModelError(f"{_trained_with(model.manifest)}; these cannot score with it ({type(error).__name__}): train again") from error
    if differing:
        raise NoModelError(
            f"{_trained_with(model.manifest)}; here {differing} of its {len(golden.scores)} golden rows score otherwise: train again"
        )


def _learner(manifest: Manifest) -> Learner:
    if manifest.learner not in LEARNERS:
        raise NoModelError(
            f"model {manifest.version} is of learner '{manifest.learner}', known here: {', '.join(sorted(LEARNERS))}: take another model"
        )
    return LEARNERS[manifest.learner]


def _classifier(payload: bytes, manifest: Manifest, learner: Learner) -> Classifier:
    """Only types of scikit-learn, NumPy and Python that skops trusts, and those of the learner's frozen list, are ever built.

    Where the learner can read what the file holds without them, it does, which spares a process 5 CPU seconds of imports.
    """
    if (plain := learner.read(payload)) is not None:
        return plain
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        classifier = skops.io.loads(payload, trusted=list(learner.trusted_types))
    except UntrustedTypesFoundException as error:
        raise CorruptionError(
            f"model {manifest.version}: its file holds types that no {learner.name} has ({error}): train again"
        ) from error
    except UNREADABLE as error:
        raise NoModelError(f"{_trained_with(manifest)}; these cannot read its file ({type(error).__name__}): train again") from error
    if not isinstance(classifier, Classifier):
        raise CorruptionError(f"model {manifest.version}: its file holds a {type(classifier).__name__}, which scores nothing: train again")
    return classifier


def _trained_with(manifest: Manifest) -> str:
    return f"model {manifest.version} was trained with {', '.join(f'{name} {version}' for name, version in manifest.libraries.items())}"
