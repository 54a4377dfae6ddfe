"""Shows the report of a night inside Airflow: a tab of the DAG, with the newest report, and a tab of each run, with that of its night."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/nightshift"
TAB = "Night report"


class Pages:
    """The pages, made at the first request: every process of Airflow reads this file, and only the api-server is ever asked."""

    @cached_property
    def application(self) -> ASGIApp:
        from nightshift_pages import application

        return application()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)


class NightshiftPlugin(AirflowPlugin):
    """Addresses without a leading slash are relative to Airflow's own, so that a proxy may put it under a path."""

    name = "nightshift"
    fastapi_apps: list[Any] = [{"app": Pages(), "url_prefix": PREFIX, "name": "Nightshift reports"}]  # noqa: RUF012
    external_views: list[Any] = [  # noqa: RUF012  # as Airflow declares both
        {"name": TAB, "href": "nightshift/reports/{DAG_ID}", "destination": "dag", "url_route": "nightshift_report"},
        {"name": TAB, "href": "nightshift/runs/{DAG_ID}/{RUN_ID}", "destination": "dag_run", "url_route": "nightshift_run_report"},
    ]
