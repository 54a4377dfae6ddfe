"""One step of bench/ceiling.py in a process of its own: what it did, and its peak of memory, as JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from bench.parts.measure import own_peak
from pipeline import steps
from pipeline.core.night import Night
from pipeline.house import open_house


def main() -> None:
    name, what, *group = sys.argv[1:]
    if group:
        Path(group[0]).write_text(str(os.getpid()))
    with open_house() as house:
        if name == "plan":
            run_id = steps.plan(house, Night.parse(what), scheduled=False, requested_by="bench")
            print(json.dumps({"run_id": run_id}))
            return
        cpu, wall = time.process_time(), time.perf_counter()
        done = getattr(steps, name)(house, int(what))
        took = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        print(json.dumps({"counts": dict(done.counts), **took, "peak": int(own_peak() * 2**20)}))


if __name__ == "__main__":
    main()
