"""One of our nights, step by step, with what each costs; a child of bench/night.py."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.parts.measure import Stopwatch, save_costs, start_cost
from pipeline import steps
from pipeline.core.night import Night
from pipeline.data import seals
from pipeline.data.names import FEATURES
from pipeline.house import House, open_house

STEPS = (steps.extract, steps.build_features, steps.score, steps.judge, steps.publish, steps.monitor, steps.retrain)


def run(stopwatch: Stopwatch, house: House, night: Night) -> int:
    """The night in order; a failed gate ends the bench as it ends a night."""
    run_id = steps.plan(house, night, scheduled=False, requested_by="bench")
    for step in STEPS:
        with stopwatch.stage(step.__name__):
            step(house, run_id)
    return run_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("night", "server-data", "costs", "features"):
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    night = Night.parse(asked.night)
    stopwatch = Stopwatch(Path(asked.server_data))
    start_cost(stopwatch)
    with open_house() as house:
        run_id = run(stopwatch, house, night)
        save_costs(stopwatch.costs, Path(asked.costs))
        with house.warehouse.begin() as connection:
            sealed = seals.of_run(connection, run_id, night, FEATURES, house.view.fingerprint)
        if sealed is not None:
            Path(asked.features).write_bytes(house.lake.read_bytes(sealed.path, sealed.sha256))


if __name__ == "__main__":
    main()
