"""The bench's chain: who serves is for the product's verdict to say."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bench.parts import chain as module
from bench.parts.chain import Chain
from bench.parts.reservoir import Reservoir
from bench.parts.streams import Stream, night_of
from pipeline.data.names import reservoir_schema
from pipeline.evaluation.judgement import Judgement
from pipeline.features.handbook import VIEW
from pipeline.scoring.boosted_trees import BoostedTrees

DAYS = (70, 77, 84)


@pytest.fixture
def stream() -> Stream:
    """A stream without rows."""
    no_days = np.empty(0, np.int64)
    return Stream("none", VIEW.schema(pa.int64()).empty_table(), pa.table({}), no_days, no_days, no_days.astype(bool))


def judgements(low: float, reach: float = 0.01) -> tuple[Judgement, ...]:
    bounds = {"not_worse": ("low", low), "not_shown_worse": ("high", low + 2 * reach)}
    return tuple(
        Judgement("challenger", check, f"champion.difference.{bound}", value, -0.02, None, "fail", value >= -0.02, "worse")
        for check, (bound, value) in bounds.items()
    )


@pytest.mark.parametrize(
    ("low", "verdict", "serves"), [(0.01, "BETTER", 84), (-0.01, "EQUIVALENT", 84), (-0.03, "NOT ENOUGH DATA", 70), (-0.05, "WORSE", 70)]
)
def test_the_newest_member_serves_only_where_the_verdict_lets_it(
    low: float, verdict: str, serves: int, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "judged", lambda *_: judgements(low))
    members = {night_of(day): str(day) for day in DAYS}  # any objects will do: nothing is scored
    chain = Chain(BoostedTrees(), members)  # type: ignore[arg-type]
    for day in DAYS:
        chain, decision = chain.decided(Reservoir(day, reservoir_schema(VIEW.schema(pa.int64())).empty_table()), stream)
    assert decision.verdict == verdict
    assert chain.champion == str(serves)
