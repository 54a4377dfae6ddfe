"""A step imports what it needs and no more: each of them is a process of its own, and pays for it every night."""

from __future__ import annotations

import subprocess
import sys

import pytest

LEARNING = ("sklearn", "scipy", "skops", "matplotlib", "great_expectations")  # 3 to 8 CPU seconds together


STATISTICS = ("scipy.stats", "scipy.optimize", "scipy.sparse")  # two of SciPy's three
BY_STEP = {
    "score": ("pipeline.champions", "pipeline.scoring.reasons"),
    "judge": ("pipeline.judging",),
    "monitor": ("pipeline.living", "pipeline.maturing"),
    "retrain": ("pipeline.reservoirs", "pipeline.challenging"),
}


def imported(program: str, modules: tuple[str, ...]) -> list[str]:
    """Which of the modules a process has loaded that runs the program."""
    told = f"import sys; {program}; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    done = subprocess.run([sys.executable, "-c", told, *modules], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_steps_are_read_without_what_only_some_of_them_need() -> None:
    assert imported("from pipeline import steps", LEARNING) == []


@pytest.mark.parametrize("step", BY_STEP)
def test_a_step_that_trains_nothing_loads_no_library_that_trains(step: str) -> None:
    libraries = ("sklearn", "skops", "matplotlib", "great_expectations", *STATISTICS)
    assert imported(f"import pipeline.steps, {', '.join(BY_STEP[step])}", libraries) == []


def test_judging_loads_no_statistics_and_no_charts() -> None:
    program = "from pipeline.evaluation.expectations import library; library()"
    modules = ("scipy.stats._stats_py", "altair.vegalite", "sklearn", "matplotlib", "great_expectations")
    assert imported(program, modules) == ["great_expectations"]


@pytest.mark.parametrize("use", ["import scipy.stats; scipy.stats.norm.cdf(0)", "from scipy.stats import gmean; import sklearn.ensemble"])
def test_a_module_that_was_deferred_is_there_when_it_is_used(use: str) -> None:
    program = f"from pipeline.core.deferred import deferred; deferred('scipy.stats'); {use}"
    assert imported(program, ("scipy.stats._stats_py",)) == ["scipy.stats._stats_py"]
