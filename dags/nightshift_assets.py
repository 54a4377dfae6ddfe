"""What the nights make, as Airflow's assets: an event each time something was made, for DAGs of yours that wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias

if TYPE_CHECKING:
    from airflow.sdk import Context

    from pipeline.house import House
    from pipeline.stepping import StepResult


@dataclass(frozen=True)
class Made:
    """An asset, and the count of its step that says whether something was made.

    A task's outlet tells an event whatever the task did; an alias tells one only where the task says so.
    """

    name: str
    counted: str

    @property
    def alias(self) -> AssetAlias:
        return AssetAlias(self.name)

    def tell(self, context: Context, house: House, run_id: int, result: StepResult) -> None:
        """Tell an event of what the step made; nothing where it had made it before, or kept what was there."""
        if not result.repeated and result.counts.get(self.counted):
            context["outlet_events"][self.alias].add(Asset(self.name), extra=facts(house, run_id, result.counts))


FEATURES = Made("nightshift_features", "computed")
PREDICTIONS = Made("nightshift_predictions", "published")
MODEL = Made("nightshift_model", "nights")


def facts(house: House, run_id: int, counts: Mapping[str, int]) -> dict[str, Any]:
    """What an event says besides the asset: night, mode, the run's number, the model that scored, the model that was trained, counts."""
    from pipeline.data import ledger, runs

    with house.warehouse.begin() as connection:
        plan = runs.plan_as_entered(connection, run_id)
        versions = {"model_version": runs.model_of(connection, run_id), "trained_version": ledger.trained_by(connection, run_id)}
    return {"night": str(plan.night), "mode": plan.mode, "run_id": run_id, **{k: v for k, v in versions.items() if v}, **counts}
