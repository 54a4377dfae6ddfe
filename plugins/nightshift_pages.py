"""The pages behind the tabs: reports as they lie in the lake, for those whom Airflow lets read the runs of the DAG, and for nobody else."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Final

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.models.dagrun import DagRun
from airflow.models.xcom import XComModel
from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.night import Night, night_of
from pipeline.core.settings import load_settings
from pipeline.data.lake import Lake
from pipeline.data.reports import newest_report, read_report

DAG: Final = "nightly_scoring"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",  # it tells of customers' transactions, and a later run of the night replaces it
}

router = APIRouter(dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])  # no login: 401; no right to the DAG: 403


def application() -> FastAPI:
    """The pages and nothing beside them: no description of itself, which would be open to all."""
    pages = FastAPI(title="Nightshift reports", docs_url=None, redoc_url=None, openapi_url=None)
    pages.include_router(router)
    return pages


@router.get("/reports/{dag_id}")
def newest(dag_id: str) -> Response:
    """The newest report that there is."""
    return _answer(dag_id, newest_report)


@router.get("/reports/{dag_id}/{night}")
def of_night(dag_id: str, night: str) -> Response:
    """The report of a night, written as YYYY-MM-DD."""
    return _answer(dag_id, lambda _: Night.parse(night))


@router.get("/runs/{dag_id}/{run_id}")
def of_run(dag_id: str, run_id: str, session: SessionDep) -> Response:
    """The report that the run wrote of its own, where it is kept beside; else that of its night, whichever run wrote it last."""
    run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
    if run is None:
        return _message(404, f"There is no run {run_id} of {dag_id}.")
    named = (run.conf or {}).get("night")
    number = select(XComModel.value).where(
        XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.task_id == "plan", XComModel.key == "return_value"
    )
    told = str(session.scalar(number)).strip('"')
    own = int(told) if told.isdecimal() else None
    return _answer(dag_id, lambda _: night_of(str(run.run_type), named, run.logical_date, run.data_interval_start), own)


def _answer(dag_id: str, find: Callable[[Lake], Night | None], own: int | None = None) -> Response:
    """The page of the night that `find` finds, or of the run `own`; where there is none, or it cannot be had, a sentence that says so."""
    if dag_id != DAG:
        return _message(404, f"{dag_id} writes no report: look at {DAG}, which writes one a night.")
    try:
        lake = Lake(load_settings().lake)
        night = find(lake)
        page = None if night is None else read_report(lake, night, own)
    except UsageError as error:
        return _message(400, f"{error}.")
    except NightshiftError as error:
        return _message(503, f"{error}.")
    return _message(404, _none_yet(night)) if page is None else HTMLResponse(page, headers=HEADERS)


def _none_yet(night: Night | None) -> str:
    if night is None:
        return "There is no report yet: the first night that is run to its end writes one."
    return f"Night {night} has no report yet: its task monitor writes it, and 'nightshift report {night}' does so for a night that stopped."


def _message(status: int, sentence: str) -> Response:
    page = (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Nightshift</title><body><p>{html.escape(sentence)}</p></body></html>'
    )
    return HTMLResponse(page, status, HEADERS)
