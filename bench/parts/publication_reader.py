"""An analyst who looks one transaction up, again and again: prints the longest that an answer took, in seconds, when told to stop.

    python -m bench.parts.publication_reader URL NIGHT KEY

A process of its own, so that what the publishing process computes meanwhile delays no answer but by taking the processor.
"""

from __future__ import annotations

import select
import sys
import time

import psycopg

QUERY = "SELECT score FROM scoring.current_prediction WHERE night = %s AND transaction_id = %s"
PAUSE = 0.002  # seconds between two questions: a reader that never rests would be a second load


def main() -> None:
    url, night, key = sys.argv[1:]
    longest, answers = 0.0, 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(QUERY, (night, int(key)))  # the first one also reads the catalogue
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], PAUSE)[0]:
            begun = time.perf_counter()
            assert connection.execute(QUERY, (night, int(key))).fetchone() is not None
            longest, answers = max(longest, time.perf_counter() - begun), answers + 1
    print(longest, answers, flush=True)


if __name__ == "__main__":
    main()
