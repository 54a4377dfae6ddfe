"""`python -m ops.stay up | down | status`: Airflow with its user interface on this machine, kept up until it is told to go."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from ops import airflow
from ops.airflow import CHECKOUT, USER, Place
from ops.keeper import keep, keeper_of
from ops.rest import AirflowApi
from pipeline.core.errors import NightshiftError, UsageError, WorldError
from pipeline.core.settings import CONFIG_VARIABLE, Settings, config_path, load_settings
from pipeline.data import server

PATIENCE = 300  # seconds for 'up': 40 on a quiet machine, of which a first migration takes 12

Say = Callable[[str], None]


def place_of(settings: Settings) -> Place:
    """The Airflow that belongs to the settings in effect."""
    return Place(settings.home / "airflow", config_path())


def begin(place: Place) -> subprocess.Popen[bytes] | None:
    """Start the keeper, in a session of its own that outlives us and our terminal; None where one is at work already."""
    airflow.prepare(place)
    if keeper_of(place) is not None:
        return None
    with place.keeper_log.open("wb") as log:
        return subprocess.Popen(  # ourselves
            [sys.executable, "-m", "ops.stay", "up", "--foreground"],
            cwd=CHECKOUT,
            env={**os.environ, CONFIG_VARIABLE: str(place.settings_file)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def await_healthy(place: Place, keeper: subprocess.Popen[bytes] | None, say: Say) -> AirflowApi:
    """Wait until every part is healthy and the DAG is known, saying what is still missing; a client comes back."""
    deadline = time.monotonic() + PATIENCE
    told = ""
    while True:
        api, state = _look(place)
        if api is not None:
            return api
        if state != told:
            say(state)
        told = state
        if keeper is not None and keeper.poll() is not None:
            raise WorldError(f"Airflow did not start: {_last_line(place.keeper_log)}")
        if time.monotonic() > deadline:
            raise WorldError(f"Airflow is not up after {PATIENCE} s ({state}): see {place.logs}")
        time.sleep(0.5)


def _look(place: Place) -> tuple[AirflowApi | None, str]:
    """A client where all is well, else what is missing."""
    if keeper_of(place) is None:
        return None, "waiting for the keeper"
    api = AirflowApi.at(place)
    health = api.health()
    if not health.is_good:
        return None, str(health)
    return (api, str(health)) if api.knows_dag() else (None, "the DAG has not been read yet")


def down(place: Place, home: Path) -> bool:
    """Stop Airflow and the embedded server of `home`, and wait until they are gone; False where nothing was running."""
    pid = keeper_of(place)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        _await_end(place)
    return server.stop(home) or pid is not None


def _await_end(place: Place) -> None:
    deadline = time.monotonic() + 60
    while keeper_of(place) is not None:
        if time.monotonic() > deadline:
            raise WorldError(f"the keeper does not end since 60 s: see {place.keeper_log}")
        time.sleep(0.2)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"nothing was said, see {log}")


def require_warehouse(settings: Settings) -> None:
    """Refuse to start an Airflow whose every night would fail (`UsageError`)."""
    if settings.warehouse_url is None and server.existing(settings.home) is None:
        raise UsageError(f"no warehouse: run 'nightshift init --embedded', or set warehouse_url in {config_path()}")


def _up(settings: Settings, console: Console) -> None:
    require_warehouse(settings)
    place = place_of(settings)
    with console.status("starting Airflow") as status:
        await_healthy(
            place, begin(place), lambda state: status.update(f"starting Airflow: {state}") if console.is_terminal else print(state)
        )
    console.print(f"Airflow is up at {place.url}, user {USER}, password {place.password}", soft_wrap=True)
    console.print("'make down' stops it and its database; logs are in " + str(place.logs), soft_wrap=True)


def _down(settings: Settings, console: Console) -> None:
    stopped = down(place_of(settings), settings.home)
    console.print("Airflow and the embedded database are down" if stopped else "nothing was running")


def _status(settings: Settings, console: Console) -> None:
    place = place_of(settings)
    if keeper_of(place) is None:
        raise WorldError("Airflow is down: 'make up' starts it")
    health = AirflowApi.at(place).health()
    console.print(f"{place.url}: {health}", soft_wrap=True)
    if not health.is_good:
        raise WorldError(f"not all of Airflow is healthy: see {place.logs}")


def _keep(settings: Settings) -> None:
    """Be the keeper oneself, with a line of log for whatever happens."""
    keep(place_of(settings), settings.home, lambda line: print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} {line}", flush=True))


def main(arguments: list[str] | None = None) -> int:
    """0 done, 2 wrong use or settings, 5 the world failed."""
    parser = argparse.ArgumentParser(prog="python -m ops.stay", description=__doc__)
    parser.add_argument("what", choices=["up", "down", "status"])
    parser.add_argument("--foreground", action="store_true", help="with 'up': stay in this terminal until Ctrl-C")
    asked = parser.parse_args(arguments)
    act = {"up": _up, "down": _down, "status": _status}[asked.what]
    try:
        settings = load_settings()
        if asked.foreground:
            _keep(settings)
        else:
            act(settings, Console())
    except NightshiftError as error:
        print(f"stay: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
