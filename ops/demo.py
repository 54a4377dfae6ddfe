"""`make demo`: simulated transactions, warm-up nights, and three nights in Airflow, which stays up afterwards."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ops.airflow import USER, Place
from ops.demo_airflow import run_by_airflow
from ops.demo_data import Span, fill, fill_from, set_up, span, states, summary, top_alerts
from ops.demo_nights import newest_settled, share_out, still_to_run
from ops.stay import await_healthy, begin, place_of
from pipeline import steps
from pipeline.core.errors import NightshiftError, UsageError
from pipeline.core.night import Night
from pipeline.core.settings import Settings
from pipeline.data.reports import report_path
from pipeline.house import open_house
from pipeline.terminal import Terminal

Say = Callable[[str], None]


def demo(terminal: Terminal, data: Path | None) -> None:
    """Everything, from nothing to three green nights in Airflow; running it again goes on where it stopped."""
    settings, now = set_up(terminal), dt.datetime.now(dt.UTC)
    newest, yesterday = newest_settled(now, settings.settle), Night.of(now).back(1)
    place = place_of(settings)
    keeper = None if place.migrated_file.exists() else begin(place)  # a new DAG is paused: it starts while we load
    if data is None:
        fill(terminal, settings, newest, yesterday)
    else:
        fill_from(terminal, settings, data)
    held = _held(settings, newest)
    keeper = keeper or begin(place)
    nights = share_out(held.first, held.last)
    warm_up(terminal, still_to_run(nights.warm_up, states(settings)))
    with speaking(terminal) as say:
        api = await_healthy(place, keeper, lambda state: say(f"Airflow    {state}"))
        run_by_airflow(api, nights, by_schedule=nights.last == yesterday, say=say)
    show(terminal, place, nights.last)


def _held(settings: Settings, newest: Night) -> Span:
    """What the source holds up to the newest night that may run now."""
    held = span(settings)
    if held is None:
        raise UsageError("the source holds no rows: name a folder that brings transactions")
    if held.first > newest:
        ready = held.first.end + settings.settle
        raise UsageError(f"the source begins with night {held.first}, which may run from {ready:%Y-%m-%d %H:%M} UTC on: try again then")
    return Span(held.first, min(held.last, newest))


def warm_up(terminal: Terminal, nights: Collection[Night]) -> None:
    """Run nights in this process, through the very steps that Airflow calls: what is slow to import is imported once."""
    with terminal.progress() as progress, open_house(progress=progress) as house:
        for done, night in enumerate(nights, start=1):
            for _ in steps.run_night(house, night, scheduled=False, requested_by="demo"):
                pass
            row = summary(house, night)
            terminal.say(f"warm-up    night {night}: {row.state}, {row.rows_in:,} transactions, {row.alerts or 0} alerts")
            progress("warm-up nights", done, len(nights))


@contextmanager
def speaking(terminal: Terminal) -> Iterator[Say]:
    """Lines of progress, above a spinner where a person watches."""
    if not terminal.err.is_terminal:
        yield terminal.say
        return
    with terminal.err.status("Airflow is at work: its interface shows the nights as they run"):
        yield lambda line: terminal.err.print(line, highlight=False, markup=False, soft_wrap=True)


def show(terminal: Terminal, place: Place, night: Night) -> None:
    """The last night's summary, its ten top alerts, and where to look further."""
    with open_house() as house:
        row = summary(house, night)
        alerts = top_alerts(house, night)
        report = house.lake.address(report_path(night))
    facts = Table(title=f"night {night}", show_header=False)
    for name, value in row._mapping.items():
        if value is not None:
            facts.add_row(str(name), f"{value:.2f}" if name.endswith("_seconds") else str(value))
    suspects = Table("rank", "transaction", "occurred at", "score", title="ten top alerts")
    for alert in alerts:
        suspects.add_row(str(alert.alert_rank), str(alert.transaction_id), f"{alert.occurred_at:%Y-%m-%d %H:%M:%S}", f"{alert.score:.4f}")
    terminal.out.print(facts, suspects)
    terminal.say(f"report     {report}")
    terminal.say(f"Airflow    {place.url}  user {USER}, password {place.password}")
    terminal.say("           stays up until 'make down'; 'make up' starts it again")


def main(arguments: list[str] | None = None) -> int:
    """0 when every night is green; else the exit code of what went wrong, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python -m ops.demo", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with transactions and labels (Parquet or CSV) instead of simulated ones")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    warnings.simplefilter("ignore")  # of libraries: nobody can act on them here
    try:
        demo(Terminal(Console(), Console(stderr=True)), asked.data)
    except NightshiftError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("demo: interrupted; 'make demo' goes on from here, 'make down' stops what runs", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
