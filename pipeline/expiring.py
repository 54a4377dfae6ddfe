"""What happened to the champion of a night: its own rule fired, or it was refused and withdrawn."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.champions import load_for
from pipeline.core.night import Night
from pipeline.core.plan import Plan
from pipeline.data import registry, runs
from pipeline.evaluation.challenge import model_figures
from pipeline.house import House
from pipeline.reservoirs import compared, reservoir_at
from pipeline.scoring.expiry import Rule
from pipeline.scoring.reservoir import between


@dataclass(frozen=True)
class News:
    """`expired`: the sentence of the rule that fired; `withdrawn`: a sentence for each model that the night refused."""

    expired: str | None
    withdrawn: tuple[str, ...]


def news_of(house: House, connection: sa.Connection, plan: Plan) -> News:
    """What a run's champion went through: held against its rule as assigned, and the withdrawals of the night."""
    version = runs.model_of(connection, plan.run_id)
    standing = registry.champion(connection, plan.night, house.clock() if plan.scheduled else None)
    rule = standing if standing is not None and standing.version == version else None
    refused = tuple(f"{name} was refused and withdrawn: {reason}" for name, reason in registry.withdrawn_by(connection, plan.night))
    return News(expired(house, connection, rule, plan.night), refused)


def expired(house: House, connection: sa.Connection, standing: registry.Promotion | None, night: Night) -> str | None:
    """The champion's rule in words where it fires at a night; None where it does not, or there is none.

    Its performance is that on rows which had matured by the end of the night before and arrived after it was trained.
    """
    if standing is None or standing.expires_when is None:
        return None
    model = load_for(house, connection, standing.version)
    reservoir = reservoir_at(house, connection, night.back(1))
    rows = between(reservoir.rows, Night.parse(model.manifest.lineage.night).next(), reservoir.newest, reservoir.bounds)
    scores, known = model.score(rows), compared(rows, reservoir.bounds.share)
    figures = model_figures(known, scores) if rows.num_rows else {}
    weight = float(known.weight.sum())
    return Rule.parse(standing.expires_when).fires(
        {
            "age": (night.end - standing.valid_from).total_seconds(),
            "average_precision": figures.get("average_precision"),
            "fraud_ratio": figures.get("predicted_ratio"),
            "mean_score": float(scores @ known.weight) / weight if weight else None,
            "matured_frauds": figures.get("compared.frauds", 0.0),
        }
    )
