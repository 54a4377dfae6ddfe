"""A model is loaded where its row is signed, its file is the row's, and its golden rows come out; nothing in a file is ever run."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression

from pipeline.core.errors import CorruptionError, NoModelError, UsageError
from pipeline.scoring.canonical import canonical
from pipeline.scoring.learners import LEARNERS
from pipeline.scoring.model import Model
from pipeline.scoring.saving import load, serialize
from pipeline.scoring.signing import SignedRecord, sign
from tests.oracles.fraud_rows import labelled_rows, trained

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


@dataclasses.dataclass
class PickleTrap:
    """An object that writes a file when a pickle brings it to life."""

    path: str

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (self.path, "w"))


@dataclasses.dataclass
class SkopsTrap:
    """An object that writes a file when a skops file brings it to life."""

    path: str

    def __setstate__(self, state: dict[str, str]) -> None:
        Path(state["path"]).touch()


@pytest.fixture(scope="module", params=sorted(LEARNERS))
def model(request: pytest.FixtureRequest) -> Model:
    return trained(labelled_rows(), learner=request.param)


@pytest.fixture(scope="module")
def payload(model: Model) -> bytes:
    return serialize(model)


@pytest.fixture(scope="module")
def record(model: Model, payload: bytes) -> SignedRecord:
    return sign(model.manifest, payload, KEY)


def test_a_saved_model_comes_back_with_the_same_scores_to_the_last_bit(model: Model, payload: bytes, record: SignedRecord) -> None:
    loaded = load(payload, record, KEY)
    tonight = labelled_rows(2000, seed=1)
    assert loaded.manifest == model.manifest
    assert np.array_equal(loaded.score(tonight), model.score(tonight))
    types = LEARNERS[model.manifest.learner].trusted_types
    assert skops_file(skops.io.loads(payload, trusted=list(types))) == payload


def skops_file(classifier: object) -> bytes:
    return canonical(skops.io.dumps(classifier))


def test_saving_twice_gives_the_same_bytes_and_no_time_of_saving(model: Model, payload: bytes) -> None:
    assert serialize(model) == payload
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert max(len(entry.filename) for entry in archive.infolist()) < len("140342183738608.npy"), "no address in memory names an array"
        assert archive.testzip() is None


def test_a_changed_byte_anywhere_in_the_file_is_refused(payload: bytes, record: SignedRecord) -> None:
    for place in np.linspace(0, len(payload) - 1, 200).astype(int):
        changed = bytearray(payload)
        changed[place] ^= 1
        with pytest.raises(CorruptionError, match=r"its file has SHA-256 [0-9a-f]{12}… where the registry says [0-9a-f]{12}…"):
            load(bytes(changed), record, KEY)


@pytest.mark.parametrize("other", [b"", b"no zip at all", b"PK\x03\x04"])
def test_another_file_is_refused_before_it_is_interpreted(other: bytes, record: SignedRecord) -> None:
    with pytest.raises(CorruptionError, match="its file has SHA-256"):
        load(other, record, KEY)


def test_a_row_signed_with_another_key_is_refused(payload: bytes, record: SignedRecord) -> None:
    with pytest.raises(CorruptionError, match="its registry row is not signed with our key"):
        load(payload, record, OTHER_KEY)


def test_a_change_of_any_field_of_the_row_is_refused(model: Model, payload: bytes, record: SignedRecord) -> None:
    manifest = model.manifest
    changed = [
        dataclasses.replace(manifest, share=0.4),
        dataclasses.replace(manifest, tails=()),
        dataclasses.replace(manifest, columns=manifest.columns[::-1]),
        dataclasses.replace(manifest, lineage=dataclasses.replace(manifest.lineage, view="feedfeedfeedfeed")),
        dataclasses.replace(manifest, golden=dataclasses.replace(manifest.golden, scores=manifest.golden.scores[::-1])),
    ]
    rows = [dataclasses.replace(record, manifest=other) for other in changed]
    rows.append(dataclasses.replace(record, version=f"2026-11-20-{manifest.learner}-00000000"))
    rows.append(dataclasses.replace(record, sha256=hashlib.sha256(b"").hexdigest()))
    rows.append(dataclasses.replace(record, signature=record.signature[:-1] + ("0" if record.signature[-1] != "0" else "1")))
    rows.append(dataclasses.replace(record, signature="é"))
    for row in rows:
        with pytest.raises(CorruptionError, match="its registry row is not signed with our key"):
            load(payload, row, KEY)


def test_a_short_key_signs_nothing(model: Model, payload: bytes) -> None:
    with pytest.raises(UsageError, match="the signing key has 31 bytes and needs 32: let 'nightshift init' make one"):
        sign(model.manifest, payload, KEY[:31])


def test_a_pickle_is_not_run_even_when_it_is_signed(model: Model, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    trap = pickle.dumps(PickleTrap(str(marker)))
    with pytest.raises(NoModelError, match="these cannot read its file"):
        load(trap, sign(model.manifest, trap, KEY), KEY)
    assert not marker.exists()
    pickle.loads(trap).close()
    assert marker.exists(), "the trap works where a file is trusted"


def test_an_object_of_a_foreign_type_is_not_built_even_when_it_is_signed(model: Model, record: SignedRecord, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    trap = skops.io.dumps(SkopsTrap(str(marker)))
    with pytest.raises(CorruptionError, match="its file has SHA-256"):
        load(trap, record, KEY)
    with pytest.raises(CorruptionError, match=f"its file holds types that no {model.manifest.learner} has"):
        load(trap, sign(model.manifest, trap, KEY), KEY)
    assert not marker.exists()
    skops.io.loads(trap, trusted=skops.io.get_untrusted_types(data=trap))
    assert marker.exists(), "the trap works where a file is trusted"


def test_a_file_that_holds_no_classifier_is_refused(model: Model) -> None:
    regression = skops.io.dumps(LinearRegression())
    with pytest.raises(CorruptionError, match="its file holds a LinearRegression, which scores nothing"):
        load(regression, sign(model.manifest, regression, KEY), KEY)


def test_a_model_that_gives_one_golden_row_another_last_bit_is_refused(model: Model, payload: bytes) -> None:
    golden = model.manifest.golden
    other = dataclasses.replace(golden, scores=(float(np.nextafter(golden.scores[0], 1)), *golden.scores[1:]))
    manifest = dataclasses.replace(model.manifest, golden=other)
    with pytest.raises(
        NoModelError, match=r"trained with numpy .*, scikit-learn .*; here 1 of its 64 golden rows score otherwise: train again"
    ):
        load(payload, sign(manifest, payload, KEY), KEY)


def test_the_classifier_of_one_model_under_the_manifest_of_another_is_refused(model: Model) -> None:
    others = serialize(trained(labelled_rows(seed=5), learner=model.manifest.learner))
    with pytest.raises(NoModelError, match="golden rows score otherwise"):
        load(others, sign(model.manifest, others, KEY), KEY)


def test_the_classifier_of_one_learner_is_not_built_for_another() -> None:
    trees, linear = (trained(labelled_rows(), learner=name) for name in ("boosted_trees", "linear_sgd"))
    for owner, other in ((trees, linear), (linear, trees)):
        foreign = serialize(other)
        with pytest.raises(CorruptionError, match=f"its file holds types that no {owner.manifest.learner} has"):
            load(foreign, sign(owner.manifest, foreign, KEY), KEY)


def test_a_learner_that_is_not_known_here_is_named(model: Model, payload: bytes) -> None:
    manifest = dataclasses.replace(model.manifest, learner="oracle")
    with pytest.raises(NoModelError, match="is of learner 'oracle', known here: boosted_trees, linear_sgd"):
        load(payload, sign(manifest, payload, KEY), KEY)
