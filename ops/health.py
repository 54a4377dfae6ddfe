"""`python -m ops.health COMPONENT [URL]`: exit 0 where Airflow at URL calls that part of itself healthy; the containers' health check.

Airflow's health page answers 200 whatever it says, and `airflow jobs check` costs five CPU seconds a call: so this reads the page.
"""

from __future__ import annotations

import json
import sys
import urllib.request

API = "http://airflow-apiserver:8080"
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")
TIMEOUT = 10  # seconds


def status_of(component: str, url: str = API) -> str:
    """What Airflow's health page says of `component`: `healthy`, `unhealthy`, or why there is no answer."""
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=TIMEOUT) as answer:  # noqa: S310  # the address is the operator's
            page = json.load(answer)
    except (OSError, ValueError) as error:
        return f"no answer ({error})"
    return str((page.get(component) or {}).get("status") or "not known yet")


def main(arguments: list[str]) -> int:
    """0 healthy, 1 not, 2 wrong use."""
    if not arguments or arguments[0] not in COMPONENTS:
        print(f"name one of {', '.join(COMPONENTS)}", file=sys.stderr)
        return 2
    status = status_of(*arguments[:2])
    print(f"{arguments[0]}: {status}")
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
