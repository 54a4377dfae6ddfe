"""What the plain scripts of bench/night.py share: the question, the columns, the model's matrix and the checks.

Each is written for speed within its own means: columns cast in SQL, keys as integers, and only the night and the history that the windows
reach are read. Where no label comes later than the week that terminal windows leave out, and no row arrives late, their features are by
definition those of the default view.
"""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

WINDOWS = (1, 7, 30)
DELAY = 7
ALERTS = 100
FEATURES = [
    "amount",
    "is_weekend",
    "is_night",
    *(f"customer_count_{days}d" for days in WINDOWS),
    *(f"customer_amount_mean_{days}d" for days in WINDOWS),
    *(f"terminal_count_{days}d_delay_{DELAY}d" for days in WINDOWS),
    *(f"terminal_fraud_rate_{days}d_delay_{DELAY}d" for days in WINDOWS),
]
PATHS = ("model", "server_data", "costs", "features")


@dataclass(frozen=True)
class Asked:
    """Which night, from where, whereto, with what model; and where to write what it cost and what its features were."""

    night: dt.date
    source: str
    target: str
    model: Path
    server_data: Path
    costs: Path
    features: Path

    @property
    def start(self) -> dt.datetime:
        return dt.datetime.combine(self.night, dt.time(), dt.UTC)

    @property
    def end(self) -> dt.datetime:
        return self.start + dt.timedelta(days=1)

    @property
    def first(self) -> dt.datetime:
        """From where on rows are read: the reach of the windows, and a day more for rows that arrived after midnight."""
        return self.end - dt.timedelta(days=max(WINDOWS) + DELAY + 2)


def asked() -> Asked:
    """From the command line."""
    parser = argparse.ArgumentParser()
    for name in ("night", "source", "target", *PATHS):
        parser.add_argument(f"--{name.replace('_', '-')}", required=True)
    given = vars(parser.parse_args())
    paths = {name: Path(given.pop(name)) for name in PATHS}
    return Asked(dt.date.fromisoformat(given.pop("night")), **given, **paths)


def require_sound(rows: int, different: int, unknown: int, outside: int) -> None:
    """The checks that such scripts have: some rows, none twice, every feature known, every score a probability."""
    if not rows or different != rows:
        raise SystemExit(f"{rows} rows, {different} different")
    if unknown or outside:
        raise SystemExit(f"{unknown} rows lack a feature, {outside} scores are no probability")
