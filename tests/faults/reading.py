"""What an analyst reads: the whole of `current_prediction`, again and again while things go wrong, and once when all is over."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import sqlalchemy as sa

State = tuple[tuple[str, int, int, str], ...]  # of each night: its day, rows, different transactions, and a hash of all that they say
READ = """SELECT night::text, count(*), count(DISTINCT transaction_id), md5(string_agg(
        concat_ws('|', transaction_id, score, alert, alert_rank, model_version), ',' ORDER BY transaction_id))
    FROM {view} GROUP BY night ORDER BY night"""
PAUSE = 0.01  # seconds between two reads


@dataclass
class Watch:
    """How often a reader saw each state."""

    seen: Counter[State] = field(default_factory=Counter)

    def wrong(self, *allowed: State) -> int:
        """How many reads saw what nobody should have seen."""
        return sum(count for state, count in self.seen.items() if state not in allowed)


def state_of(url: str, view: str = "scoring.current_prediction") -> State:
    """What stands there now; `view` may be a call of `prediction_as_of`."""
    with psycopg.connect(conninfo(url)) as connection:
        return _read(connection, view)


def _read(connection: psycopg.Connection[tuple[object, ...]], view: str = "scoring.current_prediction") -> State:
    return _as_state(connection.execute(READ.format(view=view)).fetchall())


def _as_state(rows: list[tuple[object, ...]]) -> State:
    return tuple((str(night), int(str(count)), int(str(different)), str(hashed)) for night, count, different, hashed in rows)


def conninfo(url: str) -> str:
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def watched(url: str, pause: float = PAUSE) -> Iterator[Watch]:
    """Read from another process until the end of the block, with so many seconds between two reads; a server that is down is waited for."""
    told, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(told)
        _read_on(url, pause, telling)
    os.close(telling)
    watch = Watch()
    try:
        yield watch
    finally:
        os.kill(pid, signal.SIGTERM)
        with os.fdopen(told) as answer:
            watch.seen.update({_as_state(state): count for count, state in json.load(answer)})
        os.waitpid(pid, 0)


def _read_on(url: str, pause: float, telling: int) -> None:
    """The reader's whole life: it ends when it is asked to, and tells what it saw."""
    seen: Counter[State] = Counter()

    def tell(*_: object) -> None:
        with os.fdopen(telling, "w") as answer:
            json.dump([(count, state) for state, count in seen.items()], answer)
        os._exit(0)

    signal.signal(signal.SIGTERM, tell)
    while True:
        with suppress(psycopg.Error), psycopg.connect(conninfo(url), autocommit=True) as connection:
            while True:
                seen[_read(connection)] += 1
                time.sleep(pause)
        time.sleep(pause)
