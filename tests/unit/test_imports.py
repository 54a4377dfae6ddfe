"""A step imports what it needs and no more: each of them is a process of its own, and pays for it every night."""

from __future__ import annotations

import subprocess
import sys

LEARNING = ("sklearn", "scipy", "skops", "matplotlib", "great_expectations")  # 3 to 8 CPU seconds together


def test_the_steps_are_read_without_what_only_some_of_them_need() -> None:
    program = "import sys; from pipeline import steps; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    done = subprocess.run([sys.executable, "-c", program, *LEARNING], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
