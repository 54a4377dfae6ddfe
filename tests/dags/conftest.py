"""One real Airflow for all tests of this package, with its own home, embedded server and small simulated source."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from rich.console import Console

from ops import stay
from ops.airflow import Place
from ops.rest import FINISHED, AirflowApi, DagRun, wait_until
from pipeline import commands, steps
from pipeline.core.errors import GateError
from pipeline.core.night import Night, nights_between
from pipeline.core.settings import CONFIG_VARIABLE, load_settings
from pipeline.data.load_tables import Existing
from pipeline.house import House, open_house
from pipeline.simulator import Simulation
from pipeline.simulator.__main__ import write
from pipeline.terminal import Terminal
from tests.sinks import Posts, webhook_server

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-"))  # importing airflow writes its settings there

SETTINGS = """
label_maturity = "2d"
settle = "0s"
deadline = "1s"
alert_budget = 20
[source.transactions]
recorded_at = "recorded_at"
entities = { customer = "customer_id", terminal = "terminal_id" }
personal = ["card_number"]
"""
HOOK_SECRET = "known-to-the-hook-alone"
CARD = "canary-4111"  # how every card number begins; the column that holds them is personal
HISTORY = 38  # nights: the reach of the view and one
LEARNING = 8  # nights until the first model, with labels that mature in two days
NIGHT_PATIENCE = 900  # seconds for three nights in Airflow on a very busy machine; 90 on a quiet one


@dataclass(frozen=True)
class Installed:
    """An Airflow that is up, and what lies around it. `last` is yesterday, the night of the schedule; `posts` are its messages."""

    config: Path
    home: Path
    place: Place
    api: AirflowApi
    last: Night
    posts: Posts

    @property
    def refused(self) -> Night:
        """A night, not run yet, of which more rows break the source contract than the gate allows."""
        return self.last.back(5)

    @property
    def before_all(self) -> Night:
        """A night of the history, never run."""
        return self.last.back(HISTORY)

    @contextmanager
    def house(self) -> Iterator[House]:
        """The house that Airflow's tasks open as well."""
        with settings_in_effect(self.config), open_house() as house:
            yield house

    def ask(self, query: str, **values: object) -> list[tuple[object, ...]]:
        """Ask the warehouse as its owner."""
        with self.house() as house, house.warehouse.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def scores(self, night: Night) -> list[tuple[object, ...]]:
        """What analysts see of a night, in order of its keys."""
        query = "SELECT transaction_id, score, alert_rank, model_version FROM scoring.current_prediction WHERE night = :night ORDER BY 1"
        return self.ask(query, night=night.day)

    def finished(self, run_id: str) -> DagRun:
        """The run, once it has come to an end."""
        return wait_until(
            f"the end of run {run_id}",
            NIGHT_PATIENCE,
            lambda: next((run for run in self.api.runs() if run.run_id == run_id and run.state in FINISHED), None),
        )

    def run_of(self, night: Night) -> DagRun:
        """The run of a night by schedule or backfill, once it has come to an end."""
        return wait_until(
            f"the end of night {night} in Airflow",
            NIGHT_PATIENCE,
            lambda: next((run for run in self.api.runs() if run.night == night and run.state in FINISHED), None),
        )


@contextmanager
def settings_in_effect(config: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, str(config))
        yield


@pytest.fixture(scope="package")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with usual_airflow(tmp_path_factory.mktemp("airflow")) as up:
        yield up


@pytest.fixture(scope="package")
def three(installed: Installed) -> list[DagRun]:
    return run_three(installed)


def usual_airflow(folder: Path) -> AbstractContextManager[Installed]:
    """Everything up: a model is champion, one night was refused by a gate, and the DAG still paused."""
    return brought_up(folder, _warm_up, _spoil)


def nothing(_: Night) -> None:
    """Leaves the source as it is."""


@contextmanager
def brought_up(folder: Path, warm_up: Callable[[Night], None], spoil: Callable[[Night], None] = nothing) -> Iterator[Installed]:
    """A simulated source that `spoil` changes, and an Airflow that starts while `warm_up` runs nights; both are told the last night.

    The warehouse reaches Airflow's tasks by its connection alone.
    """
    config = folder / "nightshift.toml"
    with webhook_server(Posts()) as posts, settings_in_effect(config):
        config.write_text(f'{SETTINGS}[notify.webhook]\nurl = "{posts.url}"\nsecret = "{HOOK_SECRET}"\n')
        last = Night.of(dt.datetime.now(dt.UTC)).back(1)
        _fill(folder, last)
        spoil(last)
        settings = load_settings()
        place = stay.place_of(settings)
        try:
            keeper = begin_with_connection(place)
            warm_up(last)
            api = stay.await_healthy(place, keeper, lambda _: None)
            yield Installed(config, settings.home, place, api, last, posts)
        finally:
            stay.down(place, settings.home)


def run_three(installed: Installed) -> list[DagRun]:
    """Two nights by a backfill and the last one by the schedule, all at their end; those that are there already stay as they are."""
    api, last = installed.api, installed.last
    if not any(run.night == last for run in api.runs()):
        api.backfill(last.back(2), last.back(1), reprocess="none")
        api.pause(False)
    return [installed.run_of(night) for night in (last.back(2), last.back(1), last)]


def _fill(folder: Path, last: Night) -> None:
    """A source in which fraud is common and soon known, so that few small nights make a model."""
    terminal = Terminal(Console(quiet=True), Console(quiet=True))
    small = Simulation(last.day, HISTORY + LEARNING + 6).scaled(0.25)
    world = dataclasses.replace(small, terminals_compromised_daily=4, customers_compromised_daily=4, label_days_median=0.5)
    write(world, folder / "source")
    commands.init(terminal, embedded=True)
    commands.load(terminal, folder / "source", Existing.REFUSE)
    with open_house() as house, house.warehouse.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE transactions ADD COLUMN card_number text DEFAULT '{CARD}-9'"))


def _spoil(last: Night) -> None:
    """Most rows of one night break the source contract."""
    spoilt = "UPDATE transactions SET amount = -1 WHERE recorded_at >= :start AND recorded_at < :end AND transaction_id % 5 < 3"
    night = last.back(5)
    with open_house() as house, house.warehouse.begin() as connection:
        connection.execute(sa.text(spoilt), {"start": night.start, "end": night.end})


def begin_with_connection(place: Place) -> subprocess.Popen[bytes] | None:
    """Start Airflow with settings that name no warehouse there is, and the connection `nightshift_warehouse` that names ours."""
    with pytest.MonkeyPatch.context() as patch, open_house() as house:
        url = house.warehouse.url
        patch.setenv("AIRFLOW_CONN_NIGHTSHIFT_WAREHOUSE", url.set(drivername="postgres").render_as_string(hide_password=False))
        patch.setenv("NIGHTSHIFT_WAREHOUSE_URL", "postgresql+psycopg://nobody:wrong@127.0.0.1:1/nowhere")
        return stay.begin(place)


def _warm_up(last: Night) -> None:
    """The nights up to the one before the last three through the same steps in this process; one of them a gate refuses."""
    first, refused = last.back(LEARNING + 5), []
    with open_house() as house:
        for night in nights_between(first, last.back(3)):
            try:
                for _ in steps.run_night(house, night, scheduled=False, requested_by="test"):
                    pass
            except GateError:
                refused.append(night)
    assert refused == [last.back(5)]
