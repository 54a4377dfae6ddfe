"""What the commands do, once their arguments are read."""

from __future__ import annotations

import csv
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from pipeline import steps
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.core.plan import Asked
from pipeline.core.settings import config_path, load_settings
from pipeline.data import evaluations, runs, server, summaries
from pipeline.data import load as loading
from pipeline.data.database import Database
from pipeline.data.load_tables import Existing
from pipeline.data.migrations import migrate
from pipeline.data.named import Question, listed
from pipeline.data.questions import ask
from pipeline.data.source import Source
from pipeline.evaluation.judgement import Judgement
from pipeline.house import House, open_house, require_schema, source_of, warehouse_of
from pipeline.scoring.signing import KEY_BYTES
from pipeline.terminal import Terminal

EXAMPLE_SETTINGS = """\
# Settings of Nightshift. Every key can be overridden by the environment: NIGHTSHIFT_ALERT_BUDGET=50.
# warehouse_url = "postgresql+psycopg://user:password@host:5432/warehouse"   # left out: the embedded PostgreSQL under .nightshift
alert_budget = 100        # alerts a night
label_maturity = "7d"     # a transaction without a fraud label is genuine after this long
subsample = 0.10          # share of the genuine transactions that training keeps

[source.transactions]     # our name = your column
table = "transactions"
transaction_id = "transaction_id"
occurred_at = "occurred_at"
recorded_at = "recorded_at"
amount = "amount"
entities = { customer = "customer_id", terminal = "terminal_id" }

[source.labels]
table = "labels"
"""


def init(terminal: Terminal, *, embedded: bool) -> None:
    """Settings, server, schema, roles and signing key; each only where it is missing."""
    if embedded and not config_path().exists():
        with _writing(config_path()):
            config_path().write_text(EXAMPLE_SETTINGS)
        terminal.say(f"settings   wrote {config_path()}")
    settings = load_settings()
    if embedded:
        terminal.say(f"server     PostgreSQL is up, its data lies in {server.start(settings.home).data}")
    warehouse = warehouse_of(settings)
    source = source_of(settings, warehouse)
    terminal.say(f"warehouse  {_set_up(warehouse, source, embedded=embedded)}")
    made = make_key(settings.signing_key_path)
    terminal.say(f"models     signing key {'made' if made else 'kept'}: {settings.signing_key_path}")


def _set_up(warehouse: Database, source: Source, *, embedded: bool) -> str:
    """Bring the schema to its newest form; the embedded warehouse may wait for its first load, which tells the type of the keys."""
    if embedded and not source.has_tables():
        return "is empty: 'nightshift load PATH' brings transactions, and the schema with them"
    applied = migrate(warehouse, source.shape.key)
    return f"{', '.join(applied) or 'every migration was applied before'}; views and roles are in place"


def make_key(path: Path) -> bool:
    """Make the signing key, readable by its owner alone; one that exists is kept."""
    if path.exists():
        return False
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        return _placed(beside, path)


def _placed(beside: Path, path: Path) -> bool:
    """Give the finished key its name, which never stands for half a key; False where another process was quicker."""
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    return True


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say in one line why a file of ours cannot be made."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): make its folder, or name another place") from None


def load(terminal: Terminal, path: Path, existing: Existing) -> None:
    """Load files into the source tables."""
    settings = load_settings()
    warehouse = warehouse_of(settings)
    source = source_of(settings, warehouse)
    with terminal.progress() as progress:
        counts = loading.load(
            source.database, settings.source, path, lambda table, done, total: progress(table, done, total or done), existing
        )
    terminal.say(f"loaded {counts.transactions:,} transactions and {counts.labels:,} labels into {source.database.name}")
    terminal.say(f"warehouse  {_set_up(warehouse, source, embedded=False)}")
    if counts.left_out:
        terminal.say(f"left out columns that no table can hold: {', '.join(counts.left_out)}")


def run_nights(terminal: Terminal, nights: Sequence[Night], requested_by: str, asked: Asked = steps.AS_OF) -> None:
    """Run nights in order and print the summary of each."""
    with terminal.progress() as progress, open_house(progress=progress) as house:
        for done, night in enumerate(nights, start=1):
            for _ in steps.run_night(house, night, scheduled=False, requested_by=requested_by, asked=asked):
                pass
            terminal.say(_line(house, night) if asked.mode != "what-if" else _what_if_line(house, night))
            if len(nights) > 1:
                progress("backfill", done, len(nights))


def _what_if_line(house: House, night: Night) -> str:
    """The newest what-if of a night in one line, beside what is published."""
    statement = """SELECT asked.model_version, count(*) AS rows, count(*) FILTER (WHERE asked.alert) AS alerts,
            count(*) FILTER (WHERE asked.alert AND standing.alert) AS shared, bool_or(asked.model_knew_later) AS knew_later
        FROM scoring.what_if_prediction AS asked LEFT JOIN scoring.current_prediction AS standing USING (night, transaction_id)
        WHERE asked.run_id = (SELECT max(run_id) FROM scoring.run WHERE night = :night AND state = 'kept') GROUP BY asked.model_version"""
    with house.warehouse.begin() as connection:
        row = connection.execute(sa.text(statement), {"night": night.day}).one_or_none()
    if row is None:
        return f"{night} kept beside (empty)"
    labelled = ", and learned from what became known after the night" if row.knew_later else ""
    alerts = f"{row.shared} of its {row.alerts} alerts are published ones"
    return f"{night} kept beside: {row.model_version} scored {row.rows:,} rows{labelled}; {alerts}"


def _line(house: House, night: Night) -> str:
    """A night in one line."""
    with house.warehouse.begin() as connection:
        row = connection.execute(sa.text("SELECT * FROM scoring.night_summary WHERE night = :night"), {"night": night.day}).one()
    parts = [f"{getattr(row, f'{part}_rows') or 0:,} {part}" for part in ("scored", "rejected", "collapsed", "unscored")]
    judged = [(gate, getattr(row, f"{gate}_gate")) for gate in ("transactions", "features", "predictions")]
    gates = ", ".join(f"{gate} {verdict}" for gate, verdict in judged if verdict)
    empty = " (empty)" if row.empty else ""
    rows = f"{row.rows_in:,} rows in = {' + '.join(parts)}"
    return f"{night} {row.state}{empty}: {rows}; {row.alerts or 0} alerts; gates: {gates}; model: {row.model_version or 'none yet'}"


def report(terminal: Terminal, night: Night, data_docs: Path | None = None) -> None:
    """Write the report of a night's publication, or of its newest run, and where a folder is named, Data Docs of its gates into it."""
    from pipeline.reporting import write_report

    folder = None if data_docs is None else empty_folder(data_docs)
    with open_house() as house:
        with house.warehouse.begin() as connection:
            run_id = summaries.newest_run(connection, night)
            if run_id is None:
                raise UsageError(f"night {night} was never run: run 'nightshift night {night}' first")
            plan = runs.plan_as_entered(connection, run_id)
            judgements = evaluations.of_run(connection, run_id)
        terminal.say(write_report(house, plan))
        if folder is not None:
            terminal.say(str(_drawn(folder, night, judgements)))


def empty_folder(path: Path) -> Path:
    """The folder, made where it is missing; one that holds anything is refused, since drawing pages removes what lies in their place."""
    with _writing(path):
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise UsageError(f"{path} is not empty: name a folder that is, Data Docs are drawn anew each time")
    return path.absolute()


def _drawn(folder: Path, night: Night, judgements: Sequence[evaluations.Stored]) -> Path:
    from pipeline.evaluation.data_docs import draw

    if not judgements:
        raise UsageError(f"night {night} was not judged yet, so there is nothing to draw: run 'nightshift night {night}' first")
    with _writing(folder):
        return draw(folder, night, [Judgement(*row) for row in judgements])


def sql_list(terminal: Terminal) -> None:
    """The queries of `sql/analysis`, what each answers and what it asks for."""
    here = Path.cwd()
    rows = [
        (query.path.relative_to(here) if query.path.is_relative_to(here) else query.path, query.title, " ".join(query.names))
        for query in listed()
    ]
    terminal.table(("file", "what it answers", "asks for"), rows)


def sql(terminal: Terminal, question: Question, *, as_csv: bool) -> None:
    """Ask as an analyst and print the answer."""
    warehouse = warehouse_of(load_settings())
    require_schema(warehouse)
    answer = ask(warehouse, question)
    if as_csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows([answer.names, *answer.rows])
        return
    terminal.table(answer.names, answer.rows)
