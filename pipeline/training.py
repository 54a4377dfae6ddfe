"""What training does for a night, and how the next night waits to learn of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.errors import BusyError, NoModelError
from pipeline.core.plan import Plan
from pipeline.core.progress import LOG
from pipeline.data import registry, runs
from pipeline.house import House

LOOK_AGAIN = 2.0  # seconds between two looks at the training ledger
UNJUDGED = {"open", "stopped"}  # states of a run that did not pass its gates


@dataclass(frozen=True)
class Trained:
    """What the ledger says of a night; `version` is the champion that the next night finds."""

    outcome: str
    reason: str
    version: str | None = None


def train_night(house: House, connection: sa.Connection, plan: Plan) -> Trained:
    """Train the first model on what has matured; where a champion stands, it stays."""
    state = runs.state_of(connection, plan.run_id)
    if state in UNJUDGED:
        return Trained("skipped", f"the night is {state}: it did not pass its gates")
    if (standing := registry.champion_after(connection, plan.night)) is not None:
        return Trained("kept", f"{standing} stays champion", standing)
    from pipeline import champions

    try:
        model = champions.train_model(house, plan, champions.reservoir(house, connection, plan))
    except NoModelError as error:
        return Trained("skipped", str(error))
    registry.register(connection, champions.save_model(house, plan, model))
    registry.assign(connection, model.version, plan.night.end, plan.night.end, "first model")
    return Trained("promoted", "first model", model.version)


def await_training(house: House, plan: Plan) -> None:
    """Wait until the ledger says what training did for the night before, at most `train_patience` after that night's last sign of life.

    Then a scheduled night enters it as abandoned and goes on; any other is refused (`BusyError`).
    """
    before, patience = plan.night.back(1), house.settings.train_patience
    waiting = False
    while True:
        with house.warehouse.begin() as connection:
            last_sign = runs.last_sign(connection, before)
            if last_sign is None or registry.entered(connection, before) is not None:
                return
            if house.clock() > last_sign + patience:
                break
        if not waiting:
            LOG.info(
                "night %s waits for the training of night %s, until %s at most", plan.night, before, f"{last_sign + patience:%H:%M} UTC"
            )
            waiting = True
        time.sleep(LOOK_AGAIN)
    if not plan.scheduled:
        raise BusyError(f"night {before} was begun and never finished, so its training is not known: run 'nightshift night {before}' first")
    with house.warehouse.begin() as connection:
        registry.enter(connection, plan.run_id, before, "abandoned", f"night {plan.night} waited {patience} for it")
