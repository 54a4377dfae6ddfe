"""By when a night is due: counted from its end, and for the night of the schedule alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.deadline import BaseDeadlineReference

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class EndOfScheduledNight(BaseDeadlineReference):
    """The end of the night that the schedule runs; a backfill, whose nights ended long ago, and a run made by hand have no deadline.

    Airflow's own references would call every run of a backfill late as soon as it is made.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str, **_: Any) -> dt.datetime | None:
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        statement = select(DagRun.data_interval_end).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id, DagRun.run_type == "scheduled")
        end: dt.datetime | None = session.scalar(statement)
        return end
