"""A night gone through in batches: the same scores, checksum and counts however it is cut, and no more of it held than promised."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline import rescoring
from pipeline.core.errors import CorruptionError
from pipeline.data.lake import Lake
from pipeline.data.names import TRANSACTION_ID
from pipeline.data.server_hashes import sum_of_rows
from pipeline.evaluation.drift import Comparison
from pipeline.evaluation.reference import Reference
from pipeline.rescoring import GoneThrough, evenly, gone_through
from pipeline.scoring.matrix import as_matrix
from pipeline.scoring.model import Model
from tests.oracles.fraud_rows import COLUMNS, labelled_rows, trained

TONIGHT = labelled_rows(1_000, seed=4)


@cache
def model() -> Model:
    return trained(labelled_rows())


@cache
def reference() -> Reference:
    rows = labelled_rows(2_000, seed=5)
    return Reference.of(COLUMNS, as_matrix(rows, COLUMNS), model().score(rows), np.ones(rows.num_rows))


def cut(rows: int) -> GoneThrough:
    return gone_through(TONIGHT.to_batches(max_chunksize=rows), TONIGHT.num_rows, [model()], reference())


@pytest.mark.parametrize("rows", [1_000, 999, 130, 17])
def test_however_a_night_is_cut_it_comes_to_the_same(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "KEPT", 100)
    told, scores = cut(rows), model().score(TONIGHT)
    assert np.array_equal(told.scores[0], scores)
    assert told.checksum == sum_of_rows(TONIGHT[TRANSACTION_ID], scores)
    np.testing.assert_array_equal(told.kept, as_matrix(TONIGHT, COLUMNS)[evenly(1_000, 100)])
    whole = Comparison.of(reference(), as_matrix(TONIGHT, COLUMNS), scores)
    in_parts = Comparison.between(reference(), told.tallies, told.scores[0])
    assert whole is not None
    assert in_parts is not None
    assert [drift.stability for drift in in_parts.features] == [drift.stability for drift in whole.features]
    assert [drift.mean_shift for drift in in_parts.features] == pytest.approx([drift.mean_shift for drift in whole.features], abs=1e-12)
    assert in_parts.bins == whole.bins


def test_a_column_that_the_night_lacks_has_no_value_in_any_row() -> None:
    told = gone_through(TONIGHT.drop([COLUMNS[0]]).to_batches(), TONIGHT.num_rows, [], reference())
    assert told.tallies[0].shares[-1] == 1.0
    assert (told.scores, told.checksum) == ((), None)


def test_a_file_is_given_by_batches_only_when_all_of_it_is_what_was_sealed(tmp_path: Path) -> None:
    lake = Lake(tmp_path.as_uri())
    stored = lake.write_table("features", TONIGHT)
    batches = list(lake.read_batches(stored.path, stored.sha256, 300))
    assert [batch.num_rows for batch in batches] == [300, 300, 300, 100]
    assert pa.Table.from_batches(batches).equals(lake.read_table(stored.path, stored.sha256))
    empty = lake.write_table("features", TONIGHT.slice(0, 0))
    assert list(lake.read_batches(empty.path, empty.sha256, 300)) == []
    changed = bytearray((tmp_path / stored.path).read_bytes())
    changed[-len(changed) // 4] ^= 1  # far behind the first batch
    (tmp_path / stored.path).write_bytes(changed)
    with pytest.raises(CorruptionError, match="is not what was written there"):
        next(lake.read_batches(stored.path, stored.sha256, 300))
    with pytest.raises(CorruptionError, match="is missing from the lake"):
        next(lake.read_batches("features/none.parquet", stored.sha256, 300))
