"""One of several processes that run the nights of one chain at the same time: python worker.py PLACE PLACE …"""

from __future__ import annotations

import sys
import time

from pipeline import steps
from pipeline.core.errors import BusyError
from pipeline.core.night import Night
from pipeline.house import open_house
from tests.learning import night
from tests.worlds import LATER

PATIENCE = 300.0  # seconds without any night done


def main() -> None:
    """Run these nights, over and over, until each has found the night before it trained."""
    left, since = [Night.parse(night(int(place))) for place in sys.argv[1:]], time.monotonic()
    with open_house(clock=lambda: LATER) as house:
        while left and time.monotonic() - since < PATIENCE:
            for one in list(left):
                try:
                    for _ in steps.run_night(house, one, scheduled=False, requested_by="worker"):
                        pass
                except BusyError:
                    time.sleep(0.2)
                    continue
                left.remove(one)
                since = time.monotonic()
    sys.exit(f"not run: {left}" if left else 0)


if __name__ == "__main__":
    main()
