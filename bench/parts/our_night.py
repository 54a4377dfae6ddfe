"""One of our nights, step by step, with what each costs; a child of bench/night.py.

What the steps would import on their way is imported before, so that starting and importing stand apart from work, as with the others.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow.parquet as pq

from bench.parts.measure import Stopwatch, save_costs, start_cost
from bench.parts.night_profile import Profiles
from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.names import FEATURES
from pipeline.evaluation.expectations import library
from pipeline.house import House, open_house

STEPS = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish, steps.monitor, steps.retrain)
IMPORTED_ON_THE_WAY = (
    *("pipeline.champions", "pipeline.scoring.reasons", "pipeline.judging", "pipeline.living", "pipeline.maturing", "pipeline.reporting"),
    *("pipeline.reservoirs", "pipeline.challenging", "pipeline.expiring"),
)
Within = Callable[[str], AbstractContextManager[None]]


def run(stopwatch: Stopwatch, house: House, night: Night, within: Within) -> int:
    """The night in order; a failed gate ends the bench as it ends a night."""
    run_id = steps.plan(house, night, scheduled=False, requested_by="bench")
    for step in STEPS:
        with stopwatch.stage(step.__name__), within(step.__name__):
            step(house, run_id)
    return run_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("night", "server-data", "costs", "features"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--profile", type=Path, help="write where the time goes; then the costs are not those of a night")
    asked = parser.parse_args()
    night = Night.parse(asked.night)
    for module in IMPORTED_ON_THE_WAY:
        importlib.import_module(module)
    library()
    stopwatch = Stopwatch(Path(asked.server_data))
    start_cost(stopwatch)
    profiles = Profiles()
    with open_house() as house:
        run_id = run(stopwatch, house, night, profiles.of if asked.profile else lambda _: nullcontext())
        save_costs(stopwatch.costs, Path(asked.costs))
        keep_features(house, run_id, night, Path(asked.features))
    if asked.profile:
        profiles.save(asked.profile)


def keep_features(house: House, run_id: int, night: Night, path: Path) -> None:
    """The features that were sealed, as a file for the comparison."""
    with house.warehouse.begin() as connection:
        sealed = seals.of_run(connection, run_id, night, FEATURES, house.view.fingerprint)
    if sealed is not None:
        pq.write_table(house.lake.read_table(sealed.path, sealed.sha256), path)


if __name__ == "__main__":
    main()
